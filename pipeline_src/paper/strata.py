"""Scores of the same runs by how large and flexible the molecules are (Table 12).

The sections are those of the item, the molecules that are in none of them, and thirds of the
molecules at hand: the paper's thresholds were chosen for GEOM-Drugs.
"""

from collections.abc import Iterator
from pathlib import Path

from pipeline_src.paper.cells import Published, cell
from pipeline_src.paper.geometry import Geometry
from pipeline_src.paper.molecule_counts import counts_of
from pipeline_src.paper.provenance import made_by, provenance
from pipeline_src.paper.sections import Section, sections_of
from pipeline_src.paper.statistics import Pair, compared, mean_cells, pair_cells
from pipeline_src.paper.strata_figure import draw_strata, strata_caption
from pipeline_src.reports.inputs import METRICS
from pipeline_src.run.settings.paper_table import PaperRow, PaperTableSettings

figure, caption = draw_strata, strata_caption


def rows(settings: PaperTableSettings, paper: Path) -> Iterator[dict]:
    """The cells of the table, metric by metric; ``part`` is the section.

    Args:
        settings: rows with score files and counts of the molecules.
        paper: folder of the published values.

    Raises:
        InputError: a file does not fit, or a molecule that was scored is not counted.
    """
    printed, made = Published(settings, paper), Geometry(settings, paper)
    sections = {row.label: _sections(settings, row, made) for row in made.measured}
    for row in settings.rows:
        if row.label not in sections:
            yield from _printed_alone(settings, row, printed)
            continue
        counted = made_by([row.molecules])
        for section in sections[row.label]:
            yield cell(settings, row, "molecules", "count", part=section.name, note=section.note,
                       **counted, measured=len(section.molecules), molecules=len(section.molecules))
    alike = {row.label: {"delta_angstrom": row.delta_angstrom,
                         **provenance(settings, row, row.scores)} for row in made.measured}
    for metric in METRICS:
        for mode in made.modes():
            pairs: list[Pair] = []
            for row in made.measured:
                for section in sections[row.label]:
                    columns = {**alike[row.label], "part": section.name,
                               "symmetrize": "true" if mode else "false"}
                    yield from _means(made, row, section, metric, mode, printed, columns)
                    pairs += _pairs(made, row, section, metric, mode, columns)
            yield from pair_cells(settings, pairs)


def _means(made: Geometry, row: PaperRow, section: Section, metric: str, mode: bool,
           printed: Published, columns: dict) -> Iterator[dict]:
    """Mean and median of a section; one without molecules has the paper's values alone."""
    settings, digits = made.settings, _digits(printed, row, section, metric)
    note = {"comparable": "no", "note": (
        "" if settings.size == "paper" else "other data and training; ") + (
        "the paper's strata cannot be those of its Table 2, see its README")} if digits else {}
    values = made.values(row, row.scores, metric, mode)
    values = values[[name for name in values if name in section.molecules]]
    if section.molecules:
        yield from mean_cells(settings, row, metric, values, digits, **columns, **note)
        return
    for statistic in digits or ("mean",):
        yield cell(settings, row, metric, statistic, **columns, paper=digits.get(statistic),
                   molecules=0, comparable="no" if digits else "",
                   note="no molecule in this section")


def _pairs(made: Geometry, row: PaperRow, section: Section, metric: str, mode: bool,
           columns: dict) -> list[Pair]:
    """The section's molecules against those of the baseline; nothing without one."""
    if not row.baseline_scores or not section.molecules:
        return []
    both = [made.values(row, sources, metric, mode)
            for sources in (row.scores, row.baseline_scores)]
    both = [values[[name for name in values if name in section.molecules]] for values in both]
    return [compared(made.settings, row, metric, *both, metric.startswith("cov"), **columns)]


def _digits(printed: Published, row: PaperRow, section: Section, metric: str) -> dict[str, str]:
    """Statistic -> what the paper prints in the section."""
    if row.model is None:
        return {}
    found = printed.of(row)
    found = found[(found["part"] == section.name) & (found["metric"] == metric)]
    return dict(zip(found["statistic"], found["value"], strict=True))


def _printed_alone(settings: PaperTableSettings, row: PaperRow,
                   printed: Published) -> Iterator[dict]:
    for record in printed.of(row).to_dict("records"):
        yield cell(settings, row, record["metric"], record["statistic"], part=record["part"],
                   unit=record["unit"], paper=record["value"], comparable="no",
                   note="the paper's alone: not measured here")


def _sections(settings: PaperTableSettings, row: PaperRow, made: Geometry) -> list[Section]:
    """All sections of the molecules that were scored, empty ones too."""
    scored = made.values(row, row.scores, METRICS[0], made.modes()[0])
    return sections_of(counts_of(row.molecules, list(scored.columns)), settings.strata)
