"""The section of the report on validity: checks, strain, and scores with and without relaxation."""

from pathlib import Path

import pandas as pd

from pipeline_src.reports.comparison_text import default_variant
from pipeline_src.reports.inputs import METRICS, RUN_COLUMNS, read_table
from pipeline_src.reports.style import present
from pipeline_src.reports.views import MISSING, is_coverage, number
from pipeline_src.run.settings.report import ReportSettings, ReportValidity
from pipeline_src.run.settings.validity import REFERENCE

VALIDITY = ((*RUN_COLUMNS, "check", "statistic", "unit"),
            ("value", "low", "high", "q25", "q75", "n_molecules", "n_conformers", "n_failed"))
RELAXED = ((*RUN_COLUMNS, "relaxed", "symmetrize", "failure_policy"),
           ("delta", *(f"{m}_mean" for m in METRICS), "n_molecules"))
SHARES = {"posebusters": "all of PoseBusters", "bond_lengths": "bond lengths",
          "bond_angles": "bond angles", "no_steric_clash": "no clash",
          "internal_energy": "energy ratio", "stereo_kept": "stereo kept"}
NUMBERS = {"clashes": "clashes a conformer", "strain_mmff": "strain, MMFF94s (kcal/mol)",
           "strain_gfn2-xtb": "strain, GFN2-xTB (kcal/mol)"}


def read_validity(settings: ReportSettings) -> pd.DataFrame:
    """Rows of ``validity.csv``; none where the experiment has no such section."""
    if settings.validity is None:
        return pd.DataFrame(columns=[*VALIDITY[0], *VALIDITY[1]])
    return read_table(Path(settings.validity.table), VALIDITY)


def validity_view(settings: ReportSettings) -> list[dict] | None:
    """Per dataset the columns, and a row per chain, seed and sampler; None without the section."""
    if settings.validity is None:
        return None
    table = read_validity(settings)
    relaxed = _relaxed(settings.validity)
    view = []
    for dataset in present([d.name for d in settings.datasets], table["dataset"]):
        of_dataset = table[table["dataset"] == dataset]
        names = [name for name in (*SHARES, *NUMBERS) if name in set(of_dataset["check"])]
        view.append({
            "dataset": dataset, "columns": [(SHARES | NUMBERS)[name] for name in names],
            "shares": [name in SHARES for name in names],
            "rows": [_row(run, rows, names) for run, rows in of_dataset.groupby(
                ["chain", "sampler", "seed"], sort=False)],
            "relaxed": [_relaxed_row(row) for row in
                        relaxed[relaxed["dataset"] == dataset].to_dict("records")]})
    return view


def _row(run: tuple, rows: pd.DataFrame, names: list[str]) -> dict:
    by_check = {row["check"]: row for row in rows.to_dict("records")}
    first = rows.iloc[0]
    return {"chain": run[0], "sampler": run[1], "seed": run[2], "reference": run[0] == REFERENCE,
            "cells": [_cell(by_check.get(name)) for name in names],
            "n_conformers": number(first["n_conformers"], 0),
            "n_failed": number(first["n_failed"], 0)}


def _cell(row: dict | None) -> dict:
    """Value and interval of a check, and the quartiles of a strain."""
    if row is None:
        return {"value": MISSING, "interval": "", "over": ""}
    scale, digits = (100, 1) if row["statistic"] == "share" else (1, 2 if row["unit"] == "count"
                                                                  else 1)
    low, high, q25, q75 = (number(row[name] * scale, digits)
                           for name in ("low", "high", "q25", "q75"))
    return {"value": number(row["value"] * scale, digits), "interval": f"[{low}, {high}]",
            "over": f"quartiles {q25} – {q75}" if row["statistic"] == "median" else ""}


def _relaxed(validity: ReportValidity) -> pd.DataFrame:
    """Rows of ``relaxed.csv`` in the default variant: symmetrised, failed molecules as zero."""
    return default_variant(read_table(Path(validity.relaxed), RELAXED))


def _relaxed_row(row: dict) -> dict:
    return {"chain": row["chain"], "sampler": row["sampler"], "seed": row["seed"],
            "relaxed": row["relaxed"], "delta": f"{row['delta']:g}",
            "cells": [number(row[f"{m}_mean"], 1 if is_coverage(m) else 3) for m in METRICS],
            "n_molecules": number(row["n_molecules"], 0)}
