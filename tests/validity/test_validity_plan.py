"""The section in the plan: keys that agree are shared, and what has no section stays as it was."""

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from pipeline_src.run.plan import make_plan
from pipeline_src.run.registry import load_registry
from pipeline_src.run.reporting import report_settings
from pipeline_src.run.settings import Experiment
from pipeline_src.run.settings.validity import MmffRelaxation, Validity, XtbRelaxation
from pipeline_src.run.validity_plan import (
    check_job,
    check_jobs,
    relax_job,
    relax_jobs,
    validity_inputs,
    validity_settings,
)

REGISTRY = load_registry(Path(__file__).resolve().parents[2] / "config")


def with_section(name: str, validity: Validity):
    experiment = REGISTRY.experiments[name].model_copy(update={"validity": validity})
    return make_plan(replace(REGISTRY, experiments={name: experiment}))


def test_a_section_adds_nothing_to_the_rest_of_the_plan():
    plain = make_plan(replace(REGISTRY, experiments={"smoke": REGISTRY.experiments["smoke"]}))
    plan = with_section("smoke", Validity())
    for part in ("stages", "nodes", "scores", "properties", "runs", "beads"):
        assert getattr(plan, part) == getattr(plain, part)
    told, without = report_settings(plan, "smoke"), report_settings(plain, "smoke")
    assert told.resolved.pop("validity") and told.resolved == without.resolved
    assert not without.validity and set(without.inputs()) < set(told.inputs())


def test_sources_are_the_references_and_every_run():
    plan = with_section("smoke", Validity(relaxed=()))
    told = validity_settings(plan, "smoke")
    chains = ["reference", *REGISTRY.experiments["smoke"].chains]
    assert [source.chain for source in told.checks] == chains
    assert [(s.relaxer, s.source.chain) for s in told.strain] == [
        (kind, chain) for chain in chains for kind in ("mmff", "gfn2-xtb")]
    assert not told.relaxed and not any("/scores/" in path for path in validity_inputs(told))


def test_relaxed_scores_lie_beside_those_of_the_samples():
    told = validity_settings(with_section("smoke", Validity()), "smoke")
    for entry in told.relaxed:
        before, (after,) = entry.source.pattern, entry.relaxed.values()
        *start, seed, key, shard = before.split("/")
        assert after.pattern.split("/")[-3:] == [seed, key, shard]
        assert after.pattern.startswith("/".join(start) + ".mmff-")


def test_a_seed_matters_only_where_conformers_are_drawn():
    one, two = Validity(seed=1), Validity(seed=2)
    assert relax_job(one, "mmff") == relax_job(two, "mmff")
    assert relax_job(one, "gfn2-xtb") != relax_job(two, "gfn2-xtb")
    assert check_job(one) == check_job(two)
    assert check_job(one.model_copy(update={"conformers": 3})).seed == 1
    plans = [with_section("smoke", validity).registry for validity in (one, two)]
    assert len({key for plan in plans for key in relax_jobs(plan)}) == 3
    assert len({key for plan in plans for key in check_jobs(plan)}) == 1


@pytest.mark.parametrize("wrong, words", [
    ({"relaxed": ("gfn2-xtb",)}, "all conformers"),
    ({"relaxers": (), "relaxed": ("mmff",)}, "none"),
    ({"relaxers": (MmffRelaxation(), MmffRelaxation(iterations=9))}, "once only, not mmff"),
    ({"checks": ("stereo", "stereo")}, "once only, not stereo"),
    ({"checks": ()}, "at least 1"),
    ({"checks": ("posebuster",)}, "posebusters"),
    ({"relaxers": ({"kind": "uff"},)}, "gfn2-xtb"),
    ({"relaxers": (XtbRelaxation(),), "conformers": 0}, "greater than 0"),
])
def test_sections_that_do_not_fit_are_refused(wrong, words):
    with pytest.raises(ValidationError, match=words):
        Validity(**wrong)


def test_no_chain_may_be_called_as_the_references_are():
    with pytest.raises(ValidationError, match="another name"):
        Experiment(test=("a",), chains=("reference",), validity=Validity())
    assert Experiment(test=("a",), chains=("reference",))
