# Raw ensembles -> Parquet, split, hierarchy.


# One share of a large dataset, so that jobs import it side by side.
rule import_part:
    input:
        raw_files,
    output:
        ensembles="results/datasets/{dataset}/parts/part-{part}.parquet",
        rejected="results/datasets/{dataset}/parts/rejected-{part}.csv",
    log:
        "results/logs/import_part/{dataset}-{part}.log",
    cache: True
    conda:
        "../../envs/chem.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=240,
    params:
        settings=lambda wildcards: dataset_of(wildcards).import_settings().model_dump_json(),
        folders=raw_folders,
        part=lambda wildcards: int(wildcards.part),
        code=lambda wildcards: code_digest(
            "import_part", (part_module("reader", dataset_of(wildcards).reader.kind),)
        ),
    shell:
        "python -m pipeline_src.import_part --settings {params.settings:q}"
        " --part {params.part} --out {output.ensembles} --rejected {output.rejected}"
        " > {log} 2>&1"


# Any known format -> Parquet parts; what is refused becomes a row with its reason.
rule import_ensembles:
    input:
        raw=raw_files,
        parts=lambda wildcards: import_parts(wildcards, rules.import_part.output.ensembles),
        rejected_parts=lambda wildcards: import_parts(wildcards, rules.import_part.output.rejected),
    output:
        ensembles=directory("results/datasets/{dataset}/ensembles"),
        rejected="results/datasets/{dataset}/rejected.csv",
    log:
        "results/logs/import_ensembles/{dataset}.log",
    cache: True
    conda:
        "../../envs/chem.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=lambda wildcards: dataset_of(wildcards).import_settings().model_dump_json(),
        folders=raw_folders,
        parts=folded("parts"),
        rejected_parts=folded("rejected_parts"),
        code=lambda wildcards: code_digest(
            "import_ensembles", (part_module("reader", dataset_of(wildcards).reader.kind),)
        ),
    shell:
        "python -m pipeline_src.import_ensembles --settings {params.settings:q}"
        " --out {output.ensembles} --rejected {output.rejected}"
        " --parts {params.parts:q} --rejected-parts {params.rejected_parts:q} > {log} 2>&1"


# Molecule -> train, val or test, and its shard, balanced by cost.
rule split_dataset:
    input:
        ensembles=rules.import_ensembles.output.ensembles,
        lists=lambda wildcards: given(dataset_of(wildcards).split_files()),
    output:
        split="results/datasets/{dataset}/split.csv",
    log:
        "results/logs/split_dataset/{dataset}.log",
    cache: True
    conda:
        "../../envs/chem.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=lambda wildcards: dataset_of(wildcards).split_settings().model_dump_json(),
        code=lambda wildcards: code_digest(
            "split_dataset",
            tuple(part_module("split", kind) for kind in dataset_of(wildcards).split.kinds()),
        ),
    shell:
        "python -m pipeline_src.split_dataset --settings {params.settings:q}"
        " --ensembles {input.ensembles} --out {output.split} > {log} 2>&1"


# The nested levels of every molecule, without any positions.
rule extract_hierarchy:
    input:
        ensembles=rules.import_ensembles.output.ensembles,
    output:
        hierarchies="results/datasets/{dataset}/hierarchies.parquet",
        levels="results/datasets/{dataset}/levels.csv",
    log:
        "results/logs/extract_hierarchy/{dataset}.log",
    cache: True
    conda:
        "../../envs/chem.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        code=code_digest(
            "extract_hierarchy",
            tuple(part_module("level", level) for level in ("scaffold", "heavy", "all")),
        ),
    shell:
        "python -m pipeline_src.extract_hierarchy --ensembles {input.ensembles}"
        " --out {output.hierarchies} --levels {output.levels} > {log} 2>&1"


# The vocabulary of fragments, learnt on the training molecules of a dataset alone, which it holds in
# memory: about 60 kB a drug-like one.
rule learn_fragments:
    input:
        ensembles=rules.import_ensembles.output.ensembles,
        split=rules.split_dataset.output.split,
    output:
        "results/datasets/{dataset}/vocabularies/{key}.csv",
    log:
        "results/logs/learn_fragments/{dataset}/{key}.log",
    cache: True
    conda:
        "../../envs/chem.yaml"
    threads: 1
    resources:
        mem_mb=8000,
        runtime=240,
    params:
        settings=lambda wildcards: PLAN.vocabularies[wildcards.key].model_dump_json(),
        code=code_digest("learn_fragments"),
    shell:
        "python -m pipeline_src.learn_fragments --settings {params.settings:q}"
        " --ensembles {input.ensembles} --split {input.split} --out {output} > {log} 2>&1"


# The levels of every molecule and those beside them that some stage names, as it is told.
rule extract_beads:
    input:
        hierarchies=rules.extract_hierarchy.output.hierarchies,
        vocabulary=lambda wildcards: PLAN.beads[wildcards.key].vocabulary_path or [],
        atoms=listed_atoms,
    output:
        hierarchies="results/datasets/{dataset}/beads/{key}/hierarchies.parquet",
        beads="results/datasets/{dataset}/beads/{key}/beads.csv",
    log:
        "results/logs/extract_beads/{dataset}/{key}.log",
    cache: True
    conda:
        "../../envs/chem.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=240,
    params:
        settings=lambda wildcards: PLAN.beads[wildcards.key].settings.model_dump_json(),
        code=lambda wildcards: code_digest(
            "extract_beads",
            tuple(
                part_module("extra_level", level)
                for level in PLAN.beads[wildcards.key].settings.levels
            ),
        ),
    shell:
        "python -m pipeline_src.extract_beads --settings {params.settings:q}"
        " --hierarchies {input.hierarchies} --vocabulary {input.vocabulary}"
        " --atoms {input.atoms:q}"
        " --out {output.hierarchies} --beads {output.beads} > {log} 2>&1"
