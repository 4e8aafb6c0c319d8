"""A made-up run on disk: every input of the report, small, with the awkward rows real runs have."""

import math
from itertools import product
from pathlib import Path

from made_up_jobs import ran

from pipeline_src.ensembles.split_table import SplitRow, write_split
from pipeline_src.make_report import make_report
from pipeline_src.make_tables import make_tables
from pipeline_src.plot_figures import plot_figures
from pipeline_src.reports.inputs import METRICS
from pipeline_src.run.files import write_json, write_rows, write_text
from pipeline_src.run.settings.jobs import ScoredSource, TableSettings
from pipeline_src.run.settings.report import ReportSettings

PAPER = Path(__file__).parents[2] / "resources" / "paper"
CHAINS = {
    "rdkit": ["rdkit"], "geodiff": ["geodiff-all"],
    "geodiff-msgen2": ["geodiff-heavy", "geodiff-all-heavy"],
    "geodiff-msgen3": ["geodiff-scaffold", "geodiff-heavy-scaffold", "geodiff-all-heavy"],
}
NASTY = "<script>alert('x')</script> & $m$"
REASON = "no usable sample: <b>NaN</b> positions"
QUANTITIES = ("e_mean", "e_min", "gap_mean", "gap_min", "gap_max")
RUN = ("chain", "dataset", "seed", "sampler")


def build_report(folder: Path, **options) -> str:
    """Figures and report of a made-up run under ``folder``; returns the HTML."""
    run = make_run(folder, **options)
    plot_figures(settings=run["settings"], coverage=run.pop("coverage"), paired=run["paired"],
                 overlays=run["overlays"], out=folder / "figures")
    make_report(**run, figures=folder / "figures", paper_geometry=PAPER / "geometry.csv",
                paper_properties=PAPER / "properties.csv", out=folder / "report.html")
    return (folder / "report.html").read_text(encoding="utf-8")


def make_run(folder: Path, chains: dict | None = None, datasets: dict | None = None,
             molecules: int = 9, properties: bool = True, failures: bool = True,
             seeds: tuple[int, ...] = (2021,), extras: bool = True, imported: str = "",
             baselines: dict | None = None, notes: tuple[str, ...] = ()) -> dict:
    """Write the inputs under ``folder``; returns the arguments of ``make_report`` but figures, out.

    Args:
        chains: chain -> stages.
        datasets: name -> headline δ.
        molecules: per dataset; the first has a hostile name.
        properties: whether properties were scored.
        failures: whether anything failed; then the last chain fails on the first molecule.
        extras: whether there are curves, levels, benchmarks and overlays.
        imported: kind of checkpoint that all stages are imported from; '': they are trained.
        baselines: chain -> chain it is compared with.
        notes: on the comparison.
    """
    baselines = baselines or {}
    chains, datasets = chains or CHAINS, datasets or {"mini_qm9": 0.5, "geom_drugs10": 1.25}
    names = [NASTY, *(f"molecule-{k:02d}" for k in range(1, molecules))]
    runs = [dict(zip(RUN, run, strict=True))
            for run in product(chains, datasets, seeds, ("langevin",))]
    write_geometry(folder, runs, datasets, molecules, failures)
    write_property_table(folder, chains, datasets, molecules if properties else 0)
    write_rows(folder / "failures.csv", (*RUN, "kind", "molecule", "reason"), [
        {**run, "kind": "geometry", "molecule": NASTY, "reason": REASON}
        for run in runs if failures and run["chain"] == list(chains)[-1]])
    write_json(folder / "overlays.json", [
        {"chain": c, "dataset": d, "molecule": m, "smiles": "CCO<", "rmsd_angstrom": 0.31 + 0.1 * k,
         "reference_molblock": molblock(0.0), "generated_molblock": molblock(0.2 + 0.1 * k)}
        for k, (c, d, m) in enumerate(product(chains, datasets, names[:2]))] if extras else [])
    geometry = [{**run, "pattern": score_shard(folder, run, k, datasets, names, failures)}
                for k, run in enumerate(runs)]
    write_compared(folder, geometry, datasets, baselines)
    settings = ReportSettings(
        experiment="made_up", description="A made-up run & nothing else",
        train=next(iter(datasets)),
        datasets=[dataset_entry(folder, d, delta, k, names, extras, failures)
                  for k, (d, delta) in enumerate(datasets.items())],
        chains=chains, stages=stage_entries(folder, chains, seeds, imported) if extras else (),
        seeds=seeds,
        samplers=("langevin",), samples="2 per reference conformer", property_method="hf/6-31g**",
        geometry=geometry, baselines=baselines, notes=notes,
        costs=cost_entries(folder, runs, seeds) if extras else (),
        properties=[{**run, "pattern": property_shard(folder, run, k, names, failures)}
                    for k, run in enumerate(runs) if properties
                    and run["dataset"] == next(iter(datasets))],
        benchmarks=benchmark_entries(folder) if extras else (),
        paper_tables=("geometry", "properties"),
        files=[{"label": "Generated conformers (SDF)", "path": "sdf/"}],
        resolved={"train": "mini_qm9", "seeds": list(seeds), "note": "</script>"})
    return {"settings": settings, "geometry": folder / "geometry.csv",
            "properties": folder / "properties.csv", "failures": folder / "failures.csv",
            "comparison": folder / "compared/comparison.csv",
            "paired": folder / "compared/paired.csv",
            "overlays": folder / "overlays.json", "coverage": folder / "coverage_curve.csv"}


def write_geometry(folder: Path, runs: list, datasets: dict, molecules: int,
                   failures: bool) -> None:
    """``geometry.csv`` and ``coverage_curve.csv``; the last chain improves on the first."""
    columns = [f"{m}_{s}" for m in METRICS for s in ("mean", "median", "low", "high")]
    rows, curve = [], []
    for k, run in enumerate(runs):
        delta = datasets[run["dataset"]]
        for symmetrize, policy in product(("true", "false"), ("zero", "skip")):
            base = 50 + 4 * k - 5 * (symmetrize == "false")
            values = {}
            for m in METRICS:
                mean, spread = (base, 8.0) if m[0] == "c" else (delta * 60 / base, 0.1)
                values |= {f"{m}_mean": float(mean), f"{m}_median": mean + spread / 4,
                           f"{m}_low": mean - spread, f"{m}_high": mean + spread}
            if failures and k == 0 and policy == "skip":
                values = dict.fromkeys(columns, math.nan)
            rows.append({**run, "delta": delta, "symmetrize": symmetrize, "failure_policy": policy,
                         **values, "n_molecules": molecules, "n_conformers": molecules * 8,
                         "n_failed": int(failures)})
        for symmetrize, step in product(("true", "false"), range(1, 61)):
            reach = 100 / (1 + math.exp(-(step * 0.05 / delta - 1) * (4 + 0.3 * k)))
            curve.append({**run, "symmetrize": symmetrize, "delta": step * 0.05,
                          "cov_r_mean": reach, "cov_p_mean": reach * 0.8,
                          "n_molecules": molecules})
    write_rows(folder / "geometry.csv", [*RUN, "delta", "symmetrize", "failure_policy", *columns,
                                         "n_molecules", "n_conformers", "n_failed"], rows)
    write_rows(folder / "coverage_curve.csv", list(curve[0]), curve)


def write_compared(folder: Path, geometry: list, datasets: dict, baselines: dict) -> None:
    """The tables of the step in ``compared/``, of which those over seeds and of pairs are used."""
    names = ("geometry", "curve", "properties", "failures", "comparison", "paired",
             "property_molecules", "property_comparison", "property_paired")
    make_tables(TableSettings(
        experiment="made_up", geometry=[ScoredSource(**source) for source in geometry],
        deltas_angstrom={name: (delta,) for name, delta in datasets.items()},
        failure_policies=("zero", "skip"), bootstrap_resamples=50, bootstrap_seed=1,
        baselines=baselines), *(folder / "compared" / f"{name}.csv" for name in names))


def write_property_table(folder: Path, chains: dict, datasets: dict, molecules: int) -> None:
    """``properties.csv``; only its header when no molecule was computed."""
    rows = [{"chain": chain, "dataset": next(iter(datasets)), "method": "hf/6-31g**",
             "quantity": quantity, "mae_ev_mean": 0.4 / (k + 1), "mae_ev_median": 0.3 / (k + 1),
             "n_molecules": molecules, "n_conformers": molecules * 5, "n_failed": 1}
            for k, chain in enumerate(chains) for quantity in QUANTITIES if molecules]
    write_rows(folder / "properties.csv", (
        "chain", "dataset", "method", "quantity", "mae_ev_mean", "mae_ev_median", "n_molecules",
        "n_conformers", "n_failed"), rows)


def score_shard(folder: Path, run: dict, k: int, datasets: dict, names: list,
                failures: bool) -> str:
    """Path of a geometry score shard; with failures the first molecule of later chains failed."""
    columns = ("molecule", "symmetrize", "delta", *METRICS, "n_references", "n_samples", "n_failed",
               "status", "reason")
    rows = []
    for (number, name), symmetrize in product(enumerate(names), (0, 1)):
        failed = failures and number == 0 and k > 0
        mat = datasets[run["dataset"]] * (0.6 + 0.4 * math.sin(number * 1.7 + k)) + 0.2
        values = {"cov_r": 60.0, "cov_p": 50.0, "mat_r": mat, "mat_p": mat * 1.3}
        rows.append({
            "molecule": name, "symmetrize": symmetrize, "delta": datasets[run["dataset"]],
            **(dict.fromkeys(METRICS) if failed else values), "n_references": 4, "n_samples": 8,
            "n_failed": 8 if failed else 0, "status": "failed" if failed else "ok",
            "reason": REASON if failed else ""})
    path = folder / f"scores-{k}.csv"
    write_rows(path, columns, rows)
    return str(path)


def property_shard(folder: Path, run: dict, k: int, names: list, failures: bool) -> str:
    """Path of a property score file; with failures the last molecule failed."""
    columns = ("molecule", "quantity", "reference_ev", "generated_ev", "absolute_error_ev",
               "n_reference", "n_generated", "n_failed", "status", "reason")
    rows = []
    for (number, name), quantity in product(enumerate(names), QUANTITIES):
        failed = failures and number == len(names) - 1
        error = None if failed else 0.05 + 0.4 * abs(math.sin(number + k + len(quantity)))
        rows.append({
            "molecule": name, "quantity": quantity, "reference_ev": -10.0, "generated_ev": None,
            "absolute_error_ev": error, "n_reference": 5, "n_generated": 5, "n_failed": int(failed),
            "status": "failed" if failed else "ok", "reason": "SCF did not converge" * failed})
    path = folder / f"property-scores-{k}.csv"
    write_rows(path, columns, rows)
    return str(path)


def dataset_entry(folder: Path, name: str, delta: float, k: int, names: list, extras: bool,
                  failures: bool) -> dict:
    """Settings of a dataset, with its level and rejection tables written."""
    levels = folder / f"levels-{k}.csv"
    write_rows(levels, ("molecule", "level", "n_beads", "collapsed", "reason"), [
        {"molecule": m, "level": level, "n_beads": size + number,
         "collapsed": int(level == "scaffold" and number % 2),
         "reason": "acyclic" if level == "scaffold" and number % 2 else ""}
        for number, m in enumerate(names)
        for level, size in (("scaffold", 5), ("heavy", 8), ("all", 17))])
    rejected = folder / f"rejected-{k}.csv"
    write_rows(rejected, ("molecule", "conformer", "reason"), [
        {"molecule": NASTY, "conformer": "", "reason": "two fragments"},
        {"molecule": names[-1], "conformer": 3, "reason": "stereo changed"}] if failures else [])
    split = folder / f"split-{k}.csv"
    write_split(split, [SplitRow(names[-1], "test", k, 1, 1)])
    return {"name": name, "geometry": "GFN2-xTB", "role": "test" if k else "train and test",
            "description": "made up", "deltas_angstrom": (delta,),
            "levels": str(levels) if extras else None, "rejected": str(rejected),
            "split": str(split) if extras else None}


def stage_entries(folder: Path, chains: dict, seeds: tuple[int, ...],
                  imported: str) -> list[dict]:
    """Settings of every stage, with its curves written; no validation at the first step."""
    theirs = {"iterations": None, "weights": imported, "curves": {}, "trained": None} \
        if imported else {}
    stages = dict.fromkeys(s for chain in chains.values() for s in chain if "-" in s)
    entries = []
    for number, stage in enumerate(stages):
        curves = {}
        for seed in seeds:
            path = folder / f"curve-{stage}-{seed}.csv"
            write_rows(path, ("step", "train_loss", "validation_loss", "learning_rate"), [
                {"step": 50 * k, "train_loss": 9 * math.exp(-k / 4) + 2 + 0.3 * math.sin(5.0 * k),
                 "validation_loss": 9 * math.exp(-k / 5) + 2.4 + number if k > 1 else None,
                 "learning_rate": 1e-3} for k in range(1, 13)])
            curves[seed] = str(path)
        trained = folder / f"settings-{stage}.json"
        write_json(trained, {"trainable_parameters": 12345 + number})
        entries.append({"name": stage, "level": "heavy", "noise_levels": 200, "iterations": 600,
                        "curves": curves, "trained": str(trained), **theirs})
    return entries


def benchmark_entries(folder: Path) -> list[dict]:
    """Benchmarks of three rules, one by its file; a folder is missing, a file lacks the memory."""
    entries = []
    for rule, seconds, memory in (("train_stage", 812.5, "1210.4"), ("sample_stage", 260.1, "840"),
                                  ("split_dataset", 0.4, "-")):
        path = folder / "benchmarks" / rule / "seed1" / "shard0.tsv"
        write_text(path, "s\th:m:s\tmax_rss\tmax_vms\tmean_load\tcpu_time\n"
                         f"{seconds}\t0:00:01\t{memory}\t-\t97.1\t{seconds}\n")
        entries.append({"rule": rule, "folders": [
            str(path if rule == "train_stage" else path.parent), str(folder / "missing")]})
    return entries


def cost_entries(folder: Path, runs: list, seeds: tuple[int, ...]) -> list[dict]:
    """A chain trains for 100 s and samples for 5 s times its place; the second has no benchmark."""
    entries = []
    places = {(run["chain"], run["dataset"]): run["sampler"] for run in runs}
    for k, ((chain, dataset), sampler) in enumerate(places.items()):
        paths = {}
        for what, seconds in (("training", 100.0), ("sampling", 5.0)):
            rule = "train_stage" if what == "training" else "sample_stage"
            paths[what] = [f"{folder}/costs/benchmarks/{rule}/{k}-seed{{seed}}.tsv"]
            for seed in seeds if k != 1 else ():
                ran(folder / "costs", rule, f"{k}-seed{seed}", 1, seconds * (k + 1))
        entries.append({"chain": chain, "dataset": dataset, "sampler": sampler, **paths})
    return entries


def molblock(twist: float) -> str:
    """A V2000 mol block of a bent C-C-O chain whose last atom moves by ``twist`` Å."""
    atoms = [("C", 0.0, 0.0, 0.0), ("C", 1.5, 0.0, 0.0), ("O", 2.1, 1.3, twist),
             ("H", -0.5, 0.9, 0.2)]
    lines = [f"{x:10.4f}{y:10.4f}{z:10.4f} {e:<3} 0  0" for e, x, y, z in atoms]
    bonds = [f"{a:3d}{b:3d}  1  0" for a, b in ((1, 2), (2, 3), (1, 4))]
    counts = f"{len(atoms):3d}{len(bonds):3d}  0  0  0  0  0  0  0  0999 V2000"
    return "\n".join(["", "", "", counts, *lines, *bonds, "M  END", ""])


