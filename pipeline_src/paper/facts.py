"""What a table of this run was made of, in words: data, molecules, noise levels, seeds, δ."""

from pathlib import Path

import pandas as pd

from pipeline_src.ensembles.split_table import SplitRow, read_split
from pipeline_src.paper.claims import first_mode
from pipeline_src.paper.words import by_words, spread
from pipeline_src.run.settings.paper_report import PageRow, PaperPage, PaperReportSettings

# Kinds whose values are of some of the molecules tested.
_OF_SOME = ("strata", "renderings", "failures")


def split_of(settings: PaperReportSettings, dataset: str) -> list[SplitRow] | None:
    """The molecules of a dataset with their subset; None: the file is not there.

    Raises:
        InputError: it cannot be read.
    """
    path = settings.datasets[dataset].split if dataset in settings.datasets else ""
    return read_split(Path(path)) if path and Path(path).is_file() else None


def measured_means(page: PaperPage, cells: pd.DataFrame) -> pd.DataFrame:
    """The means of rows that networks made, of the RMSD mode shown first."""
    made = {row.label for row in page.rows if row.levels}
    cells = first_mode(cells)
    return cells[cells["row"].isin(made) & cells["measured"].notna()
                 & (cells["statistic"] == "mean") & cells["molecules"].notna()]


def count_tested(settings: PaperReportSettings, page: PaperPage, means: pd.DataFrame,
           dataset: str) -> int:
    """How many molecules of a dataset were tested for a table.

    Args:
        settings: with the datasets.
        page: of the table.
        means: ``measured_means`` of it, of rows that were tested on the dataset.
        dataset: its name.
    """
    split = split_of(settings, dataset) if page.kind in _OF_SOME else None
    return int(means["molecules"].max()) if split is None else sum(
        row.subset == "test" for row in split)


def data_words(settings: PaperReportSettings, train: str, test: str, molecules: str) -> str:
    """What was trained on and what was tested on.

    Args:
        settings: with the datasets.
        train, test: their names.
        molecules: how many were tested.
    """
    split, tested = split_of(settings, train), split_of(settings, test)
    trained = sum(row.subset == "train" for row in split or ())
    count = "" if split is None else f"{trained:,} molecules of "
    there = sum(row.subset == "test" for row in tested or ())
    of = f"of the {there} " if molecules.isdigit() and there > int(molecules) else ""
    one = molecules == "1" and not of
    words = f"trained on {count}{train}, tested on {molecules} {of}"
    words += (f"other{'s' * (not one)} of it (no molecule is in both)" if train == test
              else f"molecule{'s' * (not one)} of {test}")
    found = settings.datasets.get(test)
    if found and found.geometry:
        words += f"; references: {_references(tested, molecules)}{found.geometry}"
    return words


def _references(split: list[SplitRow] | None, molecules: str) -> str:
    """How many reference conformers the tested molecules have."""
    tested = [row.n_references for row in split or () if row.subset == "test"]
    if str(len(tested)) != molecules:
        return "conformers by "
    return f"{spread(tested)} conformers a molecule by "


def delta_words(cells: pd.DataFrame) -> str:
    """The thresholds of coverage; '' where nothing is measured with one.

    What is compared with a row is named by that row, where all of these have the same.
    """
    rows = cells[cells["metric"].str.startswith("cov") & cells["measured"].notna()
                 & cells["delta_angstrom"].notna()].drop_duplicates("row")
    pairs = cells[cells["baseline"] != ""].drop_duplicates("row")
    baselines = dict(zip(pairs["row"], pairs["baseline"], strict=True))
    labels = dict(zip(rows["chain"], rows["row"], strict=True))
    names = rows["row"].map(lambda row: labels.get(baselines.get(row, ""), row))
    alike = rows.groupby(names)["delta_angstrom"].nunique().max() == 1
    return by_words({name: f"{delta:g} Å" for name, delta in zip(
        names if alike else rows["row"], rows["delta_angstrom"], strict=True)})


def walk_words(row: PageRow) -> str:
    """Noise levels of a row's stages and the steps over them where these are others."""
    each = []
    for levels, steps in zip(row.noise_levels, row.visited, strict=False):
        if levels is None:
            each.append(f"{steps:,} steps in continuous time")
        elif levels == steps:
            each.append(f"{levels:,} noise levels")
        else:
            each.append(f"{steps:,} steps over {levels:,} noise levels")
    return " and then ".join(dict.fromkeys(each)) + " a stage" * (len(set(each)) == 1)


def training_steps(pages: list[PaperPage]) -> str:
    """Training steps of the stages; '' where none was trained."""
    steps = [step for page in pages for row in page.rows for step in row.iterations if step]
    return spread(steps) if steps else ""


def walks(page: PaperPage) -> dict[str, str]:
    """Row -> steps of the walk of its stages, where the rows of a table have different ones."""
    found = {row.label: row.visited for row in page.rows if row.visited}
    if len({sum(visited) for visited in found.values()}) < 2:
        return {}
    return {label: f"{' + '.join(f'{steps:,}' for steps in visited)} step"
                   f"{'s' * (sum(visited) > 1)}" for label, visited in found.items()}


def this_run(settings: PaperReportSettings, page: PaperPage, cells: pd.DataFrame) -> str:
    """The sentence under a caption; '' where no network made anything of the table.

    Args:
        settings: of the report.
        page: of the table.
        cells: its cells.
    """
    means = measured_means(page, cells)
    if means.empty:
        return ""
    parts = [data_words(settings, train, test, f"{count_tested(settings, page, rows, test)}")
             for (train, test), rows in means.groupby(["train_dataset", "dataset"], sort=False)
             if train]
    shown = set(means["row"])
    parts.append(by_words({row.label: walk_words(row) for row in page.rows
                           if row.label in shown and row.visited}))
    steps = training_steps([page])
    parts.append(f"{steps} training steps a stage" if steps else "")
    seeds = by_words(dict(zip(means["row"], means["seeds"].str.replace(" ", ", "), strict=True)))
    parts.append(f"seed{'s' * (',' in seeds)} {seeds}")
    parts.append(f"samples: {page.samples}" if page.samples and not page.properties else "")
    parts.append(f"energies and gaps by {page.properties}" if page.properties else "")
    delta = delta_words(cells)
    parts.append(f"δ {delta}" if delta else "")
    text = "; ".join(part for part in parts if part)
    return f"{text[0].upper()}{text[1:]}."
