"""What another library spells otherwise is read and written back, names, groupings and shapes."""

import json
from pathlib import Path

import numpy as np
import pytest

from zooflow.convert import drain
from zooflow.spelling import Regrouped, Spelling
from zooflow.zoo import build, spelling
from zooflow.zoo.configs import card_from_folder

GOLDENS = Path(__file__).parent / "golden"
PARTS = ("query", "key", "value")
QKV = tuple((f"layer.#.{part}", "blocks.#.qkv") for part in PARTS)
SPLIT = (("pool.in", "pool.q"), ("pool.in", "pool.kv"), ("pool.in", "pool.kv"))


def tensors(*shapes: tuple[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(0)
    return {name: draw.random(shape, "float32") for name, shape in shapes}


class Unreadable(dict):
    """A checkpoint whose tensors know their shapes, and must not be read."""

    def shape(self, name):
        return super().__getitem__(name).shape

    def __getitem__(self, name):
        raise AssertionError(f"{name} was read")


def same(found, expected):
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        np.testing.assert_array_equal(found[name], tensor)


@pytest.mark.parametrize(
    ("pair", "theirs", "ours"),
    [
        (("norm", "n"), "a.norm.weight", "a.n.weight"),
        (("norm", "n"), "a.norm1.weight", "a.norm1.weight"),
        (("norm", "n"), "a.layernorm.weight", "a.layernorm.weight"),
        (("norm", "n"), "norm", "n"),
        (("^norm", "^n"), "norm.weight", "n.weight"),
        (("^norm", "^n"), "a.norm.weight", "a.norm.weight"),
        (("^a.b", "^c"), "a.b.weight", "c.weight"),
        (("layer.#", "blocks.#"), "layer.12.weight", "blocks.12.weight"),
        (("stages.#.#", "s.#.b.#"), "stages.3.14.weight", "s.3.b.14.weight"),
        (("layer.#.out", "blocks.#.proj"), "layer.2.in.weight", "layer.2.in.weight"),
    ],
)
def test_a_piece_of_a_name_is_replaced_both_ways(pair, theirs, ours):
    spelled = Spelling(names=(pair,))
    tensor = np.zeros((2, 3))
    assert list(spelled.read({theirs: tensor})) == [ours]
    assert list(spelled.write({ours: tensor})) == [theirs]


def test_names_are_replaced_in_turn_and_back_in_the_other_order():
    spelled = Spelling(names=(("layer.#", "blocks.#"), ("blocks.#.out", "blocks.#.proj")))
    assert list(spelled.read({"layer.1.out.bias": np.zeros(1)})) == ["blocks.1.proj.bias"]
    assert list(spelled.write({"blocks.1.proj.bias": np.zeros(1)})) == ["layer.1.out.bias"]


def test_three_of_theirs_are_one_of_ours_and_the_other_way_round():
    theirs = tensors(*((f"layer.{i}.{part}.weight", (2, 5)) for i in (0, 10) for part in PARTS))
    spelled = Spelling(stacks=(QKV,))
    ours = spelled.read(theirs)
    assert set(ours) == {"blocks.0.qkv.weight", "blocks.10.qkv.weight"}
    parts = [theirs[f"layer.10.{part}.weight"] for part in PARTS]
    np.testing.assert_array_equal(ours["blocks.10.qkv.weight"], np.concatenate(parts))
    same(spelled.write(dict(ours)), theirs)


def test_one_of_theirs_is_two_of_ours_of_unequal_parts():
    theirs = tensors(("pool.in.weight", (6, 2)), ("pool.in.bias", (6,)))
    spelled = Spelling(stacks=(SPLIT,))
    ours = spelled.read(theirs)
    np.testing.assert_array_equal(ours["pool.q.weight"], theirs["pool.in.weight"][:2])
    np.testing.assert_array_equal(ours["pool.kv.weight"], theirs["pool.in.weight"][2:])
    np.testing.assert_array_equal(ours["pool.kv.bias"], theirs["pool.in.bias"][2:])
    same(spelled.write(dict(ours)), theirs)


def test_axes_of_length_1_are_left_out_and_put_in_front():
    spelled = Spelling(squeezed=("token",), raised=(("scale", 4),))
    ours = tensors(("token", (1, 1, 5)), ("scale", (3,)), ("other", (1, 2)))
    written = spelled.write(ours)
    assert [written[name].shape for name in ours] == [(5,), (1, 1, 1, 3), (1, 2)]
    assert spelled.squeezes("a.token")
    assert spelled.squeezes("scale")
    assert not spelled.squeezes("other")


def test_a_spelling_that_says_nothing_changes_nothing():
    theirs = tensors(("a.b", (2, 3)), ("c", (1,)))
    same(Spelling().read(theirs), theirs)
    same(Spelling().write(theirs), theirs)


def test_shapes_are_known_without_reading():
    theirs = Unreadable(
        tensors(
            *((f"layer.0.{part}.weight", (2, 5)) for part in PARTS),
            ("pool.in.weight", (6, 2)),
            ("rest", (7,)),
        )
    )
    ours = Spelling(names=(("rest", "left"),), stacks=(QKV, SPLIT)).read(theirs)
    shapes = {name: ours.shape(name) for name in ours}
    assert shapes == {
        "blocks.0.qkv.weight": (6, 5),
        "pool.q.weight": (2, 2),
        "pool.kv.weight": (4, 2),
        "left": (7,),
    }


def test_tensors_are_read_one_by_one_when_asked_for():
    read = []

    class Counted(dict):
        def __getitem__(self, name):
            read.append(name)
            return super().__getitem__(name)

    theirs = Counted(tensors(("a", (2,)), ("b", (3,))))
    ours = Regrouped(theirs, {"x": "a", "y": "b"})
    assert len(ours) == 2
    assert read == []
    assert ours["y"].shape == (3,)
    assert read == ["b"]


FOREIGN = [
    pytest.param(golden["config"], id=name)
    for file in sorted(GOLDENS.glob("*.json"))
    for name, golden in json.loads(file.read_text("utf-8")).items()
    if name.startswith("transformers-") and "config" in golden
]


@pytest.mark.parametrize("config", FOREIGN)
def test_networks_of_transformers_are_written_and_read_to_the_bit(config, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(config), "utf-8")
    card = card_from_folder(tmp_path, name="given", source="given")
    ours = drain(build(card).whole)
    spelled = spelling(card)
    assert spelled
    theirs = spelled.write(ours)
    again = spelled.read(theirs)
    assert set(again) == set(ours)
    for name, tensor in ours.items():
        np.testing.assert_array_equal(again[name].reshape(tensor.shape), tensor)
        if not spelled.squeezes(name):
            assert again.shape(name) == tensor.shape
