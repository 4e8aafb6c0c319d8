"""Keep the tables and figures of the paper at a size, with what made each of them."""

import shutil
from pathlib import Path

from pipeline_src.run.errors import InputError
from pipeline_src.run.paper_pages import paper_report_settings
from pipeline_src.run.plan import Plan
from pipeline_src.run.settings.paper_report import ENDINGS, PaperPage

PAPER = "paper"


def size_of(plan: Plan, name: str) -> str:
    """The size of a target as ``paper_mini``; '' of another name."""
    place, _, size = name.partition("_")
    return size if place == PAPER and size in plan.registry.paper.sizes else ""


def keep_paper(plan: Plan, size: str, folder: Path) -> Path:
    """``folder / size``, made anew: the files of every item of the size that was run here.

    Args:
        plan: of the registry the run was made with.
        size: of the items.
        folder: where sizes are kept.

    Raises:
        InputError: an item was not run; says which.
    """
    pages = [page for page in paper_report_settings(plan, size).pages if page.files]
    if missing := [page.item for page in pages if not _made(page)]:
        raise InputError(f"{PAPER}_{size}", f"no {', '.join(missing)} in results/",
                         "all its tables and figures",
                         f"Run it to its end first: snakemake --cores 2 {PAPER}_{size}")
    place = folder / size
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for page in pages:
        for path in page.inputs():
            shutil.copyfile(path, place / Path(path).name)
    return place


def _made(page: PaperPage) -> bool:
    return all(Path(page.path(ending)).is_file() for ending in ENDINGS)
