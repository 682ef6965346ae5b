"""Augmentation beyond crops and flips: operations, mixing, erasing, and masked words."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from zooflow import Augment
from zooflow.cards import ImageInput, TextInput
from zooflow.data import Tokenizer, decode, feed
from zooflow.data.augment import SETS, augmentation, vary
from zooflow.data.mixing import draw, mix
from zooflow.data.operations import ALL, GREY, SHAPES, aug_mix, rand_augment
from zooflow.errors import BadRecipe
from zooflow.train.truth import Truth

INPUT = ImageInput(size=(16, 16), crop=1.0)


@pytest.fixture
def paths(tmp_path):
    pixels = np.random.default_rng(0).integers(256, size=(9, 16, 16, 3), dtype="uint8")
    made = tuple(tmp_path / f"{i}.png" for i in range(9))
    for path, each in zip(made, pixels, strict=True):
        Image.fromarray(each).save(path)
    return made


@pytest.fixture
def bert_tokenizer(tiny):
    return Tokenizer.from_folder(Path(tiny("bert")), TextInput(48))


def hashes(paths):
    return tuple(f"{i:064x}" for i in range(len(paths)))


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("operation", ALL)
def test_operations_keep_size_and_mode(operation, mode):
    slope = Image.fromarray(np.arange(256, dtype="uint8").reshape(16, 16)).convert(mode)
    for by in (-1.0, -0.3, 0.0, 0.3, 1.0):
        made = operation(slope, by)
        assert (made.size, made.mode) == (slope.size, mode)


def centre(image):
    """Say where the light of an image lies, from the middle: across and down, in pixels."""
    light = np.asarray(image, float)
    down, across = np.indices(light.shape) + 0.5 - len(light) / 2
    return np.array([(light * across).sum(), (light * down).sum()]) / light.sum()


def test_geometric_operations_move_what_they_say():
    spot = Image.new("L", (101, 101))
    spot.paste(255, (68, 48, 73, 53))  # 20 to the right of the middle
    moved = {}
    for operation in SHAPES[4:]:
        made = np.asarray(operation(spot, 0.2)).copy()
        made[made == GREY] = 0  # what was left bare
        moved[operation] = centre(made)
    turned, sheared, sheared_down, right, down = moved.values()
    angle = np.deg2rad(6)
    np.testing.assert_allclose(
        np.abs(turned), 20 * np.array([np.cos(angle), np.sin(angle)]), atol=0.2
    )
    np.testing.assert_allclose(sheared, (20, 0), atol=0.2)
    np.testing.assert_allclose(np.abs(sheared_down), (20, 0.06 * 20), atol=0.2)
    np.testing.assert_allclose(np.abs(right - (20, 0)), (0.09 * 101, 0), atol=0.2)
    np.testing.assert_allclose(np.abs(down - (20, 0)), (0, 0.09 * 101), atol=0.2)


def test_chains_vary_and_mixes_of_one_colour_stay_near_it():
    slope = Image.fromarray(np.arange(256, dtype="uint8").reshape(16, 16))
    chance = np.random.default_rng(0)
    assert len({rand_augment(slope, 2, 0.9, chance).tobytes() for _ in range(30)}) > 20
    assert len({aug_mix(slope, chance).tobytes() for _ in range(30)}) == 30
    flat = np.asarray(aug_mix(Image.new("RGB", (8, 8), (GREY, GREY, GREY)), chance)).astype(int)
    assert np.abs(flat - GREY).max() <= 32


def test_erasing_fills_a_patch_of_a_third_at_most_in_the_part_asked_for():
    grey = Image.new("RGB", (32, 32), (128, 128, 128))
    chance = np.random.default_rng(0)
    made = [np.asarray(vary(grey, Augment(erase=0.5), chance)) for _ in range(400)]
    parts = [np.mean((each != 128).any(axis=-1)) for each in made]
    assert 160 < sum(part > 0 for part in parts) < 240
    assert 0.25 < max(parts) < 0.36


def test_blended_images_and_labels_have_one_share(paths):
    given = feed(paths, INPUT, hashes(paths), augment=Augment(mixup=1.0), seed=3)
    plain = np.stack([decode(path, INPUT) for path in paths]).astype(float)
    indices = np.arange(18)
    others, shares = given.mixed(indices)
    own = plain[indices % 9]
    wanted = shares[:, None, None, None] * own + (1 - shares)[:, None, None, None] * plain[others]
    assert np.abs(given(indices) - wanted).max() <= 0.5 + 1e-4
    assert shares.std() > 0.2
    truth, weights = Truth(given, np.arange(9), np.arange(1, 10, dtype="float32"))(indices)
    np.testing.assert_allclose(truth.sum(axis=1), 1, rtol=1e-6)
    rows = np.arange(18)
    apart = others != indices % 9
    np.testing.assert_array_equal(truth[rows, others][apart], (1 - shares)[apart])
    np.testing.assert_allclose(weights, truth @ np.arange(1, 10), rtol=1e-6)


def test_pasted_patches_are_as_large_as_their_labels_share(paths):
    chance = np.random.default_rng(0)
    black, white = np.zeros((16, 24, 1), "uint8"), np.full((16, 24, 1), 255, "uint8")
    drawn = [draw(Augment(cutmix=1.0), 9, (16, 24), chance) for _ in range(200)]
    for how in drawn:
        assert mix(black, white, how).mean() / 255 == pytest.approx(1 - how.share)
    assert {how.other for how in drawn} == set(range(9))
    assert 0.4 < np.mean([how.share for how in drawn]) < 0.75
    both = [draw(Augment(mixup=0.4, cutmix=1.0), 9, (16, 24), chance) for _ in range(200)]
    assert 60 < sum(how.patch is None for how in both) < 140


def test_mixed_views_come_again_whatever_the_order_and_have_marks_of_their_own(paths):
    augment = Augment(crop=0.6, flip=True, mixup=0.4, cutmix=1.0, erase=0.3, operations=1)
    given = feed(paths, INPUT, hashes(paths), augment=augment)
    whole = given(np.arange(27))
    order = np.random.default_rng(0).permutation(27)
    np.testing.assert_array_equal(given(order), whole[order])
    np.testing.assert_array_equal(
        np.concatenate([images for _, images in given.in_order(order, 4)]), whole[order]
    )
    given.keep(3)
    np.testing.assert_array_equal(given(order), whole[order])
    still = feed(paths, INPUT, hashes(paths), augment=Augment(crop=0.6, flip=True))
    assert not {*given.marks(order)} & {*still.marks(order)}
    assert len({*given.marks(order)}) == 27


def test_masked_words_are_drawn_by_text_and_view_alone(bert_tokenizer):
    texts = tuple(["the", "parcel", "is", "late", "where", "my", "refund", "invoice"] * 4)
    plain = feed(texts, bert_tokenizer, hashes(texts))
    given = feed(texts, bert_tokenizer, hashes(texts), augment=Augment(drop=0.3), seed=1)
    indices = np.arange(3 * len(texts))
    tokens = given(indices)["input_ids"]
    truth = np.tile(plain(np.arange(len(texts)))["input_ids"], (3, 1))
    lost = tokens != truth
    words = ~np.isin(truth, bert_tokenizer.special)
    assert (tokens[lost] == bert_tokenizer.mask).all()
    assert not (lost & ~words).any()
    assert 0.15 < lost[words].mean() < 0.45
    order = np.random.default_rng(0).permutation(indices)
    np.testing.assert_array_equal(given(order)["input_ids"], tokens[order])
    assert len({*given.marks(indices)}) == len(indices)
    np.testing.assert_array_equal(given.lengths, plain.lengths)


@pytest.mark.parametrize("name", SETS)
def test_named_sets_suit_the_data(name):
    few, many = (augmentation(name, text=False, examples=count) for count in (100, 5000))
    words = augmentation(name, text=True, examples=100)
    assert (few is None) == (many is None) == (words is None) == (name == "none")
    if name != "none":
        assert words.drop > 0
        assert words == Augment(drop=words.drop)
        assert few.flip
        assert not few.mixes
        assert not few.drop
        assert many.mixes == (name == "strong")
        conv = augmentation(name, text=False, examples=5000, batch_norm=True)
        assert conv.mixup <= many.mixup


@pytest.mark.parametrize(
    "wrong",
    [{"strength": 2.0}, {"erase": -0.1}, {"mixup": -1.0}, {"drop": 1.0}, {"operations": -1}],
)
def test_numbers_out_of_range_are_refused(wrong):
    with pytest.raises(BadRecipe, match="augment's"):
        Augment(**wrong)
