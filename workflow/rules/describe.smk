# What datasets share and what they consist of.


# Molecules shared by two datasets, or by the subsets of one. With 'refuse' a test molecule that is
# trained on is an error. A checkpoint: what an experiment needs that refuses such molecules is
# planned once the check has passed (`checked` in inputs.smk), so that a refused one trains nothing.
checkpoint check_overlap:
    input:
        ensembles="results/datasets/{train}/ensembles",
        split="results/datasets/{train}/split.csv",
        test_ensembles=rules.import_ensembles.output.ensembles,
        test_split=rules.split_dataset.output.split,
    output:
        counts="results/overlap/{train}/{dataset}/{mode}/counts.csv",
        molecules="results/overlap/{train}/{dataset}/{mode}/molecules.csv",
    log:
        "results/logs/check_overlap/{train}/{dataset}/{mode}.log",
    wildcard_constraints:
        train=one_of(REGISTRY.datasets),
        mode="list|refuse",
    conda:
        "../../envs/chem.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=lambda wildcards: OverlapSettings(
            train=wildcards.train, test=wildcards.dataset, refuse=wildcards.mode == "refuse"
        ).model_dump_json(),
        code=code_digest("check_overlap"),
    shell:
        "python -m pipeline_src.check_overlap --settings {params.settings:q}"
        " --ensembles {input.ensembles} --split {input.split}"
        " --test-ensembles {input.test_ensembles} --test-split {input.test_split}"
        " --counts {output.counts} --molecules {output.molecules} > {log} 2>&1"


# What is counted of every molecule.
rule describe_dataset:
    input:
        ensembles=rules.import_ensembles.output.ensembles,
        split=rules.split_dataset.output.split,
    output:
        "results/datasets/{dataset}/molecules.csv",
    log:
        "results/logs/describe_dataset/{dataset}.log",
    conda:
        "../../envs/chem.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=240,
    params:
        code=code_digest("describe_dataset"),
    shell:
        "python -m pipeline_src.describe_dataset --ensembles {input.ensembles}"
        " --split {input.split} --out {output} > {log} 2>&1"


# The table and the page of a dataset: snakemake --cores 1 results/datasets/<name>/statistics.html
rule make_statistics:
    input:
        molecules=rules.describe_dataset.output,
        levels=rules.extract_hierarchy.output.levels,
        rejected=rules.import_ensembles.output.rejected,
        overlap="results/overlap/{dataset}/{dataset}/list/counts.csv",
        split=rules.split_dataset.output.split,
        paper=local(seen_from(Path.cwd(), ROOT, "resources/paper/datasets.csv")),
    output:
        page="results/datasets/{dataset}/statistics.html",
        table="results/datasets/{dataset}/statistics.csv",
    log:
        "results/logs/make_statistics/{dataset}.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=lambda wildcards: statistics_settings(PLAN, wildcards.dataset).model_dump_json(),
        code=code_digest("make_statistics"),
    shell:
        "python -m pipeline_src.make_statistics --settings {params.settings:q}"
        " --molecules {input.molecules} --levels {input.levels} --rejected {input.rejected}"
        " --overlap {input.overlap} --split {input.split} --paper {input.paper:q}"
        " --out {output.page} --table {output.table} > {log} 2>&1"
