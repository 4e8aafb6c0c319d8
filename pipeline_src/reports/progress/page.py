"""How far a run is, as one HTML page that opens offline and as a line for the terminal."""

import sys
import time
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipeline_src.run.errors import PipelineError
from pipeline_src.run.failures import failure_text
from pipeline_src.run.files import write_text
from pipeline_src.run.progress import AT_WORK, Progress, progress

PAGE = "progress.html"
LISTED = 200  # rows of a table that may have many
_TEMPLATES = Path(__file__).parent / "templates"
_CSS = Path(__file__).parents[1] / "templates" / "report.css"


def write_page(folder: Path, results: str = "results", ended: bool = False,
               reload_s: float | None = None) -> tuple[str, Progress]:
    """What to say in the terminal, and all that was found; the page is written to ``results``.

    Args:
        folder: the working folder of Snakemake.
        results: where results lie in it.
        ended: Snakemake itself asks, at its end.
        reload_s: after so many seconds the browser reads the page again; None: never.

    Raises:
        ResourceError, InputError: the page cannot be written.
    """
    found = progress(folder, results, ended)
    page = f"{results}/{PAGE}"
    write_text(folder / page, render_progress(found, reload_s))
    failures = failure_text(found.failures, page)
    return "\n".join(filter(None, (failures, f"{found.line()}. More: {page}"))), found


def say_at_end(folder: Path, results: str = "results") -> None:
    """Write the page and the failures of a run that ends; what prevents that is only said."""
    try:
        text, _ = write_page(folder, results, ended=True)
    except (PipelineError, OSError) as error:
        text = f"No progress page: {error}"
    print(f"\n{text}", file=sys.stderr, flush=True)


def render_progress(found: Progress, reload_s: float | None = None) -> str:
    """The page as one HTML text; ``reload_s`` as ``write_page``."""
    environment = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True,
                              undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(duration=_duration, mb=_mb, clock=_clock)
    return environment.get_template("progress.html.j2").render(
        progress=found, css=Markup(_CSS.read_text(encoding="utf-8")), listed=LISTED,
        reload=reload_s if found.state == AT_WORK else None)


def _duration(seconds: float | None) -> str:
    """'7.3 s', '4:05 min' or '3:07 h'."""
    if seconds is None:
        return "–"
    if seconds < 60:
        return f"{max(seconds, 0):.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02d} min"
    return f"{minutes // 60}:{minutes % 60:02d} h"


def _mb(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


def _clock(seconds: float) -> str:
    return time.strftime("%d %b %Y %H:%M:%S", time.localtime(seconds))
