"""Split recipe 'geodiff': ConfGF's and GeoDiff's, by number of conformers and one seed.

Source: the description in models.md 1.3, checked against GeoDiff's published preprocessing
(github.com/MinkaiXu/GeoDiff, utils/datasets.py): the same calls of Python's ``random``, in the same
order, so that the same summary gives the same molecules.

Two differences. GeoDiff also leaves out molecules whose file holds fewer conformers than its
summary says (they are why its Drugs set ends below 40,000); here they stay, with what they have.
Its top five conformers by weight are the training's choice: ``training.max_conformers: 5`` of a
stage, so that a test molecule keeps all.
"""

import random
from collections.abc import Sequence

from pipeline_src.chem.splits.base import Candidates
from pipeline_src.chem.splits.summary import Listed, listed_molecules
from pipeline_src.chem.splits.test_only import marked
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.splits import GeodiffSplit


def split_geodiff(molecules: Candidates, settings: GeodiffSplit) -> dict[str, str]:
    """id -> subset; with a summary also molecules that the dataset lacks.

    Molecules with enough conformers are shuffled, the first of them drawn; their positions are
    shuffled again and cut into train, val and a part nobody uses. The test molecules are drawn
    apart, in a shuffle by the same seed anew, from all molecules of the test's numbers of
    conformers that neither train nor validate. Molecules for tests only are not drawn to train.

    Raises:
        InputError: there are fewer molecules than are to be drawn, or as ``listed_molecules`` and
            ``marked``.
    """
    listed = [m for m in listed_molecules(molecules, settings.summary)
              if m.n_conformers is not None]
    closed = {m.id for m in marked(molecules, settings.test_only) if m.test_only}
    chance = random.Random(settings.seed)
    enough = [m for m in listed if m.n_conformers >= settings.min_conformers]
    open_ones = [m for m in enough if m.id not in closed]
    what = f"with {settings.min_conformers} conformers or more"
    if closed:
        what += f", beside {len(enough) - len(open_ones)} for tests only,"
    drawn = _drawn(chance, open_ones, settings.molecules, what, "molecules")
    positions = list(range(len(drawn)))
    chance.shuffle(positions)
    first = int(len(drawn) * settings.train)
    second = int(len(drawn) * (settings.train + (1.0 - settings.train) / 2))
    chosen = {drawn[k].id: "train" for k in positions[:first]}
    chosen |= {drawn[k].id: "val" for k in positions[first:second]}
    fewest, most = settings.test_conformers
    test = _drawn(random.Random(settings.seed),
                  [m for m in listed if fewest <= m.n_conformers <= most and m.id not in chosen],
                  settings.test, f"with {fewest} to {most} conformers beside train and val", "test")
    kept = slice(*settings.evaluated) if settings.evaluated else slice(None)
    return chosen | {molecule.id: "test" for molecule in test[kept]}


def _drawn(chance: random.Random, listed: Sequence[Listed], number: int, what: str,
           key: str) -> list[Listed]:
    """The first ``number`` of ``listed``, shuffled."""
    if len(listed) < number:
        raise InputError(f"split.{key}", number, f"{len(listed)} at most, which is how many "
                         f"molecules {what} there are", "Lower it, or the conformers asked for; "
                         "a dataset's max_conformers cuts them too.")
    shuffled = list(listed)
    chance.shuffle(shuffled)
    return shuffled[:number]
