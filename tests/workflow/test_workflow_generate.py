"""Own molecules: SMILES in, SDF out, with the stages the smoke experiment trained."""

import csv
import time

import pytest
from rdkit import Chem

GOOD = {"ethanol": "CCO", "acetone": "CC(C)=O", "benzene": "c1ccccc1", "propene": "CC=C",
        "dimethylamine": "CNC", "acetate": "CC(=O)[O-]", "furan": "c1ccoc1", "nitromethane":
        "C[N+](=O)[O-]"}
BAD = {"open": "C1CC(", "salt": "CC(=O)[O-].[Na+]"}
KEYS = ("conformers=2", "experiment=smoke")


@pytest.fixture(scope="module")
def generated(smoke, tmp_path_factory):
    """Copies of the smoke run after generating with a trained chain and with RDKit."""
    project = smoke[0].another(tmp_path_factory.mktemp("generate") / "project")
    lines = [f"{smiles} {name}" for name, smiles in {**GOOD, **BAD}.items()]
    (project.folder / "my mols.smi").write_text("\n".join(lines) + "\n")
    planned = project.rules("generate", "--config", "smiles=my mols.smi", *KEYS,
                            "chain=geodiff-msgen2")
    for chain in ("geodiff-msgen2", "rdkit"):
        project.run("generate", "--config", "smiles=my mols.smi", *KEYS, f"chain={chain}")
    return project, planned


@pytest.mark.parametrize("chain", ["geodiff-msgen2", "rdkit"])
def test_sdf_holds_the_molecules_as_their_smiles_say(generated, chain):
    file, = generated[0].files(f"results/generate/*/{chain}.sdf")
    found = {}
    for record in Chem.SDMolSupplier(str(file), removeHs=False):
        assert record.GetConformer().Is3D() and Chem.AddHs(record).GetNumAtoms() == \
            record.GetNumAtoms()
        smiles = Chem.MolToSmiles(Chem.RemoveHs(record), isomericSmiles=False)
        found.setdefault(record.GetProp("_Name"), []).append(smiles)
    assert found == {name: [Chem.CanonSmiles(smiles)] * 2 for name, smiles in GOOD.items()}


@pytest.mark.parametrize("chain", ["geodiff-msgen2", "rdkit"])
def test_what_could_not_be_done_is_listed_with_its_reason(generated, chain):
    file, = generated[0].files(f"results/generate/*/{chain}-rejected.csv")
    with open(file, newline="", encoding="utf-8") as table:
        rows = {row["molecule"]: row["reason"] for row in csv.DictReader(table)}
    assert set(rows) == set(BAD)
    assert "not a valid SMILES" in rows["open"] and "2 separate parts" in rows["salt"]


def test_trained_stages_are_taken_not_trained_again(generated):
    assert generated[1] == {"import_ensembles": 1, "split_dataset": 1, "extract_hierarchy": 1,
                            "sample_stage": 2, "export_generated": 1, "generate": 1}


def test_without_molecules_it_says_what_to_give(shared):
    done = shared.attempt("--cores", "1", "generate")
    assert done.returncode != 0 and "--config smiles=molecules.smi" in done.stdout


@pytest.mark.parametrize("given, words", [
    (("smiles=nosuch.smi",), ("--config smiles", "nosuch.smi", "a text file")),
    (("smiles=config/chains.yaml", "chain=nosuch"), ("--config chain", "nosuch", "geodiff-msgen2")),
    # it starts from references, which bare SMILES do not have
    (("smiles=config/chains.yaml", "chain=oracle-msgen2"), ("--config chain", "oracle-msgen2")),
    (("smiles=config/chains.yaml", "experiment=nosuch"), ("--config experiment", "nosuch", "demo")),
    (("smile=config/chains.yaml",), ("--config", "smile", "smiles")),
    (("smiles=config/chains.yaml", "conformers=0"), ("--config conformers", "1 or more")),
    (("smiles=config/chains.yaml", "conformers=many"), ("--config conformers", "many")),
])
def test_wrong_keys_and_values_are_one_sentence(shared, given, words):
    started = time.monotonic()
    done = shared.attempt("--cores", "2", "generate", "--config", *given)
    assert time.monotonic() - started < 10
    assert done.returncode != 0 and "Traceback" not in done.stdout
    assert not [word for word in words if word not in done.stdout], done.stdout
