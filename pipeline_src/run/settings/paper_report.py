"""What ``make_paper_report`` is told: the items of a size and where their files are."""

from pydantic import Field

from pipeline_src.run.settings.base import ResultPath, Settings
from pipeline_src.run.settings.paper_table import PaperTableSettings


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

    @classmethod
    def of(cls, table: PaperTableSettings) -> "PaperPage":
        """The page of a table."""
        return cls(item=table.item, title=table.title, caption=table.caption, kind=table.kind,
                   notes=table.notes, files=f"results/paper/{table.size}/{table.item}")

    def path(self, ending: str) -> str:
        """A file of the item: '.csv', '.svg', '-figure.csv' or '-run.json'."""
        return f"{self.files}{ending}"

    def inputs(self) -> list[str]:
        """Its files, nothing where the size does not have it."""
        return [self.path(ending) for ending in ENDINGS if self.files]


class PaperReportSettings(Settings):
    """The items of a size, in order."""

    size: str
    description: str = ""
    target: str = Field(description="what Snakemake is asked for, e.g. paper_mini")
    datasets: dict[str, str] = Field({}, description="name -> what it is")
    pages: tuple[PaperPage, ...]

    def inputs(self) -> list[str]:
        """All files the report is made of."""
        return list(dict.fromkeys(path for page in self.pages for path in page.inputs()))


ENDINGS = (".csv", ".svg", "-figure.csv", "-run.json")
