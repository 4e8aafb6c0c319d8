"""What ``make_paper_report`` is told: the items of a size and where their files are."""

from pydantic import Field

from pipeline_src.run.settings.base import ResultPath, Settings
from pipeline_src.run.settings.paper_table import PaperRow, PaperTableSettings


class PageRow(Settings):
    """How the samples of a row of a table were made."""

    label: str = Field(description="its name in the table")
    note: str = Field("", description="what a reader has to know of it")
    levels: tuple[str, ...] = Field((), description="what its stages place, coarse to fine")
    noise_levels: tuple[int | None, ...] = Field((), description=(
        "T of each stage; none: time is continuous"))
    visited: tuple[int, ...] = Field((), description="steps of the walk of each stage")
    iterations: tuple[int | None, ...] = Field((), description=(
        "training steps of each stage; none: its weights are imported"))

    @classmethod
    def of(cls, row: PaperRow, table: PaperTableSettings) -> "PageRow":
        """The same of a row of a table."""
        stages = [table.stages[name] for name in row.stages]
        return cls(label=row.label, note=row.note, levels=tuple(s.level for s in stages),
                   noise_levels=tuple(s.noise_levels for s in stages), visited=row.visited,
                   iterations=tuple(s.iterations for s in stages))


class PaperDataset(Settings):
    """A dataset that tables of the size train on or test on."""

    description: str = Field("", description="what it is")
    geometry: str = Field("", description="method that made its reference conformers")
    split: ResultPath = Field("", description="split.csv: which molecules are trained on or tested")


class PaperPage(Settings):
    """An item as the report shows it."""

    item: str
    title: str
    caption: str
    kind: str
    notes: tuple[str, ...] = ()
    files: ResultPath = Field("", description=(
        "path of its files up to their endings, results/paper/<size>/<item>; empty: the size "
        "does not have the item"))
    rows: tuple[PageRow, ...] = Field((), description="those that are measured")
    samples: str = Field("", description="how many conformers were drawn, in words")
    properties: str = Field("", description="method and basis of energies and gaps")
    bootstrap_resamples: int | None = Field(None, description="of the intervals")

    @classmethod
    def of(cls, table: PaperTableSettings) -> "PaperPage":
        """The page of a table."""
        return cls(item=table.item, title=table.title, caption=table.caption, kind=table.kind,
                   notes=table.notes, files=f"results/paper/{table.size}/{table.item}",
                   rows=tuple(PageRow.of(row, table) for row in table.rows if row.experiment),
                   samples=table.samples, bootstrap_resamples=table.bootstrap_resamples,
                   properties=table.properties if table.kind == "properties" else "")

    def path(self, ending: str) -> str:
        """A file of the item by its ending, one of ``ENDINGS``."""
        return f"{self.files}{ending}"

    def inputs(self) -> list[str]:
        """Its files, nothing where the size does not have it."""
        return [self.path(ending) for ending in ENDINGS if self.files]


class PaperReportSettings(Settings):
    """The items of a size, in order."""

    size: str
    description: str = ""
    target: str = Field(description="what Snakemake is asked for, e.g. paper_mini")
    notes: tuple[str, ...] = Field((), description="of the size")
    datasets: dict[str, PaperDataset] = Field({}, description="by name")
    pages: tuple[PaperPage, ...]

    def inputs(self) -> list[str]:
        """All files the report is made of."""
        files = [path for page in self.pages for path in page.inputs()]
        return list(dict.fromkeys([
            *files, *(data.split for data in self.datasets.values() if data.split)]))


ENDINGS = (".csv", ".svg", "-figure.csv", "-failed.csv", "-run.json")
