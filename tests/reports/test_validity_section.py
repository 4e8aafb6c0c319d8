"""The report's section on validity, and that a report without it does not mention it."""

from types import SimpleNamespace

import pandas as pd
import pytest
from made_up_run import CHAINS, PAPER, RUN, make_run

from pipeline_src.make_report import make_report
from pipeline_src.plot_figures import plot_figures
from pipeline_src.reports.style import styled
from pipeline_src.reports.validity_figure import draw_validity
from pipeline_src.reports.validity_tables import RELAXED_COLUMNS, VALIDITY_COLUMNS
from pipeline_src.run.files import write_rows
from pipeline_src.run.settings.report import ReportValidity


def row(chain, check, statistic, unit, value) -> dict:
    run = dict(zip(RUN, (chain, "mini_qm9", 2021, "langevin"), strict=True))
    if chain == "reference":
        run |= {"seed": "", "sampler": ""}
    number = statistic == "median"
    return {**dict.fromkeys(VALIDITY_COLUMNS), **run, "check": check, "statistic": statistic,
            "unit": unit, "value": value, "low": value / 2, "high": value * 1.25,
            "q25": value / 4 if number else None, "q75": value * 2 if number else None,
            "n_molecules": 9, "n_conformers": 72, "n_failed": 3}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("valid")
    run = make_run(folder)
    write_rows(folder / "validity.csv", VALIDITY_COLUMNS, [
        row(chain, *cells) for k, chain in enumerate(("reference", *CHAINS)) for cells in (
            ("posebusters", "share", "", 0.8 - 0.1 * k), ("stereo_kept", "share", "", 0.625),
            ("clashes", "mean", "count", 0.25), ("strain_mmff", "median", "kcal_mol", 16.0 + k),
            ("converged_mmff", "share", "", 0.5))])
    write_rows(folder / "relaxed.csv", RELAXED_COLUMNS, [
        {**dict.fromkeys(RELAXED_COLUMNS), "chain": "rdkit", "dataset": "mini_qm9", "seed": 2021,
         "sampler": "langevin", "relaxed": relaxed, "delta": 0.5, "symmetrize": symmetrize,
         "failure_policy": policy, "mat_r_mean": mat, "cov_r_mean": 71.5, "n_molecules": 9}
        for relaxed, mat in (("none", 0.4321), ("mmff", 0.2468))
        for symmetrize in ("true", "false") for policy in ("zero", "skip")])
    run["settings"] = run["settings"].model_copy(update={"validity": ReportValidity(
        table=str(folder / "validity.csv"), relaxed=str(folder / "relaxed.csv"))})
    plot_figures(settings=run["settings"], coverage=run.pop("coverage"), paired=run["paired"],
                 overlays=run["overlays"], out=folder / "figures")
    make_report(**run, figures=folder / "figures", paper_geometry=PAPER / "geometry.csv",
                paper_properties=PAPER / "properties.csv", out=folder / "report.html")
    return (folder / "report.html").read_text(encoding="utf-8")


def test_the_section_has_its_tables_and_figure(report):
    section = report[report.index('id="validity"'):report.index('id="viewer"')]
    assert section.index("<i>reference</i>") < section.index("geodiff-msgen3")
    for shown in ("80.0", "62.5", "[31.2, 78.1]", "16.0", "quartiles 4.0 – 32.0", "0.25", "72",
                  "0.432", "0.247", "71.5", 'figure id="figure-validity"'):
        assert shown in section, shown
    assert section.count("0.247") == 1  # one variant of four
    assert "converged" not in section and "nan" not in section.lower().split()


def test_strain_of_torn_conformers_leaves_the_others_to_be_seen():
    table = pd.DataFrame([row(chain, "strain_mmff", "median", "kcal_mol", value) for chain, value in
                          (("reference", 12.0), ("rdkit", 60.0), ("geodiff", 4e6))])
    dataset = SimpleNamespace(name="mini_qm9")
    with styled():
        figure = draw_validity(table, SimpleNamespace(datasets=[dataset]))
        figure.draw_without_rendering()
    strain = figure.axes[1]
    shown = [label.get_text() for label in strain.get_xticklabels()]
    assert strain.get_xscale() == "symlog" and not any("$" in text for text in shown)
    assert {"0", "10", "100", "1,000", "1e6"} <= set(shown)


def test_without_the_section_nothing_is_said_of_it(tmp_path):
    run = make_run(tmp_path, extras=False)
    plot_figures(settings=run["settings"], coverage=run.pop("coverage"), paired=run["paired"],
                 overlays=run["overlays"], out=tmp_path / "figures")
    make_report(**run, figures=tmp_path / "figures", paper_geometry=PAPER / "geometry.csv",
                paper_properties=PAPER / "properties.csv", out=tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "validity" not in text.lower() and "PoseBusters" not in text
    assert not (tmp_path / "figures/validity.svg").exists()
