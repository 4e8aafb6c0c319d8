"""The thirty molecules of the property task: many conformers, none of them trained on."""

from collections import Counter

from pipeline_src.ensembles import Ensemble


def test_the_thirty_have_the_most_conformers_of_the_test_part(shipped, resources):
    folder = resources / "mini_qm9"
    names = (folder / "property.txt").read_text().split()
    counts = Counter({item.molecule.id: item.n_conformers
                      for item in shipped["mini_qm9/test.sdf.gz"] if isinstance(item, Ensemble)})
    assert names == sorted(counts, key=lambda name: (-counts[name], name))[:30]
    assert min(counts[name] for name in names) == 7
    trained = (folder / "train.txt").read_text() + (folder / "val.txt").read_text()
    assert not set(names) & set(trained.split())
