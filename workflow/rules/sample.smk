# A chain is the DAG: each element's samples are the next one's input.
SHARD = "results/samples/{dataset}/{node}/seed{seed}/shard{shard}.parquet"


# A source of chains: ETKDGv3, with MMFF or without, or distance geometry.
rule embed_rdkit:
    input:
        hierarchies=node_levels,
        split=rules.split_dataset.output.split,
    output:
        SHARD,
    log:
        "results/logs/embed_rdkit/{dataset}/{node}/seed{seed}/shard{shard}.log",
    benchmark:
        "results/benchmarks/embed_rdkit/{dataset}/{node}/seed{seed}/shard{shard}.tsv"
    wildcard_constraints:
        node=EMBEDDED_NODES,
    conda:
        "../../envs/chem.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=240,
    params:
        settings=lambda wildcards: node_of(wildcards).settings(wildcards.seed).model_dump_json(),
        code=lambda wildcards: code_digest("embed_rdkit", node_of(wildcards).parts()),
    shell:
        "exec python -m pipeline_src.embed_rdkit --settings {params.settings:q} --code {params.code}"
        " --hierarchies {input.hierarchies} --split {input.split} --shard {wildcards.shard}"
        " --out {output} > {log} 2>&1"


# A source of chains: the references' own coarse positions (what a perfect first stage would give).
rule coarsen_reference:
    input:
        ensembles=rules.import_ensembles.output.ensembles,
        hierarchies=node_levels,
        split=rules.split_dataset.output.split,
    output:
        SHARD,
    log:
        "results/logs/coarsen_reference/{dataset}/{node}/seed{seed}/shard{shard}.log",
    wildcard_constraints:
        node=ORACLE_NODES,
    conda:
        "../../envs/chem.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        settings=lambda wildcards: node_of(wildcards).settings(wildcards.seed).model_dump_json(),
        code=code_digest("coarsen_reference"),
    shell:
        "python -m pipeline_src.coarsen_reference --settings {params.settings:q}"
        " --ensembles {input.ensembles} --hierarchies {input.hierarchies}"
        " --split {input.split} --shard {wildcards.shard} --out {output} > {log} 2>&1"


# One shard of samples from a trained stage. How far a stopped job came is kept in a file beside the
# shard that Snakemake does not know and so does not delete.
rule sample_stage:
    input:
        weights=trained_file("weights.pt"),
        trained=trained_file("settings.json"),
        hierarchies=node_levels,
        split=rules.split_dataset.output.split,
        coarser=coarser_shard,
    output:
        SHARD,
    log:
        "results/logs/sample_stage/{dataset}/{node}/seed{seed}/shard{shard}.log",
    benchmark:
        "results/benchmarks/sample_stage/{dataset}/{node}/seed{seed}/shard{shard}.tsv"
    wildcard_constraints:
        node=STAGE_NODES,
    conda:
        "../../envs/learn.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=720,
        atom_budget=500,
    params:
        settings=lambda wildcards: node_of(wildcards).settings(wildcards.seed).model_dump_json(),
        code=lambda wildcards: code_digest("sample_stage", node_of(wildcards).parts()),
    shell:
        "exec python -m pipeline_src.sample_stage --settings {params.settings:q} --code {params.code}"
        " --weights {input.weights} --trained {input.trained}"
        " --hierarchies {input.hierarchies} --split {input.split}"
        " --shard {wildcards.shard} --coarser {input.coarser}"
        " --atom-budget {resources.atom_budget} --threads {threads}"
        " --out {output} > {log} 2>&1"
