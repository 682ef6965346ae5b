"""Networks of images that transformers wrote: their configs, their processors and their towers."""

import dataclasses
import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from grown import grow
from PIL import Image

from zooflow import zoo
from zooflow.backbones.parts.positions import Resample
from zooflow.backbones.vit import arguments, config
from zooflow.checkpoints import save_safetensors
from zooflow.convert import drain
from zooflow.data.images import fit
from zooflow.errors import BadCheckpoint, BadInput, UnknownName
from zooflow.zoo.configs import card_from_folder
from zooflow.zoo.processors import DEFAULTS, image_input, processor_config

HERE = Path(__file__).parent
CASES = json.loads((HERE / "data" / "processors.json").read_text("utf-8"))
VITS = {
    name: golden["config"]
    for name, golden in json.loads((HERE / "golden" / "vit.json").read_text("utf-8")).items()
    if name.startswith("transformers-") and not name.endswith("-whole")
}
VIT = {
    "model_type": "vit",
    "hidden_size": 12,
    "num_hidden_layers": 1,
    "num_attention_heads": 3,
    "intermediate_size": 20,
    "image_size": 24,
    "patch_size": 8,
}
TEXT = {key: VIT[key] for key in VIT if key.startswith(("hidden", "num", "inter"))}
TEXT |= {"vocab_size": 9, "max_position_embeddings": 5}
CLIP = {"model_type": "clip", "vision_config": VIT, "text_config": TEXT, "projection_dim": 7}
SIGLIP = {"model_type": "siglip", "vision_config": VIT, "text_config": TEXT}


@pytest.fixture
def card(tmp_path):
    def of(config, tower="", **files):
        for name, content in {"config": config, **files}.items():
            (tmp_path / f"{name}.json").write_text(json.dumps(content), "utf-8")
        return card_from_folder(tmp_path, name="given", source="given", tower=tower)

    return of


@pytest.mark.parametrize("form", ["given", "written"])
@pytest.mark.parametrize("name", CASES)
def test_images_are_prepared_as_the_processor_prepares_them(name, form):
    input = image_input(CASES[name][form], "vit")
    for expected in CASES[name]["expected"]:
        height, width = expected["image"]
        draw = np.random.default_rng(height * 1000 + width)
        image = Image.fromarray(draw.integers(0, 256, (height, width, 3), dtype="uint8"))
        pixels = (np.asarray(fit(image, input)) / 255 - input.mean) / input.std
        assert list(pixels.shape) == expected["shape"]
        places = np.random.default_rng(0).integers(0, pixels.size, 8)
        np.testing.assert_allclose(pixels.ravel()[places], expected["values"], atol=1e-4)
        np.testing.assert_allclose(pixels.mean(), expected["mean"], atol=1e-4)


@pytest.mark.parametrize("name", CASES)
def test_a_processor_is_written_as_it_was_read(name):
    input = image_input(CASES[name]["given"], "vit")
    again = image_input(processor_config(input), "resnet")
    assert math.floor(again.size[0] / again.crop) == math.floor(input.size[0] / input.crop)
    assert dataclasses.replace(again, mean=input.mean, std=input.std, crop=input.crop) == input
    np.testing.assert_allclose(again.mean + again.std, input.mean + input.std)


def test_a_border_is_nothing_that_a_processor_puts():
    input = dataclasses.replace(image_input({}, "vit"), crop_mode="border")
    with pytest.raises(BadInput, match="no processor that crops images to 224 x 224 pixels by 'b"):
        processor_config(input)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"do_resize": False}, "sets do_resize to False, but all images of a batch"),
        ({"do_pad": True}, "sets do_pad to True, but"),
        ({"size": {"longest_edge": 9}}, "sets size to {'longest_edge': 9}, which gives images of"),
        ({"size": {"shortest_edge": 9}}, "sets size to {'shortest_edge': 9}, which gives"),
        ({"size": "big"}, "sets size to 'big', which are no pixels"),
        ({"size": [9, 0]}, "sets size to .*, which are no pixels"),
        ({"resample": 6}, "sets resample to 6, which is none of Pillow's filters"),
        ({"resample": "bicubic"}, "sets resample to 'bicubic'"),
        ({"crop_margin": 3}, "sets crop_margin to 3, which zooflow does not know of a ViTImageP"),
        ({"image_mean": [1, 2]}, "sets image_mean to .*, which is not three numbers"),
        (
            {"do_center_crop": True, "crop_size": 300},
            "sets crop_size to 300, of images of 224 x 224 pixels",
        ),
        (
            {"do_center_crop": True, "crop_size": {"height": 100, "width": 200}},
            "sets crop_size to .*, of images of 224 x 224 pixels",
        ),
        ({"image_processor_type": "SamImageProcessor"}, "prepared by 'SamImageProcessor', which"),
        (
            {"image_processor_type": "ConvNextImageProcessor", "size": {"height": 9, "width": 9}},
            "where a ConvNextImageProcessor has shortest_edge",
        ),
    ],
)
def test_what_a_processor_does_otherwise_is_refused_by_name(setting, message):
    with pytest.raises(BadCheckpoint, match=message):
        image_input(setting, "vit")


@pytest.mark.parametrize("suffix", ["ImageProcessor", "ImageProcessorFast", "FeatureExtractor"])
def test_processors_of_every_age_are_known(suffix):
    old = {"feature_extractor_type": f"DeiT{suffix}", "size": 256, "crop_size": 224}
    assert image_input(old, "vit") == image_input({}, "deit")


@pytest.mark.parametrize("name", DEFAULTS)
def test_the_defaults_of_every_processor_are_read(name):
    assert image_input({"image_processor_type": name}, "vit").size in ((224, 224), (384, 384))


def test_a_card_says_what_config_and_processor_say(card):
    processor = {"size": {"height": 24, "width": 24}, "image_mean": [0.1] * 3, "resample": 3}
    found = card(VIT, preprocessor_config=processor)
    assert (found.family, found.variant, found.spelling) == ("vit", "", "transformers")
    assert (found.input.size, found.input.mean) == ((24, 24), (0.1,) * 3)
    assert (found.input.interpolation, found.input.crop_mode) == ("bicubic", "squash")
    assert found.arguments["embed_dim"] == 12


def test_without_a_processor_images_have_the_size_of_the_config(card):
    assert card(VIT).input == dataclasses.replace(image_input({}, "vit"), size=(24, 24))
    assert card({**VIT, "image_size": [24, 16]}).input.size == (24, 16)
    assert card({"model_type": "vit"}).input.size == (224, 224)


def test_the_processor_of_images_and_texts_comes_first(card):
    both = {"image_processor": {"image_processor_type": "CLIPImageProcessor", "size": 30}}
    both["image_processor"]["crop_size"] = 24
    found = card(VIT, processor_config=both, preprocessor_config={"size": 16})
    assert found.input.size == (24, 24)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"pooler_act": "relu"}, "sets pooler_act to 'relu'; zooflow's vit takes 'tanh'"),
        ({"pooler_output_size": 7}, "pooler_output_size to 7; .* takes 12, as hidden_size"),
        ({"num_channels": 1}, "sets num_channels to 1; .* takes 3"),
        ({"patch_size": [8, 4]}, "sets patch_size to .*; .* two that are alike"),
        ({"image_size": "24"}, "sets image_size to '24'"),
        ({"qkv_bias": 1}, "sets qkv_bias to 1; .* true or false"),
        ({"hidden_act": "laplace"}, "sets hidden_act to 'laplace'"),
        ({"num_attention_heads": 5}, "which num_attention_heads, 5, does not divide"),
        ({"hidden_dropout_prob": 2}, "sets hidden_dropout_prob to 2"),
        ({"add_cross_attention": True}, "sets add_cross_attention to True"),
        ({"swirl": 1}, "sets swirl to 1, which zooflow's vit does not know"),
        ({"model_type": "dinov2", "intermediate_size": 9}, "sets intermediate_size to 9"),
        ({"model_type": "clip_vision_model", "qkv_bias": False}, "sets qkv_bias to False"),
        ({"model_type": "clip_vision_model", "dropout": 0.1}, "sets dropout to 0.1"),
        ({"model_type": "siglip_vision_model", "vision_use_head": 0}, "sets vision_use_head to 0"),
    ],
)
def test_a_setting_that_is_not_traced_is_refused_by_name(card, setting, message):
    with pytest.raises(BadCheckpoint, match=message):
        card(VIT | setting)


@pytest.mark.parametrize("name", VITS)
def test_a_config_is_written_as_it_was_read(name):
    found = arguments(VITS[name])
    written = config(found)
    size = VITS[name]["image_size"]
    again = arguments({"image_size": size, "architectures": VITS[name]["architectures"], **written})
    if "pooler" not in found:  # a vit_mae or vit_msn, which becomes a vit
        again.pop("pooler", None)
    assert again == found
    kept = {"vit_mae": "vit", "vit_msn": "vit"}
    assert written["model_type"] == kept.get(VITS[name]["model_type"], VITS[name]["model_type"])


@pytest.mark.parametrize(
    ("variant", "model_type"),
    [
        ("vit_base_patch16_224", "vit"),
        ("deit_tiny_distilled_patch16_224", "deit"),
        ("vit_base_patch14_dinov2", "dinov2"),
        ("vit_giant_patch14_dinov2", "dinov2"),
        ("vit_base_patch16_clip_224", "clip_vision_model"),
        ("vit_base_patch16_siglip_224", "siglip_vision_model"),
        ("vit_base_patch16_siglip_gap_224", "siglip_vision_model"),
    ],
)
def test_networks_of_timm_have_a_config_of_transformers(variant, model_type):
    assert config(zoo.family("vit").VARIANTS[variant])["model_type"] == model_type


@pytest.mark.parametrize(
    ("variant", "message"),
    [
        ("vit_base_patch14_reg4_dinov2", "has no dinov2 with no_embed_class True"),
        ("flexivit_base", "has no vit with no_embed_class True"),
        ("aimv2_1b_patch14_224", "has no siglip_vision_model with proj_bias False"),
        ("vit_base_patch16_xp_224", "has no clip_vision_model with qk_norm True"),
    ],
)
def test_networks_that_transformers_lacks_are_refused_by_name(variant, message):
    with pytest.raises(BadInput, match=message):
        config(zoo.family("vit").VARIANTS[variant])


@pytest.mark.parametrize(
    ("tower", "of", "family"),
    [
        ("", CLIP, "vit"),
        ("image", CLIP, "vit"),
        ("text", CLIP, "clip_text"),
        ("", SIGLIP, "vit"),
        ("text", SIGLIP, "siglip_text"),
        ("text", SIGLIP | {"model_type": "siglip2"}, "siglip_text"),
    ],
)
def test_a_tower_is_taken_out_of_a_whole(card, tower, of, family):
    assert card(of, tower=tower).family == family


def test_the_old_form_of_a_tower_s_config_comes_first(card):
    old = {**CLIP, "vision_config_dict": {**VIT, "num_hidden_layers": 3}, "text_config_dict": None}
    assert card(old).arguments["depth"] == 3


@pytest.mark.parametrize(
    ("config", "tower", "message"),
    [
        (VIT, "text", "a vit has no towers, and so no 'text' to load"),
        (VIT | {"model_type": "clip_vision_model"}, "text", "clip_vision_model has no towers"),
        (SIGLIP | {"model_type": "siglip2"}, "", "image tower of a siglip2 takes images of any"),
        (CLIP | {"swirl": 1}, "", "sets swirl to 1, which zooflow's clip does not know"),
        (CLIP | {"text_config": TEXT | {"swirl": 1}}, "text", "sets swirl to 1"),
        (CLIP | {"text_config": TEXT | {"eos_token_id": [1]}}, "text", "sets eos_token_id to"),
    ],
)
def test_a_tower_that_is_not_there_is_refused(card, config, tower, message):
    with pytest.raises(BadInput, match=message):
        card(config, tower=tower)


def test_texts_are_as_long_and_padded_as_the_tokenizer_says(card):
    pads = {"pad_token": "<pad>", "added_tokens_decoder": {"4": {"content": "<pad>"}}}
    found = card(SIGLIP, tower="text", tokenizer_config={**pads, "model_max_length": 3})
    assert found.input.length == 3
    assert found.arguments["pad_token_id"] == 4


@pytest.fixture
def whole(card, tmp_path):
    """Write a checkpoint that holds two towers, and give its folder and tensors."""

    def of(config, prefixes, extra=(), without="-"):
        tensors = {name: np.ones(1, "float32") for name in extra}
        for tower, prefix in prefixes.items():
            found = card(config, tower=tower)
            spelling, backbone = zoo.spelling(found), zoo.build(found)
            assert spelling
            for name, tensor in spelling.write(drain(backbone.whole)).items():
                place = name if "projection" in name else prefix + name
                if not re.match(without, place):
                    tensors[place] = grow(name, tensor.shape)
        save_safetensors(tensors, tmp_path / "model.safetensors")
        return str(tmp_path), tensors

    return of


@pytest.mark.heart
@pytest.mark.parametrize("config", [CLIP, SIGLIP])
def test_either_tower_loads_from_a_whole_and_goes_back_to_the_bit(whole, config):
    prefixes = {"": "vision_model.", "text": "text_model."}
    folder, tensors = whole(config, prefixes, ("logit_scale", "text_model.embeddings.position_ids"))
    for tower, prefix in {"": "vision_model.", "#text": "text_model."}.items():
        backbone = zoo.load(folder + tower)
        spelling = zoo.spelling(backbone.card)
        assert spelling
        back = spelling.write(drain(backbone.whole))
        assert len(back) > 20
        for name, tensor in back.items():
            assert (tensor == tensors[name if name in tensors else prefix + name]).all()


@pytest.mark.heart
@pytest.mark.parametrize(
    ("prefix", "without", "pooler"),
    [("", "-", True), ("", r"pooler\.", False), ("vit.", r"vit\.pooler\.", False)],
)
def test_a_pooler_is_traced_where_the_weights_hold_one(whole, prefix, without, pooler):
    extra = () if not prefix else ("classifier.weight", "vit.embeddings.mask_token")
    folder, _ = whole(VIT, {"": prefix}, extra, without)
    assert zoo.load(folder).card.arguments.get("pooler", False) is pooler


@pytest.mark.heart
@pytest.mark.parametrize("model_type", ["vit", "clip_vision_model", "dinov2"])
def test_positions_are_resampled_for_images_of_another_size(whole, model_type):
    config = VIT | {"model_type": model_type}
    del config["intermediate_size" if model_type == "dinov2" else "model_type"]
    folder, _ = whole(config | {"model_type": model_type}, {"": ""})
    assert zoo.load(folder, size=32).features.shape == (None, 17, 12)


@pytest.mark.heart
@pytest.mark.parametrize(
    ("antialias", "new", "expected"),
    [  # torch.nn.functional.interpolate(mode="bicubic") of sin(1.7 n)
        (False, (2, 5), "0.04669 0.86559 0.43767 -0.63798 -0.90453 0.81283 0.72247 -0.31085"),
        (False, (5, 2), "0.59605 -0.69878 0.68254 -0.75167 0.78677 -0.79948 0.78003 -0.73452"),
        (False, (1, 1), "0.07018"),
        (True, (2, 5), "0.12442 0.81626 0.34598 -0.61855 -0.85586 0.76084 0.69277 -0.22961"),
        (True, (5, 2), "0.45313 -0.41516 0.48733 -0.46108 0.53201 -0.52723 0.49269 -0.51014"),
        (True, (1, 1), "0.00131"),
    ],
)
def test_positions_are_resampled_as_torch_does(antialias, new, expected):
    table = np.sin(np.arange(12) * 1.7).reshape(1, 12, 1).astype("float32")
    table = np.concatenate([np.full((1, 2, 1), 9, "float32"), table], axis=1)
    found = np.asarray(Resample((3, 4), new, 2, antialias)(table))[0, :, 0]
    values = np.array(expected.split(), "float32")
    assert found.shape == (2 + new[0] * new[1],)
    np.testing.assert_allclose(found[: 2 + len(values)], [9, 9, *values], atol=2e-5)


def test_a_model_type_that_nobody_traces_suggests_near_ones(card):
    with pytest.raises(UnknownName, match="no model type named 'dinov4'"):
        card({"model_type": "dinov4"})
