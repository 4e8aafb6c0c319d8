# COV and MAT, a row per molecule, symmetry mode and threshold; of samples as drawn, or relaxed, and
# where these are of a coarser level than 'all' of its atoms.
rule score_geometry:
    input:
        ensembles=rules.import_ensembles.output.ensembles,
        split=rules.split_dataset.output.split,
        samples=drawn_or_relaxed,
        hierarchies=scored_levels,
    output:
        "results/scores/{dataset}/{node}{relaxed}/seed{seed}/{key}/shard{shard}.csv",
    log:
        "results/logs/score_geometry/{dataset}/{node}{relaxed}/seed{seed}/{key}/shard{shard}.log",
    benchmark:
        "results/benchmarks/score_geometry/{dataset}/{node}{relaxed}/seed{seed}/{key}/shard{shard}.tsv"
    conda:
        "../../envs/chem.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=240,
    params:
        settings=lambda wildcards: PLAN.scores[wildcards.key].model_dump_json(),
        coarse=lambda wildcards, input: (
            f"--hierarchies {input.hierarchies}" if input.hierarchies else ""
        ),
        code=code_digest("score_geometry"),
    shell:
        "python -m pipeline_src.score_geometry --settings {params.settings:q}"
        " --ensembles {input.ensembles} --split {input.split} --shard {wildcards.shard}"
        " --samples {input.samples} --threads {threads} --out {output}"
        " {params.coarse} > {log} 2>&1"


# How many samples show the stereo of their molecules; when asked for by one of these paths.
rule score_stereo:
    input:
        samples=all_samples,
        overlap=overlap_checks,
    output:
        table="results/{experiment}/tables/stereo.csv",
        plot="results/{experiment}/tables/stereo.svg",
    log:
        "results/logs/score_stereo/{experiment}.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=120,
    params:
        settings=lambda wildcards: told(stereo_settings(PLAN, wildcards.experiment)),
        code=code_digest("score_stereo"),
    shell:
        "python -m pipeline_src.score_stereo --settings {params.settings:q}"
        " --out {output.table} --plot {output.plot} > {log} 2>&1"
