"""Weights on disk: what is written comes back, and nothing else is taken."""

import pickle

import pytest
import torch
from small_stages import network, sample_settings

from pipeline_src.run.errors import InputError
from pipeline_src.stages.weights import load_safely, load_weights, save_atomically


@pytest.fixture
def saved(tmp_path):
    backbone = network(sample_settings())
    save_atomically(tmp_path / "weights.pt", backbone.state_dict())
    return tmp_path / "weights.pt", backbone


def test_weights_come_back(saved):
    path, backbone = saved
    other = network(sample_settings())
    for parameter in other.parameters():
        torch.nn.init.zeros_(parameter)
    load_weights(other, path)
    assert all(torch.equal(a, b) for a, b in zip(
        backbone.state_dict().values(), other.state_dict().values(), strict=True))


def test_equal_weights_are_equal_bytes(saved):
    path, backbone = saved
    again = path.with_name("again") / "weights.pt"
    save_atomically(again, backbone.state_dict())
    assert again.read_bytes() == path.read_bytes()


def test_another_architecture_is_named(saved):
    path, _ = saved
    with pytest.raises(InputError, match="no 'local_branch.pairs.current") as caught:
        load_weights(network(sample_settings(guided=True)), path)
    assert str(path) in str(caught.value) and "GuidedDualEncoder" in str(caught.value)
    backbone = network(sample_settings())
    state = backbone.state_dict()
    name, tensor = next((n, t) for n, t in state.items() if t.dim() == 2)
    save_atomically(path, {**state, name: tensor[:1], "more": tensor})
    with pytest.raises(InputError, match="unknown 'more'.*has shape"):
        load_weights(backbone, path)


@pytest.mark.parametrize("content", [b"", b"no weights", b"\x80\x02", b"PK\x03\x04", b"\x80\x02]."])
def test_other_files_are_input_errors(tmp_path, content):
    (tmp_path / "w.pt").write_bytes(content)
    with pytest.raises(InputError, match="w.pt"):
        load_weights(network(sample_settings()), tmp_path / "w.pt")


def test_truncated_and_missing_files_are_input_errors(saved):
    path, backbone = saved
    whole = path.read_bytes()
    for length in (10, len(whole) // 2, len(whole) - 5):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match="Delete it and run again"):
            load_weights(backbone, path)
    with pytest.raises(InputError, match="FileNotFoundError"):
        load_safely(path.with_name("none.pt"))
    save_atomically(path, [1, 2])
    with pytest.raises(InputError, match="dictionary"):
        load_safely(path)


class Touch:
    """Unpickled by an unguarded reader, it makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize("write", [
    lambda path, content: path.write_bytes(pickle.dumps(content, protocol=2)),
    lambda path, content: torch.save(content, path)])
def test_code_in_a_file_is_refused_and_not_run(tmp_path, write):
    trace, path = tmp_path / "trace", tmp_path / "w.pt"
    write(path, {"weights": Touch(trace)})
    with pytest.raises(InputError):
        load_safely(path)
    assert not trace.exists()
    torch.load(path, weights_only=False) if path.read_bytes()[:2] == b"PK" else pickle.loads(
        path.read_bytes())  # so an unguarded reader would have been caught
    assert trace.exists()
