# The name of an experiment with a file of its own is a target.
for experiment in [*REGISTRY.listed]:
    if experiment == TARGET:
        continue

    rule:
        name:
            experiment
        input:
            f"results/{experiment}/report.html",
        localrule: True


# A table or figure of the paper at a size is one, and all of a size together.
for target, (item, size) in REGISTRY.paper.targets().items():

    rule:
        name:
            target
        input:
            paper_files(item, size),
        localrule: True


for size in REGISTRY.paper.sizes:

    rule:
        name:
            f"{ALL}_{size}"
        input:
            f"results/paper/{size}/index.html",
        localrule: True
