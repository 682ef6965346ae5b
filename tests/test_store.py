import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from zooflow.errors import BadInput
from zooflow.store import room
from zooflow.store.arrays import Arrays
from zooflow.store.shards import Part

PARTS = (Part((None, 4), "float32"), Part((3,), "float32"))


pytestmark = pytest.mark.usefixtures("empty_store")


def name(number: int) -> bytes:
    return number.to_bytes(16, "little")


def arrays(numbers, longest=9):
    """Make features that tell by themselves whose they are."""
    tokens = np.arange(longest * 4, dtype="float32").reshape(1, longest, 4)
    numbers = np.asarray(numbers, "float32")
    return [tokens + 100 * numbers[:, None, None], np.repeat(numbers[:, None], 3, axis=1)]


def write(features, numbers, lengths):
    with features.writer() as writer:
        writer.add([name(i) for i in numbers], arrays(numbers), lengths)


def test_features_come_back_in_any_order_padded_with_zeros():
    features = Arrays("a", PARTS, "about")
    write(features, [1, 2, 3], [9, 2, 5])
    again = Arrays("a", PARTS, "about")
    tokens, vectors = again.read([name(3), name(2)], 6)
    whole = arrays([3, 2])[0]
    np.testing.assert_array_equal(tokens[0, :5], whole[0, :5])
    np.testing.assert_array_equal(tokens[1, :2], whole[1, :2])
    assert not tokens[0, 5:].any()
    assert not tokens[1, 2:].any()
    np.testing.assert_array_equal(vectors[:, 0], [3, 2])
    assert again.has([name(4), name(3)]).tolist() == [False, True]


@pytest.mark.parametrize(("dtype", "error"), [("float16", 5e-4), ("bfloat16", 4e-3)])
def test_short_types_are_as_exact_as_they_can_be(dtype, error):
    features = Arrays(dtype, [Part((50,), dtype)], "about")
    values = np.random.default_rng(0).normal(size=(7, 50)).astype("float32")
    with features.writer() as writer:
        writer.add([name(i) for i in range(7)], [values], np.ones(7, int))
    (read,) = features.read([name(i) for i in range(7)], 1)
    assert (np.abs(read - values) <= error * np.abs(values) + 1e-7).all()


@pytest.mark.parametrize("value", [1e6, 1e-6])
def test_what_float16_cannot_hold_is_refused(value):
    features = Arrays("wide", [Part((2,), "float16")], "about")
    with (
        pytest.raises(BadInput, match=rf"at most {value:.3g}, which float16".replace("+", r"\+")),
        features.writer() as writer,
    ):
        writer.add([name(0)], [np.array([[value, 0]])], [1])
    assert not Arrays("wide", [Part((2,), "float16")], "about").has([name(0)])[0]


@pytest.mark.parametrize("damage", ["no index", "short", "no records", "index cut"])
def test_a_torn_shard_is_not_read(damage, tmp_path):
    write(Arrays("a", PARTS, "about"), [1], [9])
    shard = next((tmp_path / "store" / "a").glob("*.bin"))
    if damage == "no index":
        shard.with_suffix(".index").unlink()
    elif damage == "short":
        shard.write_bytes(shard.read_bytes()[:-1])
    elif damage == "no records":
        shard.unlink()
    else:
        index = shard.with_suffix(".index")
        index.write_bytes(index.read_bytes()[:-7])
    features = Arrays("a", PARTS, "about")
    assert not features.has([name(1)])[0]
    write(features, [1], [9])
    assert features.has([name(1)])[0]


def test_an_abandoned_shard_goes_when_it_is_old(tmp_path):
    features = Arrays("a", PARTS, "about")
    write(features, [2], [9])
    left, fresh = (features.folder / f"{each}.bin" for each in ("left", "fresh"))
    left.touch()
    fresh.touch()
    os.utime(left, (0, 0))
    write(features, [1], [9])
    assert fresh.exists()
    assert not left.exists()


def test_many_small_shards_become_one(tmp_path):
    features, before = Arrays("a", PARTS, "about"), None
    for i in range(40):
        write(features, [i], [1 + i % 9])
        before = before or Arrays("a", PARTS, "about")
    assert len(list((tmp_path / "store" / "a").glob("*.bin"))) < 33
    for held in (features, Arrays("a", PARTS, "about")):
        tokens, vectors = held.read([name(i) for i in range(40)], 9)
        assert (vectors[:, 0] == np.arange(40)).all()
        np.testing.assert_array_equal(tokens[8], arrays([8])[0][0])
    assert before.read([name(0)], 9)[1][0, 0] == 0


def test_the_room_that_examples_lack_leaves_out_what_is_there():
    features = Arrays("a", PARTS, "about")
    write(features, [1, 2], [9, 2])
    marks, lengths = [name(i) for i in (1, 2, 3, 4)], np.array([9, 2, 5, 5])
    assert features.lack(marks, lengths) == 2 * (5 * 4 + 3) * 4


WRITER = """
import itertools, sys
from pathlib import Path
sys.path[:0] = [sys.argv[2]]
import test_store as tests
from zooflow.store import arrays, room, shards
room.cache_folder = lambda: Path(sys.argv[1])
shards.SHARD = 4000
features = arrays.Arrays("a", tests.PARTS, "about")
with features.writer() as writer:
    for i in itertools.count(int(sys.argv[3])):
        writer.add([tests.name(i)], tests.arrays([i]), [1 + i % 9])
        print(i, flush=True)
"""


@pytest.mark.parametrize("seed", range(3))
def test_two_writers_may_be_killed_at_any_moment(tmp_path, seed):
    command = [sys.executable, "-c", WRITER, str(tmp_path), str(Path(__file__).parent)]
    writers = [
        subprocess.Popen([*command, start], stdout=subprocess.PIPE, text=True)
        for start in ("0", "50")
    ]
    for each in writers:
        each.stdout.readline()
    time.sleep(np.random.default_rng(seed).uniform(0.05, 0.6))
    for each in writers:
        each.send_signal(signal.SIGKILL)
    done = [int(each.communicate()[0].split("\n")[-2]) for each in writers]
    features = Arrays("a", PARTS, "about")
    found = sorted(int.from_bytes(mark, "little") for mark in features.marks.tolist())
    assert len(found) > 20
    assert max(found) <= max(done) + 1
    for i in found:
        tokens, vectors = features.read([name(i)], 9)
        own = 1 + i % 9
        np.testing.assert_array_equal(tokens[0, :own], arrays([i])[0][0, :own])
        assert not tokens[0, own:].any()
        assert (vectors == i).all()


def test_the_set_unused_for_the_longest_time_makes_room(monkeypatch):
    for number, key in enumerate(("old", "new")):
        write(Arrays(key, PARTS, key), range(20), [9] * 20)
        os.utime(room.root() / key / "set.json", (1e9 + number, 1e9 + number))
    held = sum(each.bytes for each in room.stored())
    monkeypatch.setenv("ZOOFLOW_STORE_GB", str(held / 1e9))
    assert room.make_room(100)
    assert [each.about for each in room.stored()] == ["new"]
    assert [each.examples for each in room.stored()] == [20]
    assert not room.make_room(held + 1)
    assert room.stored()


def test_a_limit_that_is_no_number_is_refused(monkeypatch):
    monkeypatch.setenv("ZOOFLOW_STORE_GB", "lots")
    with pytest.raises(BadInput, match="ZOOFLOW_STORE_GB is 'lots'"):
        room.make_room(1)
