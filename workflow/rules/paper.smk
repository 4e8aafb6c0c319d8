# The tables and figures of the paper at a size, and the report that shows them.


# A table: its cells, its figure with the data, which molecules failed, and what made it.
rule make_paper_table:
    input:
        files=paper_table_inputs,
        paper=paper_values(),
    output:
        table="results/paper/{size}/{item}.csv",
        figure="results/paper/{size}/{item}.svg",
        data="results/paper/{size}/{item}-figure.csv",
        failed="results/paper/{size}/{item}-failed.csv",
        run="results/paper/{size}/{item}-run.json",
    log:
        "results/logs/make_paper_table/{size}/{item}.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=lambda wildcards: told(paper_table_settings(PLAN, wildcards.item, wildcards.size)),
        paper=lambda wildcards, input: str(Path(input.paper[0]).parent),
        code=code_digest("make_paper_table"),
    shell:
        "python -m pipeline_src.make_paper_table --settings {params.settings:q}"
        " --paper {params.paper} --out {output.table} --out-figure {output.figure}"
        " --out-data {output.data} --out-failed {output.failed} --out-run {output.run}"
        " > {log} 2>&1"


# One HTML that opens offline: a page for each table, and what follows from them in front.
rule make_paper_report:
    input:
        tables=lambda wildcards: paper_report_settings(PLAN, wildcards.size).inputs(),
        paper=paper_values(),
    output:
        "results/paper/{size}/index.html",
    log:
        "results/logs/make_paper_report/{size}.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        settings=lambda wildcards: told(paper_report_settings(PLAN, wildcards.size)),
        paper=lambda wildcards, input: str(Path(input.paper[0]).parent),
        code=code_digest("make_paper_report"),
    shell:
        "python -m pipeline_src.make_paper_report --settings {params.settings:q}"
        " --paper {params.paper} --out {output} > {log} 2>&1"
