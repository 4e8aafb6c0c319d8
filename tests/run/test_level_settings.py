"""Levels in a stage's settings: which guides which, what needs options, which upsampler fits."""

import pytest
from pydantic import ValidationError
from test_settings import refusal

from pipeline_src.run.settings import Stage, settings_hash
from pipeline_src.run.settings.levels import (
    COARSER_THAN,
    EXTRA,
    FIRST_ELEMENTS,
    GROUPED,
    LEVEL_ORDER,
    MOST_KINDS,
    LevelOptions,
)

GUIDED = {"backbone": {"kind": "guided_dual_encoder"}}
SMARTS = {"smarts": {"patterns": ["[#7]"]}}


def guided(level: str, guide: str, upsampler: str, **more) -> dict:
    return {"level": level, "guide": {"level": guide, "upsampler": {"kind": upsampler}}, **GUIDED,
            **more}


def test_coarser_is_a_relation_without_circles():
    assert set(COARSER_THAN) == set(LEVEL_ORDER) == {*EXTRA, "scaffold", "heavy", "all"}
    for coarse, finer in COARSER_THAN.items():
        assert all(LEVEL_ORDER.index(coarse) < LEVEL_ORDER.index(fine) for fine in finer)
        assert all(set(COARSER_THAN[fine]) <= set(finer) for fine in finer)
    assert set(GROUPED) <= set(EXTRA) and "all" in COARSER_THAN["smarts"]


@pytest.mark.parametrize("coarse", LEVEL_ORDER)
@pytest.mark.parametrize("level", LEVEL_ORDER)
def test_a_guide_must_be_coarser(level, coarse):
    upsampler = "bonded"
    if coarse in GROUPED:
        upsampler = "geometric" if level == "all" else "reconstruct"
    raw = guided(level, coarse, upsampler, levels=SMARTS if "smarts" in (level, coarse) else {})
    if level in COARSER_THAN[coarse]:
        assert Stage.model_validate(raw).guide.level == coarse
    else:
        assert "must be coarser" in refusal(Stage, raw)


@pytest.mark.parametrize("level, guide, upsampler, words", [
    ("all", "fragments", "bonded", ("beads are atoms", "geometric or reconstruct")),
    ("all", "brics", "oracle", ("beads are atoms",)),
    ("all", "heavy", "geometric", ("groups of atoms", "bonded")),
    ("heavy", "scaffold", "reconstruct", ("groups of atoms",)),
    ("heavy", "fragments", "geometric", ("for 'heavy' it is reconstruct",)),
    ("all", "fragments", "reconstruct", ("for 'all' it is geometric",)),
])
def test_an_upsampler_that_does_not_fit_is_refused(level, guide, upsampler, words):
    text = refusal(Stage, guided(level, guide, upsampler))
    assert not [word for word in words if word not in text], text


def test_a_guide_of_fragments_without_an_upsampler_is_told_which():
    raw = {"level": "all", "guide": {"level": "fragments"}, **GUIDED}
    assert "geometric" in refusal(Stage, raw)


@pytest.mark.parametrize("levels, words", [
    ({}, "patterns: [...]"), ({"smarts": {"patterns": []}}, "patterns, atoms or both"),
    ({"smarts": {"pattern": ["C"]}}, "Did you mean 'patterns'"),
    ({"smart": {}}, "patterns: [...]"),
])
def test_smarts_without_patterns_are_refused(levels, words):
    assert words in refusal(Stage, {"level": "smarts", "levels": levels})


@pytest.mark.parametrize("fragments, words", [
    ({"vocabulary_size": MOST_KINDS + 1}, "less than or equal to 99"),
    ({"vocabulary_size": 12}, "which are 13"), ({"elements": ["C", "C"]}, "once only"),
    ({"size": 3}, "Known keys: elements, vocabulary_size"),
])
def test_wrong_options_of_fragments_are_refused(fragments, words):
    assert words in refusal(Stage, {"level": "fragments", "levels": {"fragments": fragments}})


def test_a_stage_asks_for_its_own_extra_levels_only():
    assert Stage(level="heavy").beads() is None
    fragments = Stage(level="fragments").beads()
    assert fragments.levels == ("fragments",)
    assert fragments.options.fragments.vocabulary_size == 50
    assert fragments.options.fragments.elements == FIRST_ELEMENTS
    both = Stage.model_validate(guided("fragments", "brics", "reconstruct")).beads()
    assert both.levels == ("brics", "fragments") and both.options.smarts is None
    again = Stage.model_validate(guided("all", "fragments", "geometric")).beads()
    assert settings_hash(again) == settings_hash(fragments)


def test_settings_survive_json_and_empty_options_leave_no_trace():
    plain = Stage(level="heavy")
    assert "levels" not in plain.model_dump() and "levels" not in plain.model_dump_json()
    for stage in (plain, Stage(level="fragments"),
                  Stage.model_validate({"level": "smarts", "levels": SMARTS})):
        assert Stage.model_validate_json(stage.model_dump_json()) == stage
    assert Stage(level="heavy", levels=LevelOptions()).model_dump() == plain.model_dump()
    given = Stage(level="fragments", levels=LevelOptions())
    assert given.levels.fragments.vocabulary_size == 50
    with pytest.raises(ValidationError, match="needs its options"):
        Stage(level="smarts", levels=LevelOptions())


@pytest.mark.parametrize("raw, name", [
    ({"level": "heavy", "levels": {"fragments": {}}}, "fragments"),
    ({"level": "fragments", "levels": SMARTS}, "smarts"),
    (guided("all", "heavy", "bonded", levels={"fragments": {}}), "fragments"),
])
def test_options_of_a_level_that_a_stage_does_not_name_are_refused(raw, name):
    text = refusal(Stage, raw)
    assert f"levels.{name}: got" in text and f"names no level '{name}'" in text
    assert Stage.model_validate({**raw, "levels": {name: None}})


def test_options_of_a_level_that_a_guide_or_a_process_names_are_its_own():
    """Whether these are settings or what settings are made of."""
    told = {"levels": {"fragments": {"vocabulary_size": 20}}}
    raw = guided("all", "fragments", "geometric", **told)
    made = Stage.model_validate(raw)
    again = Stage.model_validate({**raw, "guide": made.guide, "levels": made.levels})
    assert made == again and made.levels.fragments.vocabulary_size == 20
    ebd = Stage.model_validate({**guided("all", "heavy", "bonded", **told), "process": {
        "kind": "blurring"}, "backbone": {"kind": "hierarchical_egnn"}})
    assert ebd.levels.fragments.vocabulary_size == 20


FLOW = {"process": {"kind": "flow_matching"}}


@pytest.mark.parametrize("level, taken", [("fragments", False), ("brics", False),
                                          ("smarts", True), ("scaffold", True)])
def test_a_network_that_reads_atoms_has_no_level_of_groups(level, taken):
    """The beads of smarts are atoms; networks whose kinds of nodes are a table's rows take all."""
    raw = {"level": level, "levels": SMARTS if level == "smarts" else {}}
    for kind, process in (("dual_encoder", {}), ("confgf", {"kind": "distance_score_matching"})):
        assert Stage.model_validate({**raw, "backbone": {"kind": kind}, "process": process})
    reads_atoms = {**raw, **FLOW, "backbone": {"kind": "equivariant_transformer"}}
    if taken:
        assert Stage.model_validate(reads_atoms)
    else:
        text = refusal(Stage, reads_atoms)
        assert "backbone.kind: got 'equivariant_transformer'" in text
        assert f"reads atoms, which the beads of level '{level}' are not" in text


def test_a_guide_of_groups_is_for_any_network_of_atoms():
    raw = guided("all", "fragments", "geometric", **FLOW)
    assert Stage.model_validate({**raw, "backbone": {"kind": "guided_equivariant_transformer"}})
