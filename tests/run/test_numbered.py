"""Numbered paths as few words: any list comes back as it was."""

import subprocess

import pytest

from pipeline_src.run.numbered import fold, unfold

SHARDS = [f"results/samples/smoke3/rdkit-93951f08/seed2021/shard{k}.parquet" for k in range(5000)]


@pytest.mark.parametrize("paths, words", [
    (SHARDS, ["results/samples/smoke3/rdkit-93951f08/seed2021/shard{0..4999}.parquet"]),
    ([f"chunks/{k:03d}.csv" for k in range(120)], ["chunks/{000..119}.csv"]),
    (["s098", "s099", "s100", "s101"], ["s{098..101}"]),
    (["s9", "s09", "s10"], ["s9", "s{09..10}"]),
    (["s998", "s999", "s1000"], ["s{998..1000}"]),
    (["s2", "s1", "s3", "s4", "t5"], ["s2", "s1", "s{3..4}", "t5"]),
    (["a/seed1/x.csv", "a/seed2/x.csv"], ["a/seed{1..2}/x.csv"]),
    (["same1", "same1"], ["same1", "same1"]),
    (["folder"], ["folder"]),
    ([], []),
])
def test_paths_are_folded_and_come_back(paths, words):
    assert fold(paths) == words
    assert unfold(words) == paths


def test_the_words_are_what_bash_takes_them_for():
    words = fold(["s1", *(f"c/{k:02d}.csv" for k in range(8, 13)), *(f"p{k}" for k in range(9))])
    said = subprocess.run(["bash", "-c", f"echo {' '.join(words)}"], capture_output=True,
                          text=True, check=True).stdout
    assert said.split() == unfold(words)


def test_what_is_not_folded_fits_no_command():
    with pytest.raises(OSError, match="Argument list too long"):
        subprocess.run(["bash", "-c", f": {' '.join(SHARDS)}"], check=True)
    subprocess.run(["bash", "-c", f": {' '.join(fold(SHARDS))}"], check=True)
