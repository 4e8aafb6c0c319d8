"""Split recipe 'random': molecules shuffled by seed and cut at fractions."""

import numpy as np

from pipeline_src.chem.splits.base import Candidates
from pipeline_src.chem.splits.test_only import marked
from pipeline_src.ensembles.split_table import SUBSETS
from pipeline_src.run.settings.splits import RandomSplit


def split_random(molecules: Candidates, settings: RandomSplit) -> dict[str, str]:
    """id -> subset: ids in sorted order, shuffled by seed, cut at the rounded fractions.

    Molecules that are for tests only are test, beside the fractions of the others.
    """
    molecules = marked(molecules, settings.test_only)
    ids = sorted(molecule.id for molecule in molecules if not molecule.test_only)
    np.random.default_rng(settings.seed).shuffle(ids)
    first = round(settings.train * len(ids))
    second = round((settings.train + settings.val) * len(ids))
    return {m.id: "test" for m in molecules} | {
        id: SUBSETS[(k >= first) + (k >= second)] for k, id in enumerate(ids)}
