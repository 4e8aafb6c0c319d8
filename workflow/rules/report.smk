# Tables, figures and the report of one experiment.


# The tables of the experiment, in the layout of the paper's.
rule make_tables:
    input:
        geometry=geometry_scores,
        properties=property_scores,
        overlap=overlap_checks,
    output:
        geometry="results/{experiment}/tables/geometry.csv",
        curve="results/{experiment}/tables/coverage_curve.csv",
        properties="results/{experiment}/tables/properties.csv",
        failures="results/{experiment}/tables/failures.csv",
        comparison="results/{experiment}/tables/comparison.csv",
        paired="results/{experiment}/tables/paired.csv",
        property_molecules="results/{experiment}/tables/properties_molecules.csv",
        property_comparison="results/{experiment}/tables/properties_comparison.csv",
        property_paired="results/{experiment}/tables/properties_paired.csv",
    log:
        "results/logs/make_tables/{experiment}.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        settings=lambda wildcards: told(table_settings(PLAN, wildcards.experiment)),
        code=code_digest("make_tables"),
    shell:
        "python -m pipeline_src.make_tables --settings {params.settings:q}"
        " --out-geometry {output.geometry} --out-curve {output.curve}"
        " --out-properties {output.properties} --out-failures {output.failures}"
        " --out-comparison {output.comparison} --out-paired {output.paired}"
        " --out-property-molecules {output.property_molecules}"
        " --out-property-comparison {output.property_comparison}"
        " --out-property-paired {output.property_paired} > {log} 2>&1"


# Generated conformers laid over their nearest reference, for the report's 3D view.
rule overlay_examples:
    input:
        samples=overlay_shards,
        ensembles=lambda wildcards: [
            f"results/datasets/{name}/ensembles"
            for name in overlay_settings(PLAN, wildcards.experiment).datasets()
        ],
    output:
        "results/{experiment}/overlays.json",
    log:
        "results/logs/overlay_examples/{experiment}.log",
    conda:
        "../../envs/chem.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        settings=lambda wildcards: told(overlay_settings(PLAN, wildcards.experiment)),
        datasets=lambda wildcards: overlay_settings(PLAN, wildcards.experiment).datasets(),
        code=code_digest("overlay_examples"),
    shell:
        "python -m pipeline_src.overlay_examples --settings {params.settings:q}"
        " --datasets {params.datasets} --ensembles {input.ensembles}"
        " --out {output} > {log} 2>&1"


# Figures as SVG.
rule plot_figures:
    input:
        geometry=geometry_scores,
        properties=property_scores,
        overlap=overlap_checks,
        report=report_inputs,
        coverage=rules.make_tables.output.curve,
        paired=rules.make_tables.output.paired,
        overlays=rules.overlay_examples.output,
    output:
        directory("results/{experiment}/figures"),
    log:
        "results/logs/plot_figures/{experiment}.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        settings=lambda wildcards: told(report_settings(PLAN, wildcards.experiment)),
        code=code_digest("plot_figures"),
    shell:
        "python -m pipeline_src.plot_figures --settings {params.settings:q}"
        " --coverage {input.coverage} --paired {input.paired} --overlays {input.overlays}"
        " --out {output} > {log} 2>&1"


# The samples as SDF, beside the report, and why some are missing.
rule export_sdf:
    input:
        samples=exported_shards,
        imported=rules.import_ensembles.output.rejected,
    output:
        sdf="results/{experiment}/sdf/{chain}/{dataset}-{label}.sdf.gz",
        rejected="results/{experiment}/sdf/{chain}/{dataset}-{label}-rejected.csv",
    log:
        "results/logs/export_sdf/{experiment}/{chain}/{dataset}-{label}.log",
    conda:
        "../../envs/chem.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        samples=folded("samples"),
        code=code_digest("export_sdf"),
    shell:
        "python -m pipeline_src.export_sdf --samples {params.samples:q}"
        " --imported {input.imported} --out {output.sdf} --rejected {output.rejected}"
        " > {log} 2>&1"


# One HTML that opens offline.
rule make_report:
    input:
        geometry=geometry_scores,
        properties=property_scores,
        overlap=overlap_checks,
        report=report_inputs,
        tables=rules.make_tables.output.geometry,
        property_table=rules.make_tables.output.properties,
        failures=rules.make_tables.output.failures,
        comparison=rules.make_tables.output.comparison,
        paired=rules.make_tables.output.paired,
        paper_geometry=local(seen_from(Path.cwd(), ROOT, "resources/paper/geometry.csv")),
        paper_properties=local(seen_from(Path.cwd(), ROOT, "resources/paper/properties.csv")),
        figures=rules.plot_figures.output,
        overlays=rules.overlay_examples.output,
        sdf=exported_files,
    output:
        "results/{experiment}/report.html",
    log:
        "results/logs/make_report/{experiment}.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        settings=lambda wildcards: told(report_settings(PLAN, wildcards.experiment)),
        code=code_digest("make_report"),
    shell:
        "python -m pipeline_src.make_report --settings {params.settings:q}"
        " --figures {input.figures} --geometry {input.tables}"
        " --properties {input.property_table} --failures {input.failures}"
        " --comparison {input.comparison} --paired {input.paired}"
        " --overlays {input.overlays} --paper-geometry {input.paper_geometry}"
        " --paper-properties {input.paper_properties} --out {output} > {log} 2>&1"
