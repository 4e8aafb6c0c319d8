"""What the report of a size is told: a page for each item, and the data behind them."""

from pipeline_src.run.items import ALL
from pipeline_src.run.paper_tables import paper_table_settings
from pipeline_src.run.plan import Plan
from pipeline_src.run.settings.paper_report import PaperDataset, PaperPage, PaperReportSettings
from pipeline_src.run.settings.paper_table import PaperTableSettings


def paper_report_settings(plan: Plan, size: str) -> PaperReportSettings:
    """All items as the report of a size shows them, those that the size has first."""
    paper = plan.registry.paper
    wanted = paper.at(size)
    every = max((paper.at(other) for other in paper.sizes), key=len)  # in the paper's order
    tables = [paper_table_settings(plan, item, size) for item in wanted]
    others = [(item, paper.items[item]) for item in every if item not in wanted]
    return PaperReportSettings(
        size=size, description=paper.sizes[size].description, target=f"{ALL}_{size}",
        notes=paper.sizes[size].notes, datasets=_datasets(plan, tables),
        pages=(*(PaperPage.of(table) for table in tables),
               *(PaperPage(item=name, title=item.title, caption=item.caption, kind=item.kind)
                 for name, item in others)))


def _datasets(plan: Plan, tables: list[PaperTableSettings]) -> dict[str, PaperDataset]:
    """The datasets that rows of the tables were trained on or tested on."""
    names = dict.fromkeys(name for table in tables for row in table.rows if row.experiment
                          for name in (row.train_dataset, row.dataset) if name)
    found = {name: plan.registry.datasets[name] for name in names}
    return {name: PaperDataset(description=data.description, geometry=data.geometry,
                               split=f"results/datasets/{name}/split.csv")
            for name, data in found.items()}
