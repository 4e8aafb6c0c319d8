# One training job per stage, dataset and seed; one import of each stage that others have trained.


# Where a stage's guide has a source: its conformers of the molecules that are trained on, each
# matched to a training conformer.
rule embed_guides:
    input:
        ensembles=rules.import_ensembles.output.ensembles,
        hierarchies=stage_levels,
        split=rules.split_dataset.output.split,
    output:
        "results/stages/{dataset}/{stage}/seed{seed}/guides.parquet",
    log:
        "results/logs/embed_guides/{dataset}/{stage}/seed{seed}.log",
    benchmark:
        "results/benchmarks/embed_guides/{dataset}/{stage}/seed{seed}.tsv"
    conda:
        "../../envs/chem.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=2880,
    params:
        settings=train_settings,
        code=lambda wildcards: code_digest(
            "embed_guides", (part_module("source", stage_of(wildcards)[1].guide.source),)
        ),
    shell:
        "exec python -m pipeline_src.embed_guides --settings {params.settings:q} --code {params.code}"
        " --ensembles {input.ensembles} --hierarchies {input.hierarchies}"
        " --split {input.split} --out {output} > {log} 2>&1"


# Weights of a stage. The rolling checkpoint lives in run_dir, which Snakemake does not know and so
# does not delete; it is taken up again only by the same settings, data and code. Here and in each rule
# whose step can be gone on with, `exec` leaves no shell between the two: SIGTERM would end it before
# the step has saved, and SLURM then kills the rest.
rule train_stage:
    input:
        ensembles=rules.import_ensembles.output.ensembles,
        hierarchies=stage_levels,
        split=rules.split_dataset.output.split,
        guides=source_guides,
    output:
        weights="results/stages/{dataset}/{stage}/seed{seed}/weights.pt",
        settings="results/stages/{dataset}/{stage}/seed{seed}/settings.json",
        curve="results/stages/{dataset}/{stage}/seed{seed}/curve.csv",
    log:
        "results/logs/train_stage/{dataset}/{stage}/seed{seed}.log",
    benchmark:
        "results/benchmarks/train_stage/{dataset}/{stage}/seed{seed}.tsv"
    conda:
        "../../envs/learn.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=2880,
    params:
        settings=train_settings,
        code=lambda wildcards: code_digest(
            "train_stage", stage_parts(stage_of(wildcards)[1], training=True)
        ),
        run_dir=f"{RESULTS}stages/{{dataset}}/{{stage}}/seed{{seed}}/rolling",
    shell:
        "exec python -m pipeline_src.train_stage --settings {params.settings:q}"
        " --code {params.code} --ensembles {input.ensembles}"
        " --hierarchies {input.hierarchies} --split {input.split} --guides {input.guides}"
        " --run-dir {params.run_dir} --threads {threads}"
        " --weights {output.weights} --settings-out {output.settings}"
        " --curve {output.curve} > {log} 2>&1"


# Weights of a stage from another project's checkpoint: what training would have left, for any seed.
# The content's digest tells of a changed file whatever its time says.
rule import_weights:
    input:
        file=foreign_file,
    output:
        weights=f"results/stages/{IMPORTED}/{{stage}}/weights.pt",
        settings=f"results/stages/{IMPORTED}/{{stage}}/settings.json",
    log:
        "results/logs/import_weights/{stage}.log",
    conda:
        "../../envs/learn.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        settings=lambda wildcards: WeightsSettings(
            name=imported_of(wildcards)[0], stage=imported_of(wildcards)[1]
        ).model_dump_json(),
        content=lambda wildcards: file_digest(foreign_file(wildcards)),
        code=lambda wildcards: code_digest(
            "import_weights",
            (
                part_module("backbone", imported_of(wildcards)[1].backbone.kind),
                part_module("weights", imported_of(wildcards)[1].weights.kind),
            ),
        ),
    shell:
        "python -m pipeline_src.import_weights --settings {params.settings:q}"
        " --file {input.file:q} --weights {output.weights} --settings-out {output.settings}"
        " > {log} 2>&1"
