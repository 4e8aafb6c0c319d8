"""The levels of a molecule by name: which is coarser than which, and what some of them are told."""

from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, model_validator

from pipeline_src.run.settings.base import Settings, unique, wrong_field

LevelName = Literal["brics", "fragments", "smarts", "scaffold", "heavy", "all"]
LEVEL_ORDER: tuple[str, ...] = get_args(LevelName)  # as tables and figures show them
# level -> the levels it is coarser than: those a stage can have that it guides
COARSER_THAN: dict[str, tuple[str, ...]] = {
    "scaffold": ("heavy", "all"),
    "heavy": ("all",),
    "smarts": ("all",),
    "fragments": ("heavy", "all"),
    "brics": ("fragments", "heavy", "all"),
    "all": (),
}
GROUPED = ("brics", "fragments")  # a bead is several atoms, at their mean
EXTRA = ("brics", "fragments", "smarts")  # made for the stages that name them, as they are told
MOST_KINDS = 99  # networks have 100 rows for kinds of beads; row 0 is for what has no kind
# The elements of EBD's vocabulary (models.md 2.4).
FIRST_ELEMENTS = ("B", "Br", "C", "Cl", "F", "I", "N", "O", "P", "S", "H", "Se", "Si")


class FragmentLevel(Settings):
    """Principal subgraphs: the vocabulary is learnt on the training molecules (models.md 2.4)."""

    vocabulary_size: int = Field(50, ge=1, le=MOST_KINDS, description=(
        "kinds of fragments, elements included (the paper's Table 17: 50)"))
    elements: Annotated[tuple[str, ...], AfterValidator(unique)] = Field(
        FIRST_ELEMENTS, min_length=1,
        description="symbols; an atom of another element stays alone, its kind is 0")

    @model_validator(mode="after")
    def _room(self) -> "FragmentLevel":
        if self.vocabulary_size < len(self.elements):
            raise ValueError(f"vocabulary_size ({self.vocabulary_size}) counts the elements, "
                             f"which are {len(self.elements)}")
        return self


class SmartsLevel(Settings):
    """Atoms that match any of some patterns, hydrogens being atoms, or that a table lists."""

    patterns: Annotated[tuple[str, ...], AfterValidator(unique)] = Field(
        (), description="SMARTS; every atom of a match is a bead")
    atoms: str | None = Field(None, description=(
        "path of a CSV with the columns molecule (its id) and atoms (indices from 0, with spaces "
        "between); these atoms are beads too"))

    @model_validator(mode="after")
    def _any(self) -> "SmartsLevel":
        if not self.patterns and not self.atoms:
            raise ValueError("give patterns, atoms or both")
        return self


class LevelOptions(Settings):
    """What the levels are told that need to be; the others need no options."""

    fragments: FragmentLevel | None = Field(
        None, description="of level fragments (where one has it, its defaults)")
    smarts: SmartsLevel | None = Field(None, description="of level smarts, which needs them")


class BeadSettings(Settings):
    """What ``extract_beads`` is given: levels and only their own options."""

    levels: tuple[LevelName, ...]
    options: LevelOptions = LevelOptions()


def with_defaults(levels: set[str], raw: object) -> object:
    """The options ``raw`` of a stage that names ``levels``, completed before they are checked.

    Raises:
        ValidationError: a level lacks options that have no default.
    """
    if isinstance(raw, LevelOptions):
        raw = raw.model_dump(exclude_none=True)
    if not isinstance(raw, dict):
        return raw
    if "smarts" in levels and not raw.get("smarts"):
        raise wrong_field("Stage", "levels.smarts", raw.get("smarts"), "level 'smarts' needs its "
                          "options: levels: {smarts: {patterns: [...]}}")
    if "fragments" in levels and raw.get("fragments") is None:
        return {**raw, "fragments": {}}
    return raw
