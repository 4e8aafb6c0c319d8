"""Superposition of many point sets at once: SciPy's values, sound gradients, never NaN."""

import numpy as np
import pytest
import torch
from hand_made import stage_batch
from scipy.spatial.transform import Rotation

from pipeline_src.graphs.alignment import NearestRotation, align, rotations
from pipeline_src.graphs.centering import centre

UNIQUE = 1e-3  # s2 + d s3 of s1, above which SciPy and we must name the same rotation


def generic(rng, n):
    return rng.normal(size=(n, 3))


def planar(rng, n):
    return np.concatenate([rng.normal(size=(n, 2)), np.zeros((n, 1))], 1) @ turn(rng)


def linear(rng, n):
    return rng.normal(size=(n, 1)) * rng.normal(size=3)


def coincident(rng, n):
    return np.tile(rng.normal(size=3), (n, 1))


def octahedron(rng, n):
    """Equal singular values."""
    return np.concatenate([np.eye(3), -np.eye(3)]) @ turn(rng)


def turn(rng):
    return Rotation.random(random_state=int(rng.integers(2**31))).as_matrix()


SHAPES = (generic, planar, linear, coincident, octahedron)


def related(rng, shape, points):
    """A target: another set, the same, turned, mirrored, or turned with a little noise."""
    kind = rng.integers(5)
    if kind == 0:
        return shape(rng, len(points))
    moved = [points, points @ turn(rng), points * [1, 1, -1],
             points @ turn(rng) + 0.1 * rng.normal(size=points.shape)][kind - 1]
    return moved + rng.normal(size=3)


@pytest.fixture(scope="module")
def sets():
    """10,000 pairs of ragged point sets of one to twelve atoms."""
    rng, moving, target = np.random.default_rng(5), [], []
    for number in range(10_000):
        shape = SHAPES[number % len(SHAPES)]
        moving.append(shape(rng, int(rng.integers(1, 13))))
        target.append(related(rng, shape, moving[-1]))
    sizes = torch.tensor([len(points) for points in moving])
    index = torch.repeat_interleave(torch.arange(len(sizes)), sizes)
    return moving, target, index


def tensors(sets, dtype):
    moving, target, index = sets
    return (torch.tensor(np.concatenate(moving), dtype=dtype, requires_grad=True),
            torch.tensor(np.concatenate(target), dtype=dtype, requires_grad=True), index)


def squares(values, index):
    total = np.zeros(int(index[-1]) + 1)
    np.add.at(total, index.numpy(), values.square().sum(-1).detach().double().numpy())
    return total / np.bincount(index.numpy())


def by_scipy(moving, target):
    """Rotation and RMSD of each pair, and whether its rotation is unique."""
    for m, t in zip(moving, target, strict=True):
        m, t = m - m.mean(0), t - t.mean(0)
        u, s, vt = np.linalg.svd(m.T @ t)
        s[2] *= np.sign(np.linalg.det(u) * np.linalg.det(vt))
        found = np.eye(3)
        if len(m) > 1:  # SciPy refuses to turn a single point at the origin
            found = Rotation.align_vectors(t, m)[0].as_matrix()
        rmsd = np.sqrt(np.square(m @ found.T - t).sum(-1).mean())
        yield found, rmsd, s[1] + s[2] > UNIQUE * max(s[0], UNIQUE)


@pytest.mark.filterwarnings("ignore:Optimal rotation is not uniquely")
def test_scipy_finds_the_same(sets):
    moving, target, index = tensors(sets, torch.float64)
    n = len(sets[0])
    found = np.sqrt(squares(align(moving, target, index, n) - target, index))
    turns = rotations(centre(moving, index, n), centre(target, index, n), index, n).detach()
    expected, rmsd, unique = map(np.array, zip(*by_scipy(*sets[:2]), strict=True))
    assert np.abs(found - rmsd).max() < 1e-5
    assert 0.4 < unique.mean() < 0.9
    assert np.abs(turns.numpy() - expected)[unique].max() < 1e-5


def test_every_rotation_is_proper(sets):
    moving, target, index = tensors(sets, torch.float64)
    turns = rotations(moving, target, index, len(sets[0])).detach()
    assert torch.allclose(turns @ turns.mT, torch.eye(3).double().expand_as(turns), atol=1e-12)
    assert torch.allclose(torch.linalg.det(turns), torch.ones(len(turns)).double(), atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_nothing_is_ever_nan(sets, dtype):
    moving, target, index = tensors(sets, dtype)
    aligned = align(moving, target, index, len(sets[0]))
    assert aligned.dtype == dtype and torch.isfinite(aligned).all()
    weights = torch.randn(aligned.shape, dtype=dtype)
    (aligned * weights).sum().backward()
    for tensor in (moving, target):
        assert tensor.grad.abs().sum() > 0 and torch.isfinite(tensor.grad).all()


def test_float32_is_as_near_as_its_rounding(sets):
    narrow, wide = ([*tensors(sets, dtype)] for dtype in (torch.float32, torch.float64))
    n = len(sets[0])
    rmsd = [np.sqrt(squares(align(*given, n) - given[1], given[2])) for given in (narrow, wide)]
    assert np.abs(rmsd[0] - rmsd[1]).max() < 1e-5


@pytest.mark.parametrize("shape", [generic, planar, octahedron])
def test_the_gradient_is_the_numerical_one(shape):
    """Where the rotation is unique; also with equal singular values and planar molecules."""
    rng = np.random.default_rng(1)
    sets = [shape(rng, 6) for _ in range(3)]
    target = np.concatenate([points @ turn(rng) for points in sets])
    index = torch.arange(3).repeat_interleave(6)
    given = (torch.tensor(np.concatenate(sets), requires_grad=True),
             torch.tensor(target + 0.02 * rng.normal(size=target.shape), requires_grad=True))
    assert torch.autograd.gradcheck(lambda m, t: align(m, t, index, 3), given, atol=1e-6)
    equal = torch.diag(torch.tensor([2.0, 2.0, -1.0])).double()[None].requires_grad_()
    assert torch.autograd.gradcheck(NearestRotation.apply, (equal,))


def test_the_rmsd_falls_along_its_gradient(sets):
    """Also of degenerate sets: a small step against the gradient never makes it worse."""
    moving, target, index = tensors(sets, torch.float64)
    n = len(sets[0])
    before = (align(moving, target, index, n) - target).square().sum()
    before.backward()
    with torch.no_grad():
        after = align(moving - 1e-3 * moving.grad, target, index, n) - target
    old = squares(align(moving, target, index, n) - target, index)
    assert (squares(after, index) <= old + 1e-9).all() and squares(after, index).sum() < old.sum()


def test_a_mirror_image_stays_one():
    batch = stage_batch("CC(C)Cc1ccc(cc1)C(C)C(=O)O")
    mirrored = batch.pos * torch.tensor([1.0, 1.0, -1.0])
    off = align(mirrored, batch.pos, batch.batch, 1) - batch.pos
    assert off.square().sum(-1).mean().sqrt() > 0.3


def test_a_broken_graph_spoils_no_other():
    batch = stage_batch("CCO", "C", "CC")
    moved = batch.pos.flip(-1) * torch.tensor([1.0, 1.0, -1.0]) + 5
    good = align(moved, batch.pos, batch.batch, 3)
    moved[10, 1] = float("nan")
    bad = align(moved, batch.pos, batch.batch, 3)
    others = batch.batch != 1
    assert torch.equal(bad[others], good[others]) and torch.isnan(bad[~others]).any()
    assert torch.allclose(good, batch.pos, atol=1e-5)
    moved[10, 1] = 1e30
    assert torch.isfinite(align(moved, batch.pos, batch.batch, 3)).all()


def test_atoms_that_all_but_coincide_do_not_turn():
    """Rounding leaves them 1e-17 Å apart, and a gradient of what that says would be 1e17."""
    batch = stage_batch("CCO", "CC")
    moving = (0.1 + torch.zeros_like(batch.pos)).requires_grad_()
    align(moving, batch.pos, batch.batch, 2).square().sum().backward()
    assert moving.grad.abs().max() < 10


def test_no_graphs_and_no_atoms():
    empty = torch.empty(0, 3)
    assert align(empty, empty, torch.empty(0, dtype=torch.int64), 0).shape == (0, 3)
