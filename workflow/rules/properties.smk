# Psi4 energies and gaps of references and samples alike, and the errors of their averages.


# One chunk of conformers of one source through Psi4, one thread, its own scratch folder.
rule compute_properties:
    input:
        ensembles=property_source,
        split=rules.split_dataset.output.split,
    output:
        "results/properties/{dataset}/{node}/seed{seed}/{key}/chunk{chunk}.csv",
    log:
        "results/logs/compute_properties/{dataset}/{node}/seed{seed}/{key}/chunk{chunk}.log",
    benchmark:
        "results/benchmarks/compute_properties/{dataset}/{node}/seed{seed}/{key}/chunk{chunk}.tsv"
    conda:
        "../../envs/psi4.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=720,
    params:
        settings=lambda wildcards: PropertyJob(
            properties=PLAN.properties[wildcards.key], chunk=wildcards.chunk
        ).model_dump_json(),
        ensembles=folded("ensembles"),
        code=code_digest("compute_properties"),
    shell:
        "exec python -m pipeline_src.compute_properties --settings {params.settings:q}"
        " --ensembles {params.ensembles:q} --split {input.split} --out {output} > {log} 2>&1"


# Ensemble averages of samples against those of the references, a row per molecule and quantity.
rule score_properties:
    input:
        reference=property_chunks("reference", "0"),
        generated=property_chunks("{node}", "{seed}"),
    output:
        "results/property_scores/{dataset}/{node}/seed{seed}/{key}.csv",
    log:
        "results/logs/score_properties/{dataset}/{node}/seed{seed}/{key}.log",
    conda:
        "../../envs/chem.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        reference=folded("reference"),
        generated=folded("generated"),
        code=code_digest("score_properties"),
    shell:
        "python -m pipeline_src.score_properties --reference {params.reference:q}"
        " --generated {params.generated:q} --out {output} > {log} 2>&1"


# Psi4 against PySCF on shipped conformers, equal settings: snakemake --cores 1 check_quantum
rule check_quantum:
    input:
        f"results/datasets/{QuantumCheck().dataset}/ensembles",
    output:
        table="results/check_quantum/psi4_pyscf.csv",
        summary="results/check_quantum/summary.csv",
    log:
        "results/logs/check_quantum.log",
    benchmark:
        "results/benchmarks/check_quantum/psi4_pyscf.tsv"
    conda:
        "../../envs/quantum.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=720,
    params:
        settings=QuantumCheck().model_dump_json(),
        code=code_digest(
            "check_quantum",
            (part_module("orbitals", "psi4"), part_module("orbitals", "pyscf")),
        ),
    shell:
        "exec python -m pipeline_src.check_quantum --settings {params.settings:q}"
        " --ensembles {input} --out {output.table} --summary {output.summary} > {log} 2>&1"
