"""Add the levels that a stage names (fragments, brics, smarts) to the levels of all molecules."""

from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from pipeline_src.chem.level_files import LevelFiles, read_atom_lists
from pipeline_src.chem.vocabulary import read_vocabulary
from pipeline_src.ensembles import Hierarchy
from pipeline_src.ensembles.store import read_hierarchies, write_hierarchies
from pipeline_src.run.files import replacing_all, write_rows
from pipeline_src.run.parts import load_part
from pipeline_src.run.settings.levels import BeadSettings
from pipeline_src.run.step import OutPath, run_step

BEAD_COLUMNS = ("molecule", "level", "n_beads", "collapsed", "reason")


def extract_beads(settings: BeadSettings, hierarchies: Path, vocabulary: list[Path],
                  atoms: list[Path], out: OutPath, beads: OutPath) -> None:
    """Write the hierarchies with the further levels (Parquet), and a row per molecule and level.

    Args:
        hierarchies: as ``extract_hierarchy`` has written them.
        vocabulary: of level 'fragments', as ``learn_fragments`` has written it; else none.
        atoms: of level 'smarts', the table of listed atoms, if there is one.

    Raises:
        InputError: a level lacks its vocabulary, or its options are wrong.
    """
    files = LevelFiles(read_vocabulary(vocabulary[0]) if vocabulary else None,
                       read_atom_lists(atoms[0]) if atoms else None)
    made = []
    for found in tqdm(read_hierarchies(hierarchies), desc="beads", unit=" molecules", disable=None):
        hierarchy = found
        for level in settings.levels:
            hierarchy = load_part("extra_level", level)(hierarchy, settings.options, files)
        made.append(hierarchy)
    with replacing_all(out, beads) as (arrays, table):
        write_hierarchies(arrays, made)
        write_rows(table, BEAD_COLUMNS, (row for h in made for row in _rows(h, settings.levels)))


def _rows(hierarchy: Hierarchy, levels: tuple[str, ...]) -> Iterator[dict]:
    for level in levels:
        yield {"molecule": hierarchy.molecule.id, "level": level,
               "n_beads": hierarchy.n_beads(level), "collapsed": int(level in hierarchy.collapsed),
               "reason": hierarchy.collapsed.get(level, "")}


if __name__ == "__main__":
    run_step(extract_beads)
