"""Metrics as readers see them: name, unit, digits, and which way is better."""

NAMES = {
    "cov_r": "COV-R", "mat_r": "MAT-R", "cov_p": "COV-P", "mat_p": "MAT-P",
    "e_mean": "error of the mean energy", "e_min": "error of the lowest energy",
    "gap_mean": "error of the mean gap", "gap_min": "error of the smallest gap",
    "gap_max": "error of the largest gap", "seconds": "time a molecule",
    "training_seconds": "time of a training, wall clock",
    "parameters": "parameters", "count": "count", "posebusters": "sound by PoseBusters",
    "stereo_kept": "stereo kept", "clashes": "clashes", "strain_mmff": "strain, MMFF94s",
    "strain_gfn2-xtb": "strain, GFN2-xTB", "baseline_mat_r": "MAT-R of the baseline",
    "rmsd": "RMSD of the sample drawn", "rmsd_baseline": "RMSD of the baseline's"}
_RELAXED = {"_mmff": "MMFF94s", "_gfn2-xtb": "GFN2-xTB"}  # ends of metrics after a relaxation
_UNITS = {"cov": "%", "mat": "Å", "e": "eV", "gap": "eV", "seconds": "s", "training": "s",
          "posebusters": "%", "rmsd": "Å", "stereo": "%", "clashes": "a conformer",
          "strain": "kcal/mol"}
_DIGITS = {"%": 1, "Å": 3, "eV": 3, "s": 1, "kcal/mol": 1, "a conformer": 2}


def metric_name(metric: str) -> str:
    """COV-R for ``cov_r``; a name that is not known stands for itself."""
    for end, relaxer in _RELAXED.items():
        if metric.removesuffix(end) in NAMES and metric not in NAMES:
            return f"{NAMES[metric.removesuffix(end)]} after {relaxer}"
    return NAMES.get(metric, metric.replace("_", " "))


def unit_of(metric: str) -> str:
    """Unit of a metric, '' where it has none or it is not known."""
    return _UNITS.get(metric.split("_")[0], "")


def is_strain(metric: str) -> bool:
    """Whether it is the strain against a relaxer."""
    return metric.startswith("strain_")


def higher_is_better(metric: str) -> bool:
    """Coverage and shares that pass are better when higher; all else when lower."""
    return metric.startswith(("cov", "posebusters", "stereo"))


def arrow(metric: str) -> str:
    """Which way is better, as a sign; '' where neither is."""
    if not unit_of(metric):
        return ""
    return "↑" if higher_is_better(metric) else "↓"


def axis_label(metric: str) -> str:
    """Label of an axis: name, unit and which way is better."""
    unit = unit_of(metric)
    better = f", {'higher' if higher_is_better(metric) else 'lower'} is better" if unit else ""
    return f"{metric_name(metric)}{f' ({unit})' if unit else ''}{better}"


def digits_of(metric: str) -> int:
    """Decimals shown."""
    return _DIGITS.get(unit_of(metric), 0)
