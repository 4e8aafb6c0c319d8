"""Find the nested levels (scaffold, heavy, all) of every molecule of a dataset."""

from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from pipeline_src.chem.levels import extract_levels
from pipeline_src.ensembles import Hierarchy
from pipeline_src.ensembles.store import read_ensembles, write_hierarchies
from pipeline_src.run.files import replacing_all, write_rows
from pipeline_src.run.step import OutPath, run_step

LEVEL_COLUMNS = ("molecule", "level", "n_beads", "collapsed", "reason")


def extract_hierarchy(ensembles: Path, out: OutPath, levels: OutPath) -> None:
    """Write the hierarchies (Parquet), and ``levels`` (CSV): a row per molecule and level."""
    hierarchies = [
        extract_levels(ensemble.molecule, int(ensemble.ok.sum()))
        for ensemble in tqdm(read_ensembles(ensembles), desc="levels", unit=" molecules",
                             disable=None)]
    with replacing_all(out, levels) as (arrays, table):
        write_hierarchies(arrays, hierarchies)
        write_rows(table, LEVEL_COLUMNS, (row for h in hierarchies for row in _rows(h)))


def _rows(hierarchy: Hierarchy) -> Iterator[dict]:
    for level, atoms in hierarchy.levels.items():
        yield {"molecule": hierarchy.molecule.id, "level": level, "n_beads": len(atoms),
               "collapsed": int(level in hierarchy.collapsed),
               "reason": hierarchy.collapsed.get(level, "")}


if __name__ == "__main__":
    run_step(extract_hierarchy)
