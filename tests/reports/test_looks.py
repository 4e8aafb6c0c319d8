"""Looks of chains: unlike in more than colour, and alike for chains of one family."""

from pathlib import Path

import pytest

from pipeline_src.reports.style import (
    MARKERS,
    PALETTE,
    Look,
    chain_colors,
    chain_looks,
    chain_markers,
)
from pipeline_src.run.registry import load_registry

REGISTRY = load_registry(Path(__file__).resolve().parents[2] / "config")
MANY = [f"{family}{variant}" for family in ("geodiff", "etflow", "confgf", "ebd", "rdkit")
        for variant in ("", "-msgen2", "-msgen3", "-msgen3-fragments")]


@pytest.mark.parametrize("chains", [
    MANY, [f"chain-{k}" for k in range(32)], [f"chain{k}" for k in range(32)],
    [f"{k % 3}-{k}" for k in range(32)],
    *(pytest.param(e.chains, id=name) for name, e in REGISTRY.listed.items())])
def test_chains_are_told_apart_without_their_colours(chains):
    looks = chain_looks(chains)
    assert list(looks) == list(chains)
    assert len({(look.marker, look.fill) for look in looks.values()}) == len(chains)
    assert {look.marker for look in looks.values()} <= set(MARKERS)


def test_a_few_chains_have_a_colour_each():
    chains = ["rdkit", "geodiff", "geodiff-msgen2", "geodiff-msgen3"]
    assert chain_looks(chains) == {
        chain: Look(PALETTE[k], MARKERS[k]) for k, chain in enumerate(chains)}


def test_many_chains_are_families():
    looks = chain_looks(MANY)
    first, second, third, fourth = (looks[f"etflow{v}"] for v in (
        "", "-msgen2", "-msgen3", "-msgen3-fragments"))
    assert first == Look(PALETTE[1], MARKERS[1])
    assert {look.marker for look in (first, second, third, fourth)} == {MARKERS[1]}
    assert len({look.dash for look in (first, second, third, fourth)}) == 4
    assert second.color == "#753400" and third.color == "#E28E4C"  # 0.55 and 0.7 of #D55E00
    assert looks["rdkit"].color == PALETTE[4] and looks["rdkit"].marker == MARKERS[4]


def test_the_first_three_of_a_family_differ_in_colour_too():
    looks = chain_looks(f"{family}-{variant}" for family in range(8) for variant in range(3))
    assert len({look.color for look in looks.values()}) == 24


def test_a_chain_has_one_colour_and_marker_in_figures_and_tables():
    assert chain_markers(MANY) == {chain: look.marker for chain, look in chain_looks(MANY).items()}
    assert chain_colors(MANY) == {chain: look.color for chain, look in chain_looks(MANY).items()}
