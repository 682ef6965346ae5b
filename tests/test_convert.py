import keras
import numpy as np
import pytest
from keras import layers

from zooflow.backbones.parts import Parameter, batch_norm, conv
from zooflow.convert import drain, pour, respell
from zooflow.errors import CheckpointMismatch

pytestmark = pytest.mark.heart


@pytest.fixture
def model() -> keras.Model:
    x = inputs = keras.Input((8, 8, 3))
    x = batch_norm(conv(x, 4, 3, name="stem-conv"), name="stem-bn")
    x = conv(x, 4, 3, groups=4, name="stem-depthwise")
    x = layers.Reshape((64, 4))(x)
    x = layers.Add()([x, Parameter((1, 64, 4), name="pos_embed")(x)])
    return keras.Model(inputs, layers.Dense(2, name="head-fc")(x))


def tensors(model: keras.Model) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(0)
    return {name: draw.random(t.shape, "float32") for name, t in drain(model).items()}


def test_tensors_bear_the_names_and_shapes_of_pytorch(model):
    assert {name: tensor.shape for name, tensor in drain(model).items()} == {
        "stem.conv.weight": (4, 3, 3, 3),
        "stem.bn.weight": (4,),
        "stem.bn.bias": (4,),
        "stem.bn.running_mean": (4,),
        "stem.bn.running_var": (4,),
        "stem.depthwise.weight": (4, 1, 3, 3),
        "pos_embed": (1, 64, 4),
        "head.fc.weight": (2, 4),
        "head.fc.bias": (2,),
    }


def test_draining_gives_back_what_was_poured_to_the_bit(model):
    given = tensors(model)
    pour(given, model)
    taken = drain(model)
    assert taken.keys() == given.keys()
    assert all((taken[name] == given[name]).all() for name in given)


def test_foreign_names_and_spare_tensors_are_taken_by_rule(model):
    given = {f"net.{name}": tensor for name, tensor in tensors(model).items()}
    given["net.counter"] = np.zeros(1)
    pour(given, model, skip="counter", rules=((r"^net\.", ""),))
    assert (drain(model)["head.fc.bias"] == given["net.head.fc.bias"]).all()
    assert respell("a.b.c", ((r"^a\.", "x."), ("b", "y"))) == "x.y.c"


def test_a_mismatch_shows_both_sides_and_changes_nothing(model):
    before = drain(model)
    given = tensors(model)
    del given["stem.bn.bias"], given["head.fc.weight"]
    given["head.fc.wait"] = np.zeros(1)
    with pytest.raises(CheckpointMismatch) as raised:
        pour(given, model)
    assert str(raised.value) == (
        "the checkpoint does not fit the model: 2 missing (head.fc.weight, stem.bn.bias), "
        "1 left over (head.fc.wait)"
    )
    assert raised.value.hint
    after = drain(model)
    assert all((after[name] == before[name]).all() for name in before)


def test_a_wrong_shape_is_named_with_the_right_one(model):
    given = tensors(model)
    given["head.fc.weight"] = np.zeros((3, 4), "float32")
    with pytest.raises(CheckpointMismatch, match=r"head.fc.weight is \(3, 4\), not \(2, 4\)"):
        pour(given, model)


def test_half_precision_tensors_are_widened(model):
    given = {name: tensor.astype("float16") for name, tensor in tensors(model).items()}
    pour(given, model)
    assert (drain(model)["pos_embed"] == given["pos_embed"].astype("float32")).all()
