"""Keep the tables and figures of the paper at a size, with what made each of them."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from pipeline_src.run.errors import InputError
from pipeline_src.run.paper_pages import paper_report_settings
from pipeline_src.run.plan import Plan
from pipeline_src.run.settings.paper_report import PaperPage

PAPER, REPORT = "paper", "index.html"


def size_of(plan: Plan, name: str) -> str:
    """The size of a target as ``paper_mini``; '' of another name."""
    place, _, size = name.partition("_")
    return size if place == PAPER and size in plan.registry.paper.sizes else ""


def keep_paper(plan: Plan, size: str, folder: Path) -> Path:
    """``folder / size`` with the files of every item of the size that was run here.

    A size may be run in parts, and on several machines: an item that was kept before and was not
    run here stays as it is. The report is kept where all it shows was run here: a page of other
    tables than those beside it would be worse than none.

    Args:
        plan: of the registry the run was made with.
        size: of the items.
        folder: where sizes are kept.

    Raises:
        InputError: no item was run here.
    """
    pages, place = _pages(plan, size), folder / size
    run_here = [page for page in pages if _all_there(map(Path, page.inputs()))]
    if not run_here:
        raise InputError(f"{PAPER}_{size}", "none of its tables in results/", "one at least",
                         f"Run it first: snakemake --cores 2 {PAPER}_{size}")
    place.mkdir(parents=True, exist_ok=True)
    for page in run_here:
        for path in page.inputs():
            shutil.copyfile(path, place / Path(path).name)
    for path in set(place.iterdir()) - {path for page in pages for path in _kept(page, place)}:
        path.unlink()  # of an item that the size has no more, or a report of other tables
    report = Path(f"results/paper/{size}/{REPORT}")
    if report.is_file() and len(run_here) == len(pages):
        shutil.copyfile(report, place / REPORT)
    return place


def not_kept(plan: Plan, size: str, folder: Path) -> list[str]:
    """The items of a size that ``folder / size`` lacks."""
    return [page.item for page in _pages(plan, size)
            if not _all_there(_kept(page, folder / size))]


def _pages(plan: Plan, size: str) -> list[PaperPage]:
    return [page for page in paper_report_settings(plan, size).pages if page.files]


def _kept(page: PaperPage, place: Path) -> list[Path]:
    return [place / Path(path).name for path in page.inputs()]


def _all_there(paths: Iterable[Path]) -> bool:
    return all(path.is_file() for path in paths)
