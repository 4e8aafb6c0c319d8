"""A reference set from its chunks: Parquet, manifest, and its counts beside GEOM's."""

from pathlib import Path

from pipeline_src.chem.molecule_table import read_molecule_table
from pipeline_src.ensembles.store import read_ensembles, write_ensembles
from pipeline_src.quantum.manifest import MANIFEST_COLUMNS, read_manifests, waiting_row
from pipeline_src.reports.geom_counts import COUNT_COLUMNS, count_rows, draw_counts
from pipeline_src.run.files import replacing_all, write_rows
from pipeline_src.run.step import OutPath, run_step


def collect_references(molecules: Path, ensembles: list[Path], manifests: list[Path], out: OutPath,
                       manifest: OutPath, comparison: OutPath, plot: OutPath) -> None:
    """Write the set in the order of the table of molecules, whatever the order of the chunks.

    Each subset has a file of its own, so that a dataset for training can leave the tests out.

    Args:
        molecules: the table the chunks were made of; a molecule in no chunk gets a row 'waiting'.
        ensembles: Parquet of the chunks.
        manifests: CSV of the chunks.
        out: folder, a Parquet a subset: test.parquet and so on; all.parquet for those of none.
        manifest: CSV, a row per molecule.
        comparison: CSV, summary of the counts found against GEOM's, by GEOM's count.
        plot: SVG, a point per molecule.
    """
    listed = read_manifests(manifests)
    rows = [listed.get(row.molecule_id) or waiting_row(row)
            for row in read_molecule_table(molecules)]
    found = {e.molecule.id: e for path in ensembles for e in read_ensembles(path)}
    done = [row for row in rows if row["status"] == "ok"]
    with replacing_all(out, manifest, comparison, plot) as (folder, table, counts, svg):
        folder.mkdir()
        for subset in sorted({row["subset"] for row in done}):
            write_ensembles(folder / f"{subset or 'all'}.parquet", (
                found[row["molecule_id"]] for row in done if row["subset"] == subset))
        write_rows(table, MANIFEST_COLUMNS, rows)
        write_rows(counts, COUNT_COLUMNS, count_rows(rows))
        draw_counts(rows, svg)


if __name__ == "__main__":
    run_step(collect_references)
