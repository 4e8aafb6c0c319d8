# Are the samples, and the references, sound chemistry: checks, strain, and scores after relaxation.


# A shard after a force field or GFN2-xTB, and what each conformer lost in energy.
rule relax_samples:
    input:
        samples=drawn_or_reference,
        split=rules.split_dataset.output.split,
    output:
        shard="results/relaxed/{dataset}/{node}/seed{seed}/{key}/shard{shard}.parquet",
        energies="results/relaxed/{dataset}/{node}/seed{seed}/{key}/shard{shard}.csv",
    log:
        "results/logs/relax_samples/{dataset}/{node}/seed{seed}/{key}/shard{shard}.log",
    benchmark:
        "results/benchmarks/relax_samples/{dataset}/{node}/seed{seed}/{key}/shard{shard}.tsv"
    conda:
        "../../envs/xtb.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=720,
    params:
        settings=lambda wildcards: RELAX_JOBS[wildcards.key].model_dump_json(),
        code=lambda wildcards: code_digest(
            "relax_samples", (part_module("relaxer", RELAX_JOBS[wildcards.key].relaxer.kind),)
        ),
    shell:
        "exec python -m pipeline_src.relax_samples --settings {params.settings:q}"
        " --code {params.code} --samples {input.samples} --split {input.split}"
        " --shard {wildcards.shard} --out {output.shard} --energies {output.energies} > {log} 2>&1"


# PoseBusters' checks and stereo, a row per conformer.
rule score_validity:
    input:
        samples=drawn_or_reference,
        split=rules.split_dataset.output.split,
    output:
        "results/validity_scores/{dataset}/{node}/seed{seed}/{key}/shard{shard}.csv",
    log:
        "results/logs/score_validity/{dataset}/{node}/seed{seed}/{key}/shard{shard}.log",
    benchmark:
        "results/benchmarks/score_validity/{dataset}/{node}/seed{seed}/{key}/shard{shard}.tsv"
    conda:
        "../../envs/validity.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=240,
    params:
        settings=lambda wildcards: CHECK_JOBS[wildcards.key].model_dump_json(),
        code=code_digest("score_validity"),
    shell:
        "python -m pipeline_src.score_validity --settings {params.settings:q}"
        " --samples {input.samples} --split {input.split} --shard {wildcards.shard}"
        " --out {output} > {log} 2>&1"


# Checks, strain and the scores of relaxed samples, of an experiment that asks for them.
rule make_validity_tables:
    input:
        scores=validity_scores,
        overlap=overlap_checks,
    output:
        validity="results/{experiment}/tables/validity.csv",
        relaxed="results/{experiment}/tables/relaxed.csv",
        paired="results/{experiment}/tables/relaxed_paired.csv",
    log:
        "results/logs/make_validity_tables/{experiment}.log",
    wildcard_constraints:
        experiment=one_of(name for name, e in REGISTRY.experiments.items() if e.validity),
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        settings=lambda wildcards: told(validity_settings(PLAN, wildcards.experiment)),
        code=code_digest("make_validity_tables"),
    shell:
        "python -m pipeline_src.make_validity_tables --settings {params.settings:q}"
        " --out-validity {output.validity} --out-relaxed {output.relaxed}"
        " --out-paired {output.paired} > {log} 2>&1"
