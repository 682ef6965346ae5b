"""EVA and BEiT: what transformers says of them and back, and positions of other sizes."""

import keras
import numpy as np
import pytest

from zooflow.backbones.parts.rope import Rope, Rotate
from zooflow.backbones.parts.token_bias import TokenBias, resized
from zooflow.errors import BadCheckpoint, BadInput
from zooflow.zoo.families import family

DINO = {"model_type": "dinov3_vit", "hidden_size": 48, "num_attention_heads": 3}
BEIT = {"model_type": "beit", "hidden_size": 48, "num_attention_heads": 3}


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        ("eva", DINO),
        ("eva", DINO | {"use_gated_mlp": True, "hidden_act": "silu", "intermediate_size": 100}),
        ("eva", DINO | {"key_bias": True, "num_register_tokens": 4, "rope_theta": 50.0}),
        ("eva", DINO | {"query_bias": False, "value_bias": False, "layer_norm_eps": 1e-3}),
        ("beit", BEIT),
        ("beit", BEIT | {"use_relative_position_bias": True, "intermediate_size": 31}),
        ("beit", BEIT | {"use_mean_pooling": False, "layer_scale_init_value": 0.0}),
    ],
)
def test_a_config_of_transformers_comes_back(kind, config):
    module = family(kind)
    arguments = module.arguments(config)
    written = module.config(arguments)
    assert {key: written[key] for key in config} == config
    assert module.arguments(written) == arguments


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        ("eva", DINO | {"hidden_act": "relu"}),
        ("eva", DINO | {"query_bias": False}),
        ("eva", DINO | {"proj_bias": False}),
        ("eva", DINO | {"num_attention_heads": 5}),
        ("beit", BEIT | {"hidden_act": "sine"}),
        ("beit", BEIT | {"patch_size": [16, 8]}),
    ],
)
def test_what_is_not_traced_is_refused(kind, config):
    with pytest.raises(BadCheckpoint):
        family(kind).arguments(config)


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [("eva", {}), ("beit", {"swiglu_mlp": True}), ("beit", {"qkv_bias": False})],
)
def test_what_transformers_lacks_is_not_written(kind, arguments):
    with pytest.raises(BadInput, match="transformers has no"):
        family(kind).config(arguments)


@pytest.mark.parametrize(
    "settings",
    [{"kind": "mixed", "half": True}, {"kind": "mrope", "indexing": "xy"}, {"indexing": "yx"}],
)
def test_rotary_positions_that_mean_nothing_are_refused(settings):
    with pytest.raises(BadInput):
        Rope(**{"kind": "cat", "grid": (2, 2), **settings})


@pytest.mark.parametrize("kind", ["cat", "dinov3", "mrope"])
@pytest.mark.parametrize("half", [False, True])
def test_turning_keeps_lengths_and_what_comes_before_the_patches(kind, half):
    draw = np.random.default_rng(0)
    q, k = draw.normal(size=(2, 1, 8, 32)).astype("float32")
    rotate = Rotate(Rope(kind, (2, 3), half=half, section=(1, 2, 2)), 2, 2)
    rotate = Rotate.from_config(rotate.get_config())
    turned, _ = (keras.ops.convert_to_numpy(y).reshape(1, 8, 32) for y in rotate(q, k))
    np.testing.assert_array_equal(turned[:, :2], q[:, :2])
    assert not np.allclose(turned[:, -1], q[:, -1])
    lengths = (np.linalg.norm(y.reshape(1, 8, 2, 16), axis=-1) for y in (turned, q))
    np.testing.assert_allclose(*lengths, rtol=1e-5)


def test_relative_positions_are_resampled_and_those_of_the_token_kept():
    x = keras.Input((48, 80, 3))
    tokens = keras.layers.Reshape((-1, 16 * 16 * 3))(x)
    model = keras.Model(x, TokenBias((3, 5), 2, name="a-table")(tokens))
    old = np.arange(2 * (7 * 7 + 3), dtype="float32").reshape(-1, 2)
    old[:49] = 7.0
    new = resized({"a.table": old}, model, (64, 64))["a.table"]
    assert new.shape == (5 * 9 + 3, 2)
    np.testing.assert_allclose(new[:45], 7.0, rtol=1e-6)
    np.testing.assert_array_equal(new[45:], old[49:])
    assert resized({"a.table": new}, model, (48, 80)) == {}
