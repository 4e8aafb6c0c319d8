"""Split recipe 'stratified_subset': a smaller train and val with the same shares of atom counts.

Source: LENSEs, appendix B.7. It says how many of each stratum are chosen and gives the seeds, not
the generator: the quotas are the paper's, the molecules within a stratum are our draw (Python's
``random``). Its last shuffle changes an order that a split does not have.
"""

import random
from collections.abc import Mapping

from pipeline_src.chem.splits.base import Candidates
from pipeline_src.run.errors import InputError
from pipeline_src.run.parts import load_part
from pipeline_src.run.settings.splits import StratifiedSubset


def split_stratified_subset(molecules: Candidates, settings: StratifiedSubset) -> dict[str, str]:
    """id -> subset: the inner split with train and val cut down, test as it is.

    Raises:
        InputError: a subset is smaller than what is to be kept of it; or as the inner recipe.
    """
    whole = load_part("split", settings.of.kind)(molecules, settings.of)
    chosen = {id: subset for id, subset in whole.items() if subset == "test"}
    for subset, number, seed in (("train", settings.train, settings.train_seed),
                                 ("val", settings.val, settings.val_seed)):
        mine = [m for m in molecules if whole.get(m.id) == subset]
        if number is not None and number > len(mine):
            raise InputError(f"split.{subset}", number, f"{len(mine)} at most, which is how many "
                             f"molecules the {settings.of.kind} split has in {subset}")
        kept = [m.id for m in mine] if number is None else stratified(mine, number, seed)
        chosen |= dict.fromkeys(kept, subset)
    return chosen


def stratified(molecules: Candidates, number: int, seed: int) -> list[str]:
    """Ids of ``number`` molecules, of each atom count its quota, drawn by ``seed``."""
    strata: dict[int, list[str]] = {}
    for molecule in molecules:
        strata.setdefault(molecule.n_atoms, []).append(molecule.id)
    wanted = quotas({n_atoms: len(ids) for n_atoms, ids in strata.items()}, number)
    chance, kept = random.Random(seed), []
    for n_atoms in sorted(strata):
        ids = list(strata[n_atoms])
        chance.shuffle(ids)
        kept += ids[:wanted[n_atoms]]
    return kept


def quotas(sizes: Mapping[int, int], number: int) -> dict[int, int]:
    """How many of each stratum: its share rounded down, then one more by largest remainder.

    Args:
        sizes: atom count -> molecules, of which there are at least ``number`` together.
        number: what the quotas sum to. Of equal remainders the smaller atom count comes first.
    """
    total = sum(sizes.values())
    wanted = {n: size * number // total for n, size in sizes.items()}
    by_remainder = sorted(sizes, key=lambda n: (-(sizes[n] * number % total), n))
    for n in by_remainder[:number - sum(wanted.values())]:
        wanted[n] += 1
    return wanted
