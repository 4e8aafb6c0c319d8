"""Long pickled lists item by item: the same items as pickle gives, in little memory."""

import pickle
import pickletools
import random
import tracemalloc

import pytest

from pipeline_src.chem.base import Refused
from pipeline_src.chem.readers.pickled_list import PickledList
from pipeline_src.chem.readers.unpickling import PLAIN


def items_of(n: int) -> list:
    """Items that share texts, lists and byte strings with their neighbours and with the first."""
    common, items = [1, 2.5, None, b"x" * 300], []
    for k in range(n):
        near = items[k - k % 3]["near"] if k % 3 else [f"{k}"]
        items.append({"name": f"smiles {k // 5}", "common": common if k % 7 == 0 else [common[:k]],
                      "near": near, "again": (near, near), "list": [[k], []], "k": k})
    return items


def opened(path, content: bytes) -> PickledList:
    path.write_bytes(content)
    return PickledList(path, PLAIN)


WRITERS = {**{str(p): (lambda items, p=p: pickle.dumps(items, p)) for p in (2, 3, 4, 5)},
           "Python": lambda items: pickle._dumps(items, 4),
           "optimized 3": lambda items: pickletools.optimize(pickle.dumps(items, 3)),
           "optimized 4": lambda items: pickletools.optimize(pickle.dumps(items, 4))}


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("n", [0, 1, 2, 999, 1000, 1001, 2001])
def test_items_come_as_pickled_in_order_and_again_in_any_order(n, writer, tmp_path):
    items = items_of(n)
    listed = opened(tmp_path / "x.pkl", WRITERS[writer](items))
    assert list(listed.scan()) == items and len(listed) == n
    places = random.Random(1).sample(range(n), min(n, 60))
    assert [listed.item(k) for k in places] == [items[k] for k in places]


def test_of_the_list_little_is_in_memory(tmp_path):
    rng = random.Random(2)
    path = tmp_path / "x.pkl"
    path.write_bytes(pickle.dumps(
        [{"positions": rng.randbytes(2000), "tuple": (k, [k])} for k in range(20_000)], 3))
    listed = PickledList(path, PLAIN)
    tracemalloc.start()
    try:
        assert sum(item["tuple"][0] for item in listed.scan()) == sum(range(20_000))
        assert listed.item(19_999)["tuple"] == (19_999, [19_999])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 0.2 * path.stat().st_size


@pytest.mark.parametrize("content, words", [
    (pickle.dumps({"a": 1}, 3), "not hold a list"), (b"", "damaged"), (b"]", "damaged"),
    (pickle.dumps([1, 2, 3], 3)[:-2], "damaged"),
    (pickle.dumps([print], 3), "builtins.print"), (b"\x80\x03](h\x07e.", "no item holds"),
    (b"\x80\x03]K\x01.", "not hold a list"), (b"\x80\x03]q\x00\x88.", "not hold a list"),
    (b"\x80\x03](X\xff\xff\xff\x7fe.", "damaged"), (b"\x80\x04](\x82\x01e.", "damaged"),
    (b"\x80\x03](Px\ne.", "damaged"), (b"\x80\x03](ee.", "damaged"), (b"\x80\x03a.", "damaged"),
])
def test_what_is_no_list_of_plain_items_is_refused(content, words, tmp_path):
    with pytest.raises(Refused, match=words):
        list(opened(tmp_path / "x.pkl", content).scan())
