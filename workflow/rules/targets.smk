# An experiment's name is a target.
for experiment in PLAN.runs:
    if experiment == TARGET:
        continue

    rule:
        name:
            experiment
        localrule: True
        input:
            f"results/{experiment}/report.html",
