"""The companion to the paper: one HTML file with a page for each table, and the answer in front."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline_src.paper import answer, comparison, views
from pipeline_src.paper.cells import read_cells
from pipeline_src.paper.claims import first_mode
from pipeline_src.paper.disagreements import disagreements
from pipeline_src.paper.done import done
from pipeline_src.paper.facts import this_run, walks
from pipeline_src.paper.failed_molecules import failed_views
from pipeline_src.paper.for_whom import STRATA, for_whom
from pipeline_src.paper.kinds import caption_of
from pipeline_src.paper.learned import LOST_ANGSTROM
from pipeline_src.paper.limits import certainty, limits
from pipeline_src.paper.outvoted import outvoted
from pipeline_src.paper.overview import overview
from pipeline_src.paper.points import points
from pipeline_src.paper.usable import relaxed, usable
from pipeline_src.paper.words import item_name, quoted
from pipeline_src.reports.inputs import OVERLAY_KEYS, read_table
from pipeline_src.reports.report import TEMPLATES, inline_svg, page_asset, page_library
from pipeline_src.reports.run_figures import format_time
from pipeline_src.reports.style import chain_colors
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.paper_report import PaperPage, PaperReportSettings

_TEMPLATES = Path(__file__).parent / "templates"
_PAGE, _CSS = "paper.html.j2", "paper.css"


def render_companion(settings: PaperReportSettings, paper: Path, git_commit: str) -> str:
    """The report as one HTML text.

    Items whose files are missing are shown as not run.

    Args:
        settings: the items of a size.
        paper: folder of the published values, for what disagrees there.
        git_commit: commit of the project, or ''.

    Raises:
        InputError: a file is there and cannot be read.
    """
    environment = Environment(loader=FileSystemLoader([_TEMPLATES, TEMPLATES]), autoescape=True,
                              undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    there = [page for page in settings.pages if page.files and Path(page.path(".csv")).is_file()]
    tables = {page.item: read_cells(Path(page.path(".csv"))) for page in there}
    records = {page.item: _record(page) for page in there}
    overlays = _overlays(settings)
    return environment.get_template(_PAGE).render(
        settings=settings, git_commit=git_commit, overlays=overlays,
        answer=_answer(settings, tables, records),
        pages=[_page(settings, page, tables.get(page.item), records.get(page.item, {}), paper)
               for page in settings.pages if page.files],
        absent=[{"item": page.item, "name": item_name(page.item), "title": page.title}
                for page in settings.pages if not page.files],
        lost_angstrom=f"{LOST_ANGSTROM:g}",
        resamples=" or ".join(f"{count:,}" for count in dict.fromkeys(
            page.bootstrap_resamples for page in settings.pages) if count),
        colors=chain_colors(overlay["chain"] for overlay in overlays),
        css=page_asset("report.css"), own_css=page_asset(_CSS, _TEMPLATES), **page_library())


def _answer(settings: PaperReportSettings, tables: dict[str, pd.DataFrame],
            records: dict[str, dict]) -> dict[str, Any]:
    """What the first page says."""
    found = comparison.comparisons(tables, records)
    beside = {item: comparison.comparisons(tables, records, (item,)) for item in answer.BESIDE}
    results = overview(settings, tables)
    return {
        "headline": answer.headline(found),
        "points": points(found, beside, results, (
            usable(settings, tables), relaxed(settings, tables))),
        "for_whom": for_whom(tables[STRATA]) if STRATA in tables else "",
        "certainty": certainty(found), "done": done(settings, tables, records),
        "overview": results,
        "groups": answer.by_backbone(found), "limits": [
            *limits(found, settings.size), *outvoted(settings, tables, found)],
        "beside": [{"item": item, "name": item_name(item), "question": answer.BESIDE[item],
                    "lines": [line for group in answer.by_backbone(pairs)
                              for line in group["lines"]]}
                   for item, every in beside.items() if (pairs := answer.asked(item, every))]}


def _page(settings: PaperReportSettings, page: PaperPage, cells: pd.DataFrame | None,
          record: dict, paper: Path) -> dict[str, Any]:
    """An item as the template shows it."""
    target = f"{page.item}_{settings.size}"
    shown = {"item": page.item, "name": item_name(page.item), "title": page.title,
             "caption": page.caption, "target": target, "tables": []}
    if cells is None:
        return {**shown, "state": "Not run", "how": f"Run it: snakemake --cores 2 {target}"}
    measured = cells["measured"].notna().any() or (cells["word"] != "").any()
    return {
        **shown, "this_run": this_run(settings, page, cells),
        "state": "Measured" if measured else "The paper's values only",
        "tables": views.table_views(cells, walks(page)), "mode_effect": views.mode_effect(cells),
        "pairs": views.pair_views(page.item, cells), "family": views.family(cells),
        "pair_counts": views.pair_counts(page.item, cells, {
            row.label: len(row.levels) for row in page.rows}),
        "figure_name": shown["name"] if page.item.startswith("figure")
        else f"Figure to {shown['name']}",
        "figure": inline_svg(Path(page.path(".svg")).read_text("utf-8"), page.item, page.title),
        "figure_caption": caption_of(page, Path(page.path("-figure.csv"))),
        "notes": _notes(page, cells, settings.notes),
        "cost": _cost(record), "made": _made(record),
        "failed": failed_views(Path(page.path("-failed.csv"))),
        "disagreements": disagreements(paper, page.item)}


def _notes(page: PaperPage, cells: pd.DataFrame, of_size: tuple[str, ...]) -> list[str]:
    """Of the item, then what cells say and of how many rows; those of the size stand in front."""
    notes = {note: None for note in page.notes if note not in of_size}
    if (cells["symmetrize"] != "").any() and cells["measured"].notna().any():
        failed = ("how many failed stands under a row" if cells["failed"].max() > 0
                  else "there are none here")
        notes["A molecule without a usable sample counts as 0 % coverage and enters no matching "
              f"score; {failed}."] = None
    values = first_mode(cells)
    alone = ~values["row"].isin(values.loc[values["statistic"] == "mean", "row"])  # no mean
    told = values["statistic"].isin(["mean", ""])
    told |= alone & values["statistic"].isin(["median", "p_holm"])
    values = values[told & (values["note"] != "")]
    by_note: dict[str, list[str]] = {}
    for note, row in zip(values["note"], values["row"], strict=True):
        for sentence in note.split("; "):
            by_note.setdefault(sentence, []).append(row)
    total = values["row"].nunique()
    for sentence, rows in by_note.items():
        rows = list(dict.fromkeys(rows))
        names = ", ".join(map(quoted, rows))
        notes[sentence if len(rows) == total else f"{names}: {sentence}"] = None
    return [f"{note[0].upper()}{note[1:]}{'' if note.endswith('.') else '.'}" for note in notes]


def _cost(record: dict) -> str:
    """Wall-clock time of the jobs behind the table."""
    jobs = record.get("seconds", {})
    if not jobs:
        return ""
    total = sum(rule["seconds"] for rule in jobs.values())
    largest = sorted(jobs.items(), key=lambda entry: -entry[1]["seconds"])[:3]
    parts = ", ".join(f"{name} {format_time(rule['seconds'])}" for name, rule in largest)
    return (f"Its jobs took {format_time(total)} in all ({parts}); those shared with other tables "
            "count in each.")


def _made(record: dict) -> str:
    """Who made it: machine, commits, seeds."""
    if not record:
        return ""
    commits = ", ".join(commit[:12] for commit in record.get("commits", ())) or "not known"
    gpus = f", {', '.join(record['gpus'])}" if record.get("gpus") else ""
    return (f"Machine: {record.get('machine') or 'not known'}{gpus}. Commit {commits}; seeds "
            f"{', '.join(map(str, record.get('seeds', ()))) or 'none'}; settings "
            f"{record.get('settings_hash', '')}.")


def _record(page: PaperPage) -> dict:
    path = Path(page.path("-run.json"))
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except ValueError as error:
        raise InputError(str(path), str(error), "JSON", "Delete it and run again.") from None
    if not isinstance(found, dict):
        raise InputError(str(path), type(found).__name__, "an object", "Delete it and run again.")
    return found


def _overlays(settings: PaperReportSettings) -> list[dict]:
    """What is shown in 3D: the conformers of each figure of renderings that is there."""
    paths = {page.item: Path(page.path("-figure.csv")) for page in settings.pages
             if page.kind == "renderings" and page.files}
    tables = {item: read_table(path, ((), ())) for item, path in paths.items() if path.is_file()}
    return [{**overlay, "dataset": f"{item_name(item)}: {overlay['dataset']}"}
            for item, table in tables.items() if len(table)  # a figure without any has no columns
            for overlay in table[[*OVERLAY_KEYS]].to_dict("records")]

