"""Metrics as readers see them: name, unit, digits, and which way is better."""

NAMES = {
    "cov_r": "COV-R", "mat_r": "MAT-R", "cov_p": "COV-P", "mat_p": "MAT-P",
    "e_mean": "mean energy", "e_min": "lowest energy", "gap_mean": "mean gap",
    "gap_min": "smallest gap", "gap_max": "largest gap", "seconds": "time a molecule",
    "parameters": "parameters", "count": "count"}
UNIT_NAMES = {"%": "%", "Å": "Å", "eV": "eV", "s": "s"}
_UNITS = {"cov": "%", "mat": "Å", "e": "eV", "gap": "eV", "seconds": "s"}
_DIGITS = {"%": 1, "Å": 3, "eV": 3, "s": 1}


def metric_name(metric: str) -> str:
    """COV-R for ``cov_r``; a name that is not known stands for itself."""
    return NAMES.get(metric, metric.replace("_", " "))


def unit_of(metric: str) -> str:
    """Unit of a metric, '' where it has none or it is not known."""
    return _UNITS.get(metric.split("_")[0], "")


def higher_is_better(metric: str) -> bool:
    """Coverage is better when higher; errors, distances and times when lower."""
    return metric.startswith("cov")


def arrow(metric: str) -> str:
    """Which way is better, as a sign; '' where neither is."""
    if not unit_of(metric):
        return ""
    return "↑" if higher_is_better(metric) else "↓"


def axis_label(metric: str) -> str:
    """Label of an axis: name, unit and which way is better."""
    unit = unit_of(metric)
    better = f", {'higher' if higher_is_better(metric) else 'lower'} is better" if unit else ""
    error = "error of " if unit == "eV" else ""
    return f"{error}{metric_name(metric)}{f' ({unit})' if unit else ''}{better}"


def digits_of(metric: str) -> int:
    """Decimals shown."""
    return _DIGITS.get(unit_of(metric), 0)
