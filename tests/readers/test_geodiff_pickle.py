"""GeoDiff's pickles: the ensembles that other readers give, and reasons for what is left out."""

import os
import pickle

import pytest
import torch
from foreign_files import Data, assert_same, geodiff_items, only_ensembles, renumbered, write_list
from hostile import PICKLES, write

from pipeline_src.chem.base import WHOLE, Rejection, Share
from pipeline_src.chem.readers.geodiff_pickle import read_geodiff_pickle
from pipeline_src.chem.readers.geom_rdkit_folder import read_geom_rdkit_folder
from pipeline_src.chem.readers.sdf import read_sdf
from pipeline_src.chem.reasons import OTHER, reason_kind
from pipeline_src.ensembles import Ensemble
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.readers import GeodiffPickleReader, GeomRdkitFolderReader, SdfReader

pytestmark = pytest.mark.usefixtures("one_worker")


@pytest.fixture(scope="module")
def wanted(resources) -> list[Ensemble]:
    """Seven small molecules of three conformers."""
    return list(read_sdf(SdfReader(paths=(str(resources / "mini_qm9/smoke.sdf.gz"),))))


def read(*paths, share=WHOLE) -> list:
    return list(read_geodiff_pickle(GeodiffPickleReader(paths=tuple(paths)), share))


def items_of(ensembles, make=Data, **changed) -> list:
    return [item for e in ensembles for item in geodiff_items(e, make, **changed)]


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_the_ensembles_are_those_of_the_sdf(wanted, protocol, tmp_path):
    path = write_list(tmp_path / "test_data_1k.pkl", items_of(wanted), protocol)
    read_ensembles = only_ensembles(read(path))
    assert_same(read_ensembles, wanted)
    assert read_ensembles[0].molecule.id == "N#CC[C@@H]1COC1=O"


def test_charged_molecules_with_hydrogens_among_the_heavy_atoms_come_as_they_are(
        ensembles, tmp_path):
    chosen = [e for e in ensembles if e.molecule.charges.any()][:2]
    moved = [interleaved(e) for e in chosen]
    path = write_list(tmp_path / "train_data_40k.pkl", items_of(moved))
    assert len(chosen) == 2
    assert_same(only_ensembles(read(path)), moved)


def interleaved(ensemble: Ensemble) -> Ensemble:
    """Each hydrogen directly behind its heavy atom, as xtb's files have them."""
    bonds = ensemble.molecule.bonds.tolist()
    numbers = ensemble.molecule.numbers
    heavy_of = {i: j for pair in bonds for i, j in (pair, pair[::-1]) if numbers[i] == 1}
    order = sorted(range(len(numbers)), key=lambda k: (heavy_of.get(k, k), k in heavy_of, k))
    return renumbered(ensemble, order)


def test_without_rdmol_the_smiles_gives_charges_orders_and_stereo(ensembles, tmp_path):
    chosen = [interleaved(e) for e in ensembles if e.molecule.charges.any()][:1]
    chosen += [e for e in ensembles if "@" in e.molecule.smiles][:2]
    path = write_list(tmp_path / "x.pkl", items_of(chosen, rdmol=None))
    got = only_ensembles(read(path))
    for one, other in zip(got, chosen, strict=True):
        assert (one.molecule.numbers == other.molecule.numbers).all()
        assert (one.molecule.bonds == other.molecule.bonds).all()
        assert one.molecule.charges.sum() == other.molecule.charges.sum()
        assert (one.positions == other.positions).all()


def test_data_of_later_pyg_and_of_descendants_come_the_same(wanted, tmp_path):
    from torch_geometric.data import Data as LaterData
    items = items_of(wanted, LaterData, fg2cg=[[0, 1], [2]], cg_smile=["C", "CO"], num_frags=2,
                     cg_pos=torch.zeros(2, 3))
    (tmp_path / "x.pkl").write_bytes(pickle.dumps(items))
    assert_same(only_ensembles(read(str(tmp_path / "x.pkl"))), wanted)


def test_the_layout_is_the_one_that_later_pyg_cannot_use(wanted, tmp_path):
    path = write_list(tmp_path / "x.pkl", items_of(wanted[:1]))
    with open(path, "rb") as file:
        first = pickle.load(file)[0]
    with pytest.raises(RuntimeError, match="created by an older version of PyG"):
        first.num_nodes  # noqa: B018


def test_shares_are_the_whole_in_order_over_several_files(wanted, tmp_path):
    paths = [write_list(tmp_path / "a.pkl", items_of(wanted[:3])),
             write_list(tmp_path / "b.pkl", items_of(wanted[3:]))]
    shares = [read(*paths, share=Share(k, 3)) for k in range(3)]
    assert [len(share) for share in shares] == [3, 2, 2]
    assert_same([e for share in shares for e in share], wanted)


def spoilt(item: Data, **changed) -> Data:
    return Data(**(item.__dict__ | changed))


def test_what_cannot_be_used_is_a_row_with_a_reason(wanted, tmp_path):
    (first, second, third), (other, *_) = items_of(wanted[:1]), items_of(wanted[1:2])
    nan = first.pos.clone()
    nan[2, 1] = torch.nan
    one_way = first.edge_index.flip(0)
    one_way[:, 0] = first.edge_index[:, 0]
    smiles = first.smiles
    items = [
        spoilt(first, pos=nan), spoilt(first, pos=first.pos[:-1]),
        spoilt(first, edge_index=one_way), spoilt(first, edge_type=first.edge_type + 1),
        spoilt(first, edge_index=first.edge_index + 1),
        spoilt(first, atom_type=first.atom_type.flip(0)), spoilt(first, rdmol=7),
        spoilt(first, boltzmannweight=torch.tensor([torch.inf])), spoilt(first, atom_type=None),
        spoilt(other, smiles=smiles), second, third,
        spoilt(first, smiles="C.CC"), spoilt(first, smiles=None), "text", {"smiles": smiles},
        spoilt(first, smiles="[NH4+]", rdmol=None),
    ]
    *rejected, last = read(write_list(tmp_path / "x.pkl", items))
    rows = [(r.molecule, r.conformer) for r in rejected if isinstance(r, Rejection)]
    reasons = [getattr(r, "reason", "") for r in rejected]
    assert rows[:10] == [(smiles, k) for k in range(10)]
    for reason, words in zip(reasons, (
            "coordinates of atom 3 are not finite", "shape (", "in both directions", "other bonds",
            "names atom", "other atoms", "not an RDKit Mol", "boltzmannweight is inf",
            "no tensor 'atom_type'", "reacted"), strict=False):
        assert words in reason and "of x.pkl" in reason
    ensemble = rejected[10]
    assert isinstance(ensemble, Ensemble) and ensemble.n_conformers == 2
    assert ("C.CC", None) in rows and "2 separate parts" in reasons[11]
    assert [r.molecule for r in rejected[12:]] == [f"item {k} of x.pkl" for k in (14, 15, 16)]
    assert "none of its 1 conformers" in last.reason
    assert OTHER not in {reason_kind(reason) for reason in (*reasons, last.reason) if reason}


def test_changed_stereo_is_left_out(ensembles, tmp_path):
    chosen = next(e for e in ensembles if "@" in e.molecule.smiles and e.n_conformers > 2)
    items = items_of([chosen])
    items[1] = spoilt(items[1], pos=items[1].pos * torch.tensor([1.0, 1.0, -1.0]))
    rejection, ensemble = read(write_list(tmp_path / "x.pkl", items))
    assert rejection.conformer == 1 and "other stereo" in rejection.reason
    assert ensemble.n_conformers == chosen.n_conformers - 1


class Call:
    def __reduce__(self):
        return os.system, ("touch harm",)


@pytest.mark.parametrize("spoil, words", [
    (lambda items: [*items, Call()], "system, which is none of the classes"),
    (lambda items: {"a": items}, "does not hold a list")])
def test_a_file_of_something_else_is_refused_and_nothing_of_it_is_run(
        wanted, spoil, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = write_list(tmp_path / "x.pkl", spoil(items_of(wanted[:1])))
    with pytest.raises(InputError, match=words):
        read(path)
    assert os.listdir(tmp_path) == ["x.pkl"]


def test_geoms_own_molecules_come_as_from_their_folder(data, make_folder, tmp_path):
    folder = data / "geom_real/rdkit_folder_rewrapped"
    chosen = [e for e in read_geom_rdkit_folder(GeomRdkitFolderReader(paths=(str(folder),)))
              if isinstance(e, Ensemble)][:3]
    assert len(chosen) == 3
    path = write_list(tmp_path / "test_data_200.pkl", items_of(chosen))
    assert_same(only_ensembles(read(path)), chosen)


@pytest.mark.parametrize("name", PICKLES)
def test_a_hostile_file_is_refused_and_nothing_of_it_is_run(name, tmp_path):
    flag = tmp_path / "flag"
    file = write(tmp_path / "files", flag)[name]
    for content in (file.read_bytes(), b"\x80\x04](" + file.read_bytes()[:-1] + b"e."):
        file.write_bytes(content)
        try:
            items = read(str(file))
        except InputError as error:
            assert file.name in str(error)
        else:
            assert all(isinstance(item, Rejection) for item in items)
    assert not flag.exists()


def test_a_cut_file_is_an_error(wanted, tmp_path):
    path = tmp_path / "x.pkl"
    write_list(path, items_of(wanted[:1]))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match="truncated or damaged"):
        read(str(path))
    with pytest.raises(InputError, match="FileNotFoundError"):
        read(str(tmp_path / "none.pkl"))
