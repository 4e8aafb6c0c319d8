"""Items of the paper at the sizes they are made in -> ordinary experiments.

An item speaks the paper's units. A part of it at a size becomes the experiment ``<item>_<size>``,
or ``<item>_<size>-<part>`` where the item has several.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline_src.run.checking import check_known, check_name, validated
from pipeline_src.run.errors import InputError
from pipeline_src.run.scaling import check_patterns, part_experiment
from pipeline_src.run.settings import Dataset, Experiment
from pipeline_src.run.settings.paper import PRINTED, Item, Part, Row
from pipeline_src.run.settings.sizes import Size
from pipeline_src.run.yaml_files import read_mapping

KEY = "item"  # of a file in config/experiments that holds an item, not an experiment
ALL = "paper"  # paper_<size>: all items of a size
VALIDITY = "validity"  # kind of an item that only sizes with a section of that name can make
_OF_PARTS = (VALIDITY, "properties")  # kinds of items whose parts have to say `<kind>: true`


@dataclass(frozen=True)
class Origin:
    """Where an experiment comes from that has no file of its own."""

    item: str
    size: str
    part: str

    @property
    def words(self) -> str:
        """For messages."""
        return f"experiments/{self.item}.yaml (part '{self.part}', size {self.size})"


@dataclass(frozen=True)
class Items:
    """All items and sizes, and the experiments they make by name."""

    items: dict[str, Item] = field(default_factory=dict)
    sizes: dict[str, Size] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)

    def at(self, size: str) -> list[str]:
        """Names of the items of a size, in the paper's order."""
        wanted = self.sizes[size].items
        return sorted(self.items if wanted is None else wanted, key=_order)

    def targets(self) -> dict[str, tuple[str, str]]:
        """Name of a target -> item and size: what can be asked for beside `paper_<size>`."""
        return {f"{item}_{size}": (item, size) for size in self.sizes for item in self.at(size)}

    def experiments(self, item: str, size: str) -> dict[str, str]:
        """Part -> experiment, of an item at a size; parts of other items that it shows too."""
        own = {part: _experiment_name(self.items[item], item, size, part)
               for part in self.items[item].parts}
        others = {name: self._at_size(target, size)
                  for name, target in self.items[item].of.items()}
        return own | others

    def part(self, item: str, name: str) -> Part:
        """A part by its name, also one of another item."""
        settings = self.items[item]
        if name in settings.parts:
            return settings.parts[name]
        other, part = self.resolved(settings.of[name])
        return self.items[other].parts[part]

    def resolved(self, target: str) -> tuple[str, str]:
        """Item and part of ``<item>`` or ``<item>-<part>``.

        Raises:
            KeyError: there is no such part.
        """
        item, _, part = target.partition("-")
        parts = self.items[item].parts
        if not part and len(parts) == 1:
            part = next(iter(parts))
        return item, part if part in parts else parts[part]

    def _at_size(self, target: str, size: str) -> str:
        item, part = self.resolved(target)
        return _experiment_name(self.items[item], item, size, part)


def read_item(file: Path, raw: Mapping[str, Any]) -> Item:
    """The item in a file that has one.

    Raises:
        InputError: the file says more than the item, or what it says is wrong.
    """
    where = f"experiments/{file.name}"
    if more := sorted(set(raw) - {KEY}):
        raise InputError(where, ", ".join(map(str, more)), f"nothing beside '{KEY}:'")
    if not re.fullmatch(r"[A-Za-z0-9]+", file.stem) or file.stem == ALL:
        raise InputError("experiments", file.name, "a file name of letters and digits for an item, "
                         f"other than '{ALL}'")
    return validated(Item, raw[KEY], f"{where}: {KEY}")


def read_sizes(folder: Path) -> dict[str, Size]:
    """The sizes; a configuration without the folder has none.

    Raises:
        InputError: a file is wrong.
    """
    sizes = {}
    for file in sorted(folder.glob("*.yaml")):
        if not re.fullmatch(r"[A-Za-z0-9]+", file.stem):
            raise InputError("sizes", file.name, "a file name of letters and digits")
        sizes[file.stem] = validated(Size, read_mapping(file), f"sizes/{file.name}")
    return sizes


def make_experiments(items: dict[str, Item], sizes: dict[str, Size], stages: Mapping[str, dict],
                     chains: Mapping[str, tuple[str, ...]], datasets: Mapping[str, Dataset],
                     ) -> tuple[Items, dict[str, Experiment]]:
    """The items and every experiment they make.

    Raises:
        InputError: an item or a size names what is not there, or a size lacks what an item needs.
    """
    made = Items(items, sizes, {})
    for name, item in items.items():
        _check_item(made, name, item, chains)
    experiments = {}
    for size, settings in sizes.items():
        _check_size(made, size, settings, stages, datasets)
        for item, part in _parts_of(made, size):
            origin = Origin(item, size, part)
            name = _experiment_name(items[item], item, size, part)
            experiments[name] = part_experiment(
                origin, items[item], settings, stages, chains, datasets)
            made.origins[name] = origin
    return made, experiments


def _parts_of(made: Items, size: str) -> Iterator[tuple[str, str]]:
    """Item and part of all that the items of a size need, each once."""
    found: dict[tuple[str, str], None] = {}
    for item in made.at(size):
        found |= dict.fromkeys((item, part) for part in made.items[item].parts)
        found |= dict.fromkeys(map(made.resolved, made.items[item].of.values()))
    yield from found


def _experiment_name(settings: Item, item: str, size: str, part: str) -> str:
    return f"{item}_{size}" if len(settings.parts) == 1 else f"{item}_{size}-{part}"


def _order(item: str) -> tuple:
    """Tables before figures before others, by number."""
    word, number = re.fullmatch(r"(\D*)(\d*).*", item).groups()
    return (["table", "figure", word].index(word), word, int(number or 0))


def _check_item(made: Items, name: str, item: Item, chains: Mapping[str, tuple[str, ...]]) -> None:
    """Raise ``InputError`` unless parts of other items, chains and rows are there."""
    where = f"experiments/{name}.yaml: {KEY}"
    for part in item.parts:
        check_name(f"{where}.parts", part)
    for part, target in item.of.items():
        try:
            made.resolved(target)
        except KeyError:
            known = {f"{other}-{p}" if len(settings.parts) > 1 else other: None
                     for other, settings in made.items.items() for p in settings.parts}
            check_known(f"{where}.of.{part}", target, known)
    for part, settings in item.parts.items():
        for chain in settings.chains:
            check_known(f"{where}.parts.{part}.chains", chain, chains)
        stages = {e: None for chain in settings.chains for e in chains[chain]}
        for stage in settings.steps if isinstance(settings.steps, dict) else ():
            check_known(f"{where}.parts.{part}.steps", stage, stages)
        for stage in settings.override.stages:
            check_known(f"{where}.parts.{part}.override.stages", stage, stages)
    for part in (*item.parts, *item.of) if item.kind in _OF_PARTS else ():
        if not getattr(made.part(name, part), item.kind):
            raise InputError(f"{where}: kind", item.kind, f"parts with `{item.kind}: true`, which "
                             f"'{item.of.get(part, part)}' does not say")
    if any(row.paper for row in item.rows):
        place = f"{where}.values_of" if item.values_of else f"{where}, whose rows have `paper`"
        if (item.values_of or name) not in PRINTED:
            raise InputError(place, item.values_of or name, f"one of {', '.join(PRINTED)}",
                             "Name in `values_of` the item whose printed values its rows meet.")
    for row in item.rows:
        if row.against is not None:
            _check_against(made, name, item, row)
        if row.chain:
            part = made.part(name, item.part_of(row))
            label = f"{where}.rows: {row.label}"
            check_known(f"{label}: chain", row.chain, dict.fromkeys(part.chains))
            for field_, value, known in (("dataset", row.dataset, part.test),
                                         ("sampler", row.sampler, part.samplers),
                                         ("element", row.element, chains[row.chain])):
                if value is not None:
                    check_known(f"{label}: {field_}", value, dict.fromkeys(known))


def _check_against(made: Items, name: str, item: Item, row: Row) -> None:
    """Raise ``InputError`` unless the row is compared with another one of the same molecules."""
    def tested(one: Row) -> str:
        return one.dataset or made.part(name, item.part_of(one)).test[0]

    others = {other.label: tested(other) for other in item.rows if other.chain and other is not row}
    where = f"experiments/{name}.yaml: {KEY}.rows: {row.label}: against"
    check_known(where, row.against, others)
    if row.chain is None or others[row.against] != tested(row):
        raise InputError(where, row.against, "a row whose molecules this one has too")


def _check_size(made: Items, name: str, size: Size, stages: Mapping[str, dict],
                datasets: Mapping[str, Dataset]) -> None:
    """Raise ``InputError`` unless the size's items, datasets and stages are there."""
    where = f"sizes/{name}.yaml"
    for item in size.items or ():
        check_known(f"{where}: items", item, made.items)
    for item in made.at(name):
        if made.items[item].kind == VALIDITY and size.validity is None:
            raise InputError(f"{where}: {VALIDITY}", None, f"numbers for the item '{item}', or "
                             "`items` without that", f"Write `{VALIDITY}: {{}}` for the defaults.")
    for item in size.item_seeds:
        check_known(f"{where}: item_seeds", item, made.items)
    for role, data in size.roles.items():
        check_known(f"{where}: roles.{role}.dataset", data.dataset, datasets)
        check_patterns(f"{where}: roles.{role}.stages", data, stages)
    check_patterns(f"{where}: stages", size, stages)
