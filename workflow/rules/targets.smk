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
            item_files(PLAN, item, size),
        localrule: True


for size in REGISTRY.paper.sizes:

    rule:
        name:
            f"{ALL}_{size}"
        input:
            [path for item in REGISTRY.paper.at(size) for path in item_files(PLAN, item, size)],
        localrule: True
