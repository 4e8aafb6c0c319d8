"""What every backbone of the table keeps, whatever it predicts."""

import pytest
import torch
from small_parts import HERE, MOST_PARAMETERS, settings_classes, stages_of
from small_world import inputs, network, outputs

from pipeline_src.graphs.noise import StepNoise
from pipeline_src.run.errors import InputError
from pipeline_src.run.parts import PARTS, load_part
from pipeline_src.stages.assembly import build_backbone, build_process, count_parameters
from pipeline_src.stages.holding import build_holder

SEAM = "backbone"
TOLERANCE = {torch.float32: 1e-4, torch.float64: 1e-10}
every = pytest.mark.parametrize("part", PARTS["backbone"])
in_both = pytest.mark.parametrize("dtype", TOLERANCE, ids=str)


def first_stage(part):
    """The first stage it can be in, of all atoms if it can be in one."""
    return stages_of("backbone", part)[0]


def close(one, other, dtype=torch.float64):
    scale = max(1.0, float(one.detach().abs().max())) if one.numel() else 1.0
    assert one.dtype == other.dtype == dtype
    torch.testing.assert_close(one, other, rtol=0, atol=TOLERANCE[dtype] * scale)


def said(stage, backbone, batch, pos, time, guide):
    """Name -> tensor."""
    found = outputs(backbone(batch, pos, time, guide), batch, stage, pos)
    return {name: tensor for name, (tensor, _) in found.items()}


def turn(sign: int = 1):
    found, _ = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64))
    return sign * found * torch.linalg.det(found)


def check_motion(world, part, dtype, sign):
    stage = first_stage(part)
    backbone, batch, matrix = network(stage, dtype), world.batch(stage), turn(sign)
    pos, time, guide = inputs(stage, batch, dtype)

    def moved(x):
        return (x.double() @ matrix + torch.tensor([3.0, -7.0, 11.0])).to(dtype)

    still = said(stage, backbone, batch, pos, time, guide)
    after = said(stage, backbone, batch, moved(pos), time, None if guide is None else moved(guide))
    for name, values in still.items():
        expected = (values.double() @ matrix).to(dtype) if name == "vectors" else values
        close(expected, after[name], dtype)


@every
def test_its_settings_are_small_and_those_of_its_class(part):
    stage, kind = first_stage(part), load_part("backbone", part)
    chosen = settings_classes("backbone")[part]
    assert (kind.predicts, kind.takes_guide) == (chosen.predicts, chosen.takes_guide)
    count = count_parameters(build_backbone(stage))
    assert 0 < count < MOST_PARAMETERS, (
        f"backbone '{part}' has {count} parameters here: name the field that makes it small in "
        f"SMALL of {HERE}")


@every
@in_both
def test_turns_and_shifts(world, part, dtype):
    """Scores are blind to them, vectors turn along."""
    check_motion(world, part, dtype, 1)


@every
@in_both
def test_mirror_images(world, part, dtype):
    check_motion(world, part, dtype, -1)


@every
@in_both
def test_a_guide_moved_alone(world, part, dtype, not_applicable):
    """Its distances alone count: turned and shifted it says the same."""
    stage = first_stage(part)
    if not stage.guide:
        return not_applicable("takes no guide")
    backbone, batch = network(stage, dtype), world.batch(stage)
    pos, time, guide = inputs(stage, batch, dtype)
    moved = (guide.double() @ turn() + 5.0).to(dtype)
    one, other = (said(stage, backbone, batch, pos, time, g) for g in (guide, moved))
    for name in one:
        close(one[name], other[name], dtype)


@every
def test_a_guide_is_asked_for_and_counts(world, part):
    stage = first_stage(part)
    backbone, batch = network(stage), world.batch(stage)
    pos, time, guide = inputs(stage, batch)
    if stage.guide:
        one, other = (said(stage, backbone, batch, pos, time, g) for g in (guide, 1.5 * guide))
        assert all((one[name] - other[name]).abs().max() > 1e-6 for name in one)
    with pytest.raises(InputError, match="guide"):
        backbone(batch, pos, time, None if stage.guide else pos)


@every
def test_renumbered_atoms(world, part):
    """Fields of an atom go with it; in pairs either atom may stand first."""
    stage = first_stage(part)
    backbone, batch = network(stage), world.batch(stage, 0)
    pos, time, guide = inputs(stage, batch)
    one = said(stage, backbone, batch, pos, time, guide)
    order = torch.randperm(batch.num_nodes)
    other = renumbered(world.batch(stage, 0), order, fields_of_atoms(world, stage))
    two = said(stage, backbone, other, pos[order], time[order],
               None if guide is None else guide[order])
    for name in one:
        close(one[name][order] if name == "vectors" else one[name], two[name])


def fields_of_atoms(world, stage) -> set[str]:
    """The fields with a row an atom, in molecules of every size."""
    found = None
    for graph in (world.conformers(stage)[k] for k in (0, 2, 4)):
        names = {name for name, value in graph.to_dict().items()
                 if torch.is_tensor(value) and value.dim() and len(value) == graph.num_nodes}
        found = names if found is None else found & names
    return found


def renumbered(batch, order, of_atoms):
    place = torch.argsort(order)  # new index of each old atom
    for name in set(batch.keys()) - {"batch", "ptr"}:
        value = batch[name]
        if torch.is_tensor(value) and "index" in name:
            value = place[value].flip(0) if "pair" in name else place[value]
        batch[name] = value[order] if name in of_atoms else value
    return batch


@every
@in_both
def test_a_batch_is_its_molecules(world, part, dtype):
    stage = first_stage(part)
    backbone, batch = network(stage, dtype), world.batch(stage)
    pos, time, guide = inputs(stage, batch, dtype)
    together = outputs(backbone(batch, pos, time, guide), batch, stage, pos)
    for number in range(batch.num_graphs):
        alone = world.batch(stage, number)
        apart = said(stage, backbone, alone, *inputs(stage, alone, dtype))
        for name, (values, first) in together.items():
            close(values[batch.batch[first] == number], apart[name], dtype)


@every
def test_every_level_and_size(world, part):
    """One atom, no far pair, no pair at all; at each level and guide it can have."""
    done = set()
    for stage in stages_of("backbone", part):
        if (key := (stage.level, stage.guide and stage.guide.level)) in done:
            continue
        done.add(key)
        backbone = network(stage)
        for number in range(3):
            batch = world.batch(stage, number)
            pos, time, guide = inputs(stage, batch)
            for values, first in outputs(backbone(batch, pos, time, guide), batch, stage,
                                         pos).values():
                assert len(values) == len(first) and torch.isfinite(values).all()


@every
def test_coincident_atoms(world, part):
    """Finite values and gradients where all atoms, and all of the guide's, are in one place."""
    stage = first_stage(part)
    backbone, batch = network(stage, torch.float32), world.batch(stage)
    pos, time, guide = inputs(stage, batch, torch.float32)
    given = [torch.zeros_like(x).requires_grad_() for x in (pos, guide) if x is not None]
    found = said(stage, backbone, batch, given[0], time, given[1] if guide is not None else None)
    assert all(torch.isfinite(values).all() for values in found.values())
    sum(values.sum() for values in found.values()).backward()
    assert all(x.grad is not None and torch.isfinite(x.grad).all() for x in given)
    assert all(torch.isfinite(p.grad).all() for p in backbone.parameters() if p.grad is not None)


@every
def test_times_an_atom(world, part):
    """A time of its own for each atom is taken."""
    stage = first_stage(part)
    backbone, batch = network(stage), world.batch(stage)
    pos, time, guide = inputs(stage, batch)
    uniforms = torch.linspace(0.01, 0.99, (len(pos) + 1) // 2)
    own = build_process(stage).draw_times(len(pos), uniforms)
    assert own.dtype == time.dtype and own.shape == time.shape
    for values in said(stage, backbone, batch, pos, own, guide).values():
        assert torch.isfinite(values).all()


@every
def test_losses_reach_their_groups(world, part):
    """Each loss has a group of parameters of its name, and touches that alone."""
    stage = first_stage(part)
    backbone, batch = network(stage, torch.float32), world.batch(stage)
    pos, time, guide = inputs(stage, batch, torch.float32)
    groups = backbone.parameter_groups()
    assert sorted(map(id, backbone.parameters())) == sorted(
        id(p) for group in groups.values() for p in group)
    losses = build_process(stage).loss(backbone, batch, pos, time, StepNoise(batch, 1), guide)
    assert set(losses) == set(groups)
    for name, loss in losses.items():
        for group, parameters in groups.items():
            gradients = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)
            moved = [g is not None and bool(g.any()) for g in gradients]
            assert sum(moved) >= 0.9 * len(moved) if group == name else not any(moved)


@every
def test_node_states(world, part):
    stage = first_stage(part)
    backbone, batch = network(stage), world.batch(stage)
    given = inputs(stage, batch)
    assert backbone(batch, *given).nodes is None
    states = backbone(batch, *given, return_nodes=True).nodes
    assert states and all(len(layers) > 0 for layers in states.values())
    assert any(layer.shape[0] == batch.num_nodes for layers in states.values() for layer in layers)


@every
@pytest.mark.parametrize("bits", [torch.bfloat16, torch.float16], ids=str)
def test_16_bits(world, part, bits):
    """Under autocast the type of positions stays, and numbers are finite."""
    stage = first_stage(part)
    backbone, batch = network(stage, torch.float32), world.batch(stage)
    given = inputs(stage, batch, torch.float32)
    with torch.no_grad(), torch.autocast("cpu", dtype=bits):
        found = said(stage, backbone, batch, *given)
    assert all(v.dtype == torch.float32 and torch.isfinite(v).all() for v in found.values())


@every
def test_held_for_a_batch(world, part):
    """As sampling calls it, it says the same."""
    stage = first_stage(part)
    backbone, batch = network(stage, torch.float32), world.batch(stage)
    pos, time, guide = inputs(stage, batch, torch.float32)
    with torch.no_grad():
        held = build_holder(stage, backbone).hold(batch, guide)
        one = said(stage, backbone, batch, pos + 1, time, guide)
        other = said(stage, held, batch, pos + 1, time, guide)
    for name in one:
        close(one[name], other[name], torch.float32)


@every
def test_weights_saved_and_loaded(world, part, tmp_path):
    """Calling it changes none of them."""
    stage = first_stage(part)
    backbone, batch = network(stage, torch.float32), world.batch(stage)
    given = inputs(stage, batch, torch.float32)
    torch.save(backbone.state_dict(), tmp_path / "weights.pt")
    one = said(stage, backbone, batch, *given)
    other = build_backbone(stage)
    assert any(not torch.equal(one[name], value)
               for name, value in said(stage, other, batch, *given).items())
    other.load_state_dict(torch.load(tmp_path / "weights.pt", weights_only=True))
    for name, value in said(stage, other, batch, *given).items():
        assert torch.equal(one[name], value)
    for name, value in torch.load(tmp_path / "weights.pt", weights_only=True).items():
        assert torch.equal(value, backbone.state_dict()[name])
