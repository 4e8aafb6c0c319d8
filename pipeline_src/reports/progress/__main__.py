"""``python -m pipeline_src.reports.progress``: at any time, whether Snakemake runs or not."""

import argparse
import sys
import time
from pathlib import Path

from pipeline_src.reports.progress.page import write_page
from pipeline_src.run.errors import PipelineError
from pipeline_src.run.progress import AT_WORK


def main() -> None:
    """Write the page once, or every so many seconds as long as the run is at work."""
    parser = argparse.ArgumentParser(prog="python -m pipeline_src.reports.progress",
                                     description="Write results/progress.html; say how far it is.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(),
                        help="where Snakemake was started; here without it")
    parser.add_argument("--results", default="results", help="where results lie in it")
    parser.add_argument("--every", type=int, metavar="S",
                        help="again every S seconds, as long as the run is at work")
    given = parser.parse_args()
    while True:
        text, found = write_page(given.folder, given.results, reload_s=given.every)
        print(text, flush=True)
        if not given.every or found.state != AT_WORK:
            return
        time.sleep(given.every)


try:
    main()
except PipelineError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
except KeyboardInterrupt:
    sys.exit(130)
