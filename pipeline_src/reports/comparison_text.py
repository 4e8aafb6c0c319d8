"""The comparison of chains in sentences: every number comes from the tables of the run."""

import math
from collections.abc import Mapping

import pandas as pd

from pipeline_src.reports.inputs import METRICS
from pipeline_src.reports.style import present
from pipeline_src.reports.views import METRIC_NAMES, MISSING, is_coverage, number
from pipeline_src.run.settings.report import ReportSettings

LEVEL = 0.05  # of the tests counted in the text


def variants(table: pd.DataFrame) -> list[tuple[bool, str]]:
    """RMSD variants and failure policies of a table, the one shown first at the front."""
    return sorted(table.groupby(["symmetrize", "failure_policy"]).groups,
                  key=lambda key: (not key[0], key[1] != "zero", key[1]))


def default_variant(table: pd.DataFrame) -> pd.DataFrame:
    """The rows shown first: symmetrised RMSD and failures as zero, where these were scored."""
    keys = variants(table)
    return table if not keys else table[
        (table["symmetrize"] == keys[0][0]) & (table["failure_policy"] == keys[0][1])]


def first_deltas(table: pd.DataFrame) -> pd.DataFrame:
    """The rows at the first threshold of their dataset, its headline δ."""
    return table[table["delta"] == table.groupby("dataset")["delta"].transform("first")]


def signed(value: float, digits: int) -> str:
    """``value`` with its sign, a dash for NaN."""
    if value is None or math.isnan(value):
        return MISSING
    text = f"{value:+,.{digits}f}"
    return text[1:] if is_zero(text) else text.replace("-", "−")


def is_zero(text: str) -> bool:
    """Whether a number as written, with thousands apart, is 0."""
    return float(text.replace(",", "")) == 0


def pair_sentences(paired: pd.DataFrame, settings: ReportSettings) -> list[dict]:
    """A sentence per chain with a baseline, dataset and sampler, at one δ."""
    sentences = []
    for dataset in present([d.name for d in settings.datasets], paired["dataset"]):
        rows = paired[paired["dataset"] == dataset]
        for chain in present(list(settings.chains), rows["chain"]):
            for sampler, pair in rows[rows["chain"] == chain].groupby("sampler", sort=False):
                by_metric = pair.set_index("metric")
                where = [dataset] * (paired["dataset"].nunique() > 1)
                where += [sampler] * (rows["sampler"].nunique() > 1)
                sentences.append({
                    "chain": chain, "baseline": pair["baseline"].iloc[0],
                    "where": ", ".join(where),
                    "text": "; ".join(_clause(metric, by_metric.loc[metric]) for metric in (
                        "mat_r", "cov_r", "mat_p", "cov_p") if metric in by_metric.index) + "."})
    return sentences


def _clause(metric: str, row: pd.Series) -> str:
    name, digits = METRIC_NAMES[metric], 1 if is_coverage(metric) else 3
    unit = "percentage points" if is_coverage(metric) else "Å"
    if math.isnan(row["difference"]):
        return f"{name} not comparable, as no molecule has it for both"
    size = number(abs(row["difference"]), digits)
    way = "higher" if row["difference"] > 0 else "lower"
    words = f"{way} by {size} {unit}" if float(size) else f"the same to {unit} of {digits} decimals"
    interval = f"[{signed(row['low'], digits)}, {signed(row['high'], digits)}]"
    return f"{name} {words} {interval}, the interval {_zero(row)} zero"


def _zero(row: Mapping) -> str:
    return "excludes" if row["low"] > 0 or row["high"] < 0 else "includes"


def verdict(paired: pd.DataFrame) -> str:
    """How many differences are told from zero, and which way; '' without any."""
    paired = paired.dropna(subset=["difference"])
    if paired.empty:
        return ""
    higher = paired["metric"].map(is_coverage)
    above, below = paired["low"] > 0, paired["high"] < 0
    better = int((above & higher | below & ~higher).sum())
    worse = int((above & ~higher | below & higher).sum())
    holm = int((paired["p_holm"] < LEVEL).sum())
    count = len(paired)
    return (f"Of {count} difference{'s' * (count > 1)} {better + worse} "
            f"{'has' if better + worse == 1 else 'have'} an interval that excludes zero: {better} "
            f"for the better, {worse} for the worse. {holm} {'has' if holm == 1 else 'have'} a p "
            f"value below {LEVEL:g} after Holm's correction.")


def limits(comparison: pd.DataFrame, paired: pd.DataFrame, costs: pd.DataFrame,
           parameters: Mapping[str, int], training_molecules: int | None,
           settings: ReportSettings) -> list[str]:
    """What the size of this run can show, from its own numbers.

    Args:
        comparison, paired: the rows of the variant shown first, ``paired`` at one δ.
        costs: CPU seconds, as ``chain_costs.read_costs``.
        parameters: stage -> trained parameters.
        training_molecules: how many were trained on; None: nothing was.
        settings: the experiment.
    """
    tested = comparison.groupby("dataset", sort=False)["cov_r_n_molecules"].max()
    names = " and ".join(f"{count:.0f} of {dataset}" for dataset, count in tested.items())
    trained = f"{training_molecules} molecules of {settings.train} were trained on, " \
        if training_molecules is not None else ""
    seeds = len(settings.seeds)
    lines = [f"{trained}{names} tested; {seeds} seed{'s' * (seeds > 1)} of weights, training and "
             "sampling."]
    steps = [s.iterations for s in settings.stages if s.iterations and not s.weights]
    if steps and parameters:
        lines.append(
            f"A stage has {_range(parameters.values())} trained parameters and was trained for "
            f"{_range(steps)} steps.")
    for what, words in (("training", "Training a chain"), ("sampling", "Sampling a chain")):
        lines += _cost_line(costs, what, words)
    return lines + _resolution(paired)


def _range(values: object) -> str:
    low, high = min(values), max(values)
    return f"{low:,.0f}" if low == high else f"{low:,.0f} to {high:,.0f}"


def _cost_line(costs: pd.DataFrame, what: str, words: str) -> list[str]:
    """The range over the chains of a cost, mean over the seeds; nothing where none is known."""
    means = costs.groupby(["chain", "dataset", "sampler"])[what].mean()  # of what is known
    means = means[means > 0]
    if means.empty:
        return []
    factor = means.max() / means.min()
    apart = "" if len(means) == 1 else (
        f", a factor of {factor:.1f} between the least and the most")
    return [f"{words} took {_range([means.min(), means.max()])} CPU seconds a seed on the machine "
            f"of this run{apart}."]


def _resolution(paired: pd.DataFrame) -> list[str]:
    """How far the intervals of the paired differences reach: smaller ones are not seen here."""
    words = []
    for metric in METRICS:
        rows = paired[paired["metric"] == metric].dropna(subset=["low"])
        half = ((rows["high"] - rows["low"]) / 2).median()
        if len(rows) and half > 0:
            digits, unit = (1, "points") if is_coverage(metric) else (3, "Å")
            words.append(f"{METRIC_NAMES[metric]} {number(half, digits)} {unit}")
    return [f"Intervals of the differences reach about so far to either side (median): "
            f"{', '.join(words)}. Much smaller differences cannot be seen here."] if words else []
