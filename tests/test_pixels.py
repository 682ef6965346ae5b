import hashlib

import numpy as np
import pytest
from PIL import Image

from zooflow.cards import ImageInput
from zooflow.data import Augment, ImageFolder, Pixels, decode, feed, images, pixels
from zooflow.data.verify import examine
from zooflow.errors import BadData, BadRecipe
from zooflow.store import room

INPUT = ImageInput((16, 16), crop=1.0)
VARIED = Augment(crop=0.3, flip=True, color=0.3)

pytestmark = pytest.mark.usefixtures("empty_store")


@pytest.fixture
def paths(tmp_path):
    made = []
    for i in range(9):
        noise = np.random.default_rng(i).integers(0, 256, (30, 40, 3), dtype="uint8")
        made.append(tmp_path / f"{i}.png")
        Image.fromarray(noise).save(made[-1])
    return tuple(made)


def hashes(paths):
    return tuple(hashlib.sha256(path.read_bytes()).hexdigest() for path in paths)


@pytest.fixture
def decoded(monkeypatch):
    """Write down what is decoded."""
    seen = []

    def watched(path, *rest):
        seen.append(path)
        return decode(path, *rest)

    monkeypatch.setattr(pixels, "decode", watched)
    return seen


def test_what_was_looked_at_is_not_decoded_again(paths, decoded):
    seen = examine(paths, Pixels(INPUT))
    assert [mark for mark, _ in seen] == list(hashes(paths))
    assert decoded == list(paths)
    given = feed(paths, INPUT, hashes(paths))
    np.testing.assert_array_equal(
        given(np.array([4, 1])), [decode(paths[i], INPUT) for i in (4, 1)]
    )
    batches = list(given.in_order(np.arange(9), 4))
    assert [len(some) for some, _ in batches] == [4, 4, 1]
    whole = np.concatenate([each for _, each in batches])
    np.testing.assert_array_equal(whole, [decode(path, INPUT) for path in paths])
    assert examine(paths, Pixels(INPUT)) == seen
    assert len(decoded) == 9


def test_a_changed_file_is_decoded_anew(paths, decoded):
    examine(paths, Pixels(INPUT))
    Image.new("RGB", (30, 30), "red").save(paths[3])
    examine(paths, Pixels(INPUT))
    assert decoded[9:] == [paths[3]]
    assert (feed(paths, INPUT, hashes(paths))(np.array([3]))[0, 0, 0] == (255, 0, 0)).all()


def test_images_without_hashes_are_decoded_and_not_kept(paths, decoded, empty_store):
    given = feed(paths, INPUT)
    for _ in range(2):
        given(np.arange(9))
    assert len(decoded) == 18
    assert not empty_store.exists()


@pytest.mark.parametrize("room", ["20", "0"])
def test_bad_images_are_told_with_and_without_room(paths, monkeypatch, room):
    monkeypatch.setenv("ZOOFLOW_STORE_GB", room)
    paths[2].write_bytes(b"no image")
    paths[5].unlink()
    seen = examine(paths, Pixels(INPUT))
    assert [i for i, (_, why) in enumerate(seen) if why] == [2, 5]
    assert seen[2][1] == f"{paths[2]} is not an image"
    assert "cannot be read" in seen[5][1]


def test_a_folder_that_is_opened_twice_is_decoded_once(paths, decoded, tmp_path):
    for i, path in enumerate(paths[:8]):
        folder = tmp_path / "data" / ("a" if i % 2 else "b")
        folder.mkdir(parents=True, exist_ok=True)
        path.rename(folder / path.name)
    data = ImageFolder(str(tmp_path / "data"))
    one, two = (data.open(0, pixels=Pixels(INPUT)) for _ in range(2))
    assert one.digest == two.digest == data.open(0).digest
    assert len(decoded) == 8


def test_views_differ_and_come_again_whatever_the_order(paths):
    given = feed(paths, INPUT, hashes(paths), augment=VARIED)
    whole = given(np.arange(27))
    assert len({each.tobytes() for each in whole}) == 27
    order = np.random.default_rng(0).permutation(27)
    np.testing.assert_array_equal(given(order), whole[order])
    given.keep(3)
    np.testing.assert_array_equal(given(order), whole[order])
    other = feed(paths, INPUT, hashes(paths), augment=VARIED, seed=1)(np.arange(27))
    assert not any((one == two).all() for one, two in zip(whole, other, strict=True))


def test_kept_views_are_not_decoded_again(paths, decoded):
    given = feed(paths, INPUT, hashes(paths), augment=VARIED)
    given.keep(2)
    assert len(decoded) == 18
    given(np.arange(18))
    assert len(decoded) == 18
    given(np.arange(18, 27))
    assert len(decoded) == 27


@pytest.mark.parametrize("size", [(300, 200), (20, 3000), (3000, 20), (1, 1), (16, 17)])
def test_crops_are_of_the_size_and_share_asked_for(size):
    slopes = np.zeros((size[1], size[0], 3), "uint8")
    slopes[..., 0] = np.linspace(0, 255, size[0])
    slopes[..., 1] = np.linspace(0, 255, size[1])[:, None]
    image = Image.fromarray(slopes)
    chance = np.random.default_rng(0)
    spans = []
    for _ in range(200):
        made = np.asarray(images.cut(image, INPUT, Augment(crop=0.25), chance)).astype(int)
        assert made.shape == (16, 16, 3)
        spans.append((np.ptp(made[..., 0]) / 255, np.ptp(made[..., 1]) / 255))
    if size == (300, 200):
        areas = np.prod(spans, axis=1) * (16 / 15) ** 2  # from centre to centre
        assert 0.24 < areas.min() < 0.3 < 0.8 < areas.max() <= 1
        assert 0.45 < np.mean(areas) < 0.62  # large ones of odd shape do not fit


def test_flips_come_to_a_half_and_colours_stay_within_their_share():
    image = Image.new("RGB", (16, 16), (100, 100, 100))
    image.putpixel((0, 0), (200, 100, 100))
    chance = np.random.default_rng(0)
    left = [images.vary(image, Augment(flip=True), chance).getpixel((0, 0))[0] for _ in range(400)]
    assert 160 < left.count(200) < 240
    grey = Image.new("RGB", (4, 4), (100, 100, 100))
    found = {images.vary(grey, Augment(color=0.2), chance).getpixel((0, 0))[0] for _ in range(300)}
    assert 78 <= min(found) < 84 < 116 < max(found) <= 122


@pytest.mark.parametrize("wrong", [{"crop": 0.0}, {"crop": 1.5}, {"color": -0.1}])
def test_an_augmentation_out_of_range_is_refused(wrong):
    with pytest.raises(BadRecipe, match="augment's"):
        Augment(**wrong)


def test_an_image_that_went_bad_since_is_told(paths):
    given = feed(paths, INPUT, hashes(paths))
    paths[0].write_bytes(b"torn")
    with pytest.raises(BadData, match=r"0\.png is not an image"):
        given(np.array([0]))


def test_a_store_that_cannot_be_written_is_done_without(paths, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setattr(room, "cache_folder", lambda: tmp_path / "file" / "cache")
    seen = examine(paths, Pixels(INPUT))
    assert [mark for mark, _ in seen] == list(hashes(paths))
    assert not any(why for _, why in seen)
    given = feed(paths, INPUT, hashes(paths))
    given.keep(1)
    np.testing.assert_array_equal(given(np.array([2]))[0], decode(paths[2], INPUT))
