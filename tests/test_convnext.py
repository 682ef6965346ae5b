"""What a ConvNeXt's checkpoint may lack, and what transformers' config of one may say."""

import numpy as np
import pytest
from grown import grow

from zooflow.cards import Card, ImageInput
from zooflow.convert import drain, pour
from zooflow.errors import BadCheckpoint, BadInput, CheckpointMismatch
from zooflow.zoo import build
from zooflow.zoo.families import family

KIND = family("convnext")


@pytest.fixture
def built():
    card = Card("x", "x", "convnext", "test_convnext2", "", input=ImageInput(size=(32, 32)))
    model = build(card).whole
    return model, {name: grow(name, tensor.shape) for name, tensor in drain(model).items()}


def test_a_masked_autoencoder_without_any_head_keeps_a_plain_norm(built):
    model, tensors = built
    headless = {name: tensor for name, tensor in tensors.items() if not name.startswith("head.")}
    pour(headless, model, skip=KIND.SKIP, fresh=KIND.FRESH)
    found = drain(model)
    assert np.array_equal(found["head.norm.weight"], np.ones(128))
    assert np.array_equal(found["stem.0.weight"], tensors["stem.0.weight"])


@pytest.mark.parametrize("missing", ["head.norm.bias", "stem.0.bias"])
def test_a_checkpoint_that_lacks_a_part_is_refused(built, missing):
    model, tensors = built
    del tensors[missing]
    with pytest.raises(CheckpointMismatch, match=missing):
        pour(tensors, model, skip=KIND.SKIP, fresh=KIND.FRESH)


@pytest.mark.parametrize(
    "odd",
    [
        {"patch_size": 2},
        {"patch_size": [4, 8]},
        {"num_channels": 1},
        {"hidden_act": "snake"},
        {"num_stages": 3},
        {"num_stages": 5},
        {"layer_norm_eps": 0},
        {"use_rope": True},
    ],
)
def test_a_setting_that_is_not_traced_is_refused(odd):
    with pytest.raises(BadCheckpoint, match=next(iter(odd))):
        KIND.arguments({"model_type": "convnext", **odd})


@pytest.mark.parametrize(
    "odd",
    [
        {"stem_type": "overlap"},
        {"kernel_sizes": (7, 5, 5, 3)},
        {"norm_eps": 1e-5},
        {"head_hidden_size": 8},
        {"use_grn": True, "ls_init_value": 1e-6},
        {"patch_size": 2},
    ],
)
def test_a_network_that_transformers_lacks_is_not_written(odd):
    with pytest.raises(BadInput, match="transformers has no convnext"):
        KIND.config(odd)


@pytest.mark.parametrize("name", ["convnext_nano", "convnext_tiny", "convnextv2_atto"])
def test_a_plain_one_is_written_and_read_again(name):
    numbers = KIND.VARIANTS[name]
    found = KIND.arguments(KIND.config(numbers))
    assert found["depths"] == numbers["depths"]
    assert found["dims"] == numbers["dims"]
    assert found["ls_init_value"] == numbers.get("ls_init_value", 1e-6)
