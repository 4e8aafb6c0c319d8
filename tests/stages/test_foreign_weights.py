"""Networks with the weights of GeoDiff's and MSGEN's files equal theirs, at the published sizes."""

import pytest
import torch
from foreign_checkpoints import Sizes, directed_scores, make_state, save, train_a_step
from hand_made import hierarchy, stage_batch

from benchmarks.baseline.network import node_vectors
from pipeline_src.graphs.pairs import project_pairs
from pipeline_src.run.errors import InputError
from pipeline_src.run.parts import load_part
from pipeline_src.run.settings import Stage
from pipeline_src.stages.assembly import build_backbone
from pipeline_src.stages.holding import build_holder
from pipeline_src.stages.weights import load_weights, save_atomically

SMILES = "CC(C)CCc1ccc(cc1)C(=O)NCCCCO"
GUIDE = {"level": "heavy"}


def stage_of(sizes, kind, **backbone):
    return Stage.model_validate({
        "level": "all", "guide": GUIDE if sizes.guided else None,
        "backbone": sizes.backbone(**backbone), "weights": {"kind": kind, "path": "x.pt"}})


def read(path, stage):
    return load_part("weights", stage.weights.kind)(path, stage)


@pytest.mark.parametrize(("sizes", "count"), [
    (Sizes(num_convs=5, num_convs_local=3), 1_366_810), (Sizes(), 1_597_724),
    (Sizes(guided=True), 2_415_660)])
def test_the_made_files_are_as_large_as_the_published_ones(sizes, count):
    """MSGEN paper, Table 15: numbers of a state, all modules twice and schedules (D18)."""
    assert sum(tensor.numel() for tensor in make_state(sizes).values()) == count


CASES = [("geodiff", Sizes(), True), ("geodiff", Sizes(), False),
         ("geodiff", Sizes(smooth_conv=False), True), ("msgen", Sizes(), False),
         ("msgen", Sizes(num_convs=5, num_convs_local=3), False),
         ("msgen", Sizes(guided=True), False)]


@pytest.mark.parametrize("noise", [0.5, 5.0])
@pytest.mark.parametrize(("kind", "sizes", "shared"), CASES)
def test_the_same_input_gives_the_same_output(tmp_path, kind, sizes, shared, noise):
    torch.manual_seed(4)
    more = {"shared_edge_encoder": True} if shared else {}
    stage, state = stage_of(sizes, kind, **more), make_state(sizes)
    backbone = build_backbone(stage)
    foreign = read(save(tmp_path / "x.pt", sizes, state), stage)
    save_atomically(tmp_path / "weights.pt", foreign.state)
    load_weights(backbone, tmp_path / "weights.pt")
    assert foreign.elements is None and not foreign.notes and foreign.described["iteration"] == 3

    batch, molecule = stage_batch(SMILES, coarse=None), hierarchy(SMILES).molecule
    pos = batch.pos.double() + noise * torch.randn(batch.num_nodes, 3, dtype=torch.float64)
    guide = batch.pos.double() if sizes.guided else None
    double = {name: tensor.double() for name, tensor in state.items()}
    edge, types, far, local = directed_scores(double, sizes, molecule, batch.numbers, pos, guide,
                                              shared)
    assert 0 < (types == 0).sum() <= 2 * batch.far_pair_index.shape[1]
    expected = [node_vectors(pos, edge[:, types > 0], local),
                node_vectors(pos, edge[:, types == 0], far)]
    for dtype, tolerance in ((torch.float64, 1e-9), (torch.float32, 1e-5)):
        network = backbone.to(dtype)
        for one in (network, build_holder(stage, network).hold(batch, _to(guide, dtype))):
            with torch.no_grad():
                scores = one(batch, pos.to(dtype), torch.zeros_like(batch.numbers),
                             _to(guide, dtype))
            found = [project_pairs(pos.to(dtype), batch.local_pair_index, scores.local),
                     project_pairs(pos.to(dtype), batch.far_pair_index, scores.far)]
            for ours, theirs in zip(found, expected, strict=True):
                largest = float((ours.double() - theirs).abs().max() / theirs.abs().max())
                assert largest < (1e-5 if one is not network else tolerance)


def _to(guide, dtype):
    return None if guide is None else guide.to(dtype)


def test_the_encoder_that_the_local_branch_reads_makes_a_difference(tmp_path):
    path, states = save(tmp_path / "x.pt", Sizes(), make_state(Sizes())), []
    for shared in (True, False):
        stage = stage_of(Sizes(), "geodiff", shared_edge_encoder=shared)
        states.append(read(path, stage).state)
    name = "local_branch.pairs.kind.weight"
    assert not torch.equal(states[0][name], states[1][name])
    assert torch.equal(states[0][name], states[0][name.replace("local", "global")])


@pytest.mark.parametrize("shared", [True, False])
def test_the_optimiser_tells_elements_and_which_encoder_was_trained(tmp_path, shared):
    sizes = Sizes(hidden_dim=16, num_convs=2, num_convs_local=2, steps=50)
    state, batch = make_state(sizes), stage_batch("CCO", coarse=None)
    optimizers = train_a_step(state, lambda: directed_scores(
        state, sizes, hierarchy("CCO").molecule, batch.numbers, batch.pos, None, shared))
    path = save(tmp_path / "x.pt", sizes, state, **optimizers)
    right, wrong = (stage_of(sizes, "geodiff", shared_edge_encoder=s) for s in (shared, not shared))
    assert read(path, right).elements == {1, 6, 8}
    with pytest.raises(InputError, match=f"shared_edge_encoder: {str(shared).lower()}"):
        read(path, wrong)
    for group in optimizers["optimizer_local"]["param_groups"]:
        group["weight_decay"] = 0.1
    assert read(save(path, sizes, state, **optimizers), right).elements is None


def test_other_noise_levels_are_noted(tmp_path):
    stage = stage_of(Sizes(), "msgen")
    stage = stage.model_copy(update={"process": stage.process.model_copy(update={"steps": 50})})
    notes = read(save(tmp_path / "x.pt", Sizes(), make_state(Sizes())), stage).notes
    assert len(notes) == 1 and notes[0].startswith("trained with 5000 noise levels up to 12.17 Å")
