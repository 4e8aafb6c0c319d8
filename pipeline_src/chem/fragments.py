"""Level fragments: a molecule cut into the fragments of a vocabulary."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from rdkit import Chem

from pipeline_src.chem.level_files import LevelFiles
from pipeline_src.chem.molecules import to_rdkit
from pipeline_src.chem.partition import Partition, numbered
from pipeline_src.chem.vocabulary import Entry, element_numbers
from pipeline_src.ensembles import Hierarchy
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.levels import LevelOptions


def add_fragments(hierarchy: Hierarchy, options: LevelOptions, files: LevelFiles) -> Hierarchy:
    """The hierarchy with the groups 'fragments', their kinds being lines of the vocabulary.

    Raises:
        InputError: there is no vocabulary.
    """
    if files.vocabulary is None:
        raise InputError("level fragments", "no vocabulary", "one that learn_fragments has written")
    elements = element_numbers(options.fragments.elements).values()
    group, kinds = fragment_groups(to_rdkit(hierarchy.molecule), files.vocabulary, set(elements))
    return replace(hierarchy, groups={**hierarchy.groups, "fragments": group},
                   kinds={**hierarchy.kinds, "fragments": kinds})


def fragment_groups(mol: Chem.Mol, vocabulary: Mapping[str, Entry],
                    elements: set[int]) -> tuple[np.ndarray, np.ndarray]:
    """Bead number of each atom and kind of each bead, int64  # (N,), (F,)

    As long as the union of two neighbouring fragments is in the vocabulary, the one with the
    highest count is merged: of equal counts that which was learnt first, of equal kinds that with
    the lowest canonical rank. An atom of another element than ``elements`` has kind 0.
    """
    partition = Partition(mol, elements)
    while True:
        known = [(-entry.count, entry.kind, pair) for pair, label in partition.unions.items()
                 if (entry := vocabulary.get(label))]
        if not known:
            break
        partition.merge(min(known)[2])
    group, owners = numbered(partition.owners())
    found = [vocabulary.get(partition.label(owner)) for owner in owners.tolist()]
    return group, np.array([entry.kind if entry else 0 for entry in found], dtype=np.int64)
