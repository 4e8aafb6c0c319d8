# What datasets share and what they consist of.


# Molecules shared by two datasets, or by the subsets of one. With 'refuse' a test molecule that is
# trained on is an error. A checkpoint: what an experiment needs that is tested on another dataset is
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
