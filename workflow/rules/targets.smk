# An experiment's name is a target.
for experiment in PLAN.runs:
    if experiment == TARGET:
        continue

    rule:
        name:
            experiment
        input:
            f"results/{experiment}/report.html",
        localrule: True
