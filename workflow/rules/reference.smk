# Reference ensembles from SMILES: snakemake --cores 2 mini_qm9_references


# The table of molecules anew from the lists of SMILES (which are not shipped): it is made when asked
# for by its name, and copied to the set's `molecules` by hand.
rule draw_molecules:
    input:
        tests=lambda wildcards: given([reference_set(wildcards).source.tests]),
        training=lambda wildcards: given([reference_set(wildcards).source.training]),
        earlier=lambda wildcards: given(reference_set(wildcards).source.earlier),
    output:
        "results/references/{reference}/molecules.csv",
    log:
        "results/logs/draw_molecules/{reference}.log",
    conda:
        "../../envs/chem.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        settings=lambda wildcards: reference_set(wildcards).source.draw.model_dump_json(),
        code=code_digest("draw_molecules"),
    shell:
        "python -m pipeline_src.draw_molecules --settings {params.settings:q}"
        " --tests {input.tests:q} --training {input.training:q} --earlier {input.earlier:q}"
        " --out {output} > {log} 2>&1"


# Embed, optimise, deduplicate and weigh one chunk of molecules; finished molecules are kept in
# results/references/<set>/finished, and a stopped job or a longer table goes on from there. The store
# is no parameter: the cache's key would hold the set's name. A cached rule has no benchmark.
rule reference_ensembles:
    input:
        molecules=lambda wildcards: given([reference_set(wildcards).molecules]),
        earlier=earlier_sets,
    output:
        ensembles="results/references/{reference}/chunks/{chunk}.parquet",
        manifest="results/references/{reference}/chunks/{chunk}.csv",
    log:
        "results/logs/reference_ensembles/{reference}/{chunk}.log",
    cache: True
    conda:
        "../../envs/xtb.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=1440,
    params:
        settings=lambda wildcards: ReferenceJob(
            search=reference_set(wildcards).search,
            chunks=reference_set(wildcards).chunks,
            chunk=int(wildcards.chunk),
        ).model_dump_json(),
        code=lambda wildcards: code_digest(
            "reference_ensembles",
            (part_module("engine", reference_set(wildcards).search.engine.kind),),
        ),
    shell:
        "exec python -m pipeline_src.reference_ensembles --settings {params.settings:q}"
        " --molecules {input.molecules:q} --earlier {input.earlier:q}"
        " --store $(dirname {output.manifest})/../finished"
        " --out {output.ensembles} --manifest {output.manifest} > {log} 2>&1"


# The set as it is shipped: a Parquet a subset, manifest, and how many conformers were found against GEOM's.
rule collect_references:
    input:
        molecules=lambda wildcards: given([reference_set(wildcards).molecules]),
        ensembles=reference_chunks(".parquet"),
        manifests=reference_chunks(".csv"),
    output:
        ensembles=directory("results/references/{reference}/ensembles"),
        manifest="results/references/{reference}/manifest.csv",
        comparison="results/references/{reference}/geom_comparison.csv",
        plot="results/references/{reference}/geom_comparison.svg",
    log:
        "results/logs/collect_references/{reference}.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        ensembles=folded("ensembles"),
        manifests=folded("manifests"),
        code=code_digest("collect_references"),
    shell:
        "python -m pipeline_src.collect_references --molecules {input.molecules:q}"
        " --ensembles {params.ensembles:q} --manifests {params.manifests:q}"
        " --out {output.ensembles} --manifest {output.manifest}"
        " --comparison {output.comparison} --plot {output.plot} > {log} 2>&1"


# A set's name and _references is a target.
for reference in REGISTRY.references:

    rule:
        name:
            f"{reference}_references"
        input:
            f"results/references/{reference}/manifest.csv",
        localrule: True
