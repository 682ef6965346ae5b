"""Hub data sets, from a folder laid out like one: the hub itself is not reached."""

import io
from pathlib import Path

import datasets
import numpy as np
import pytest
from PIL import Image

from zooflow.cards import TextInput
from zooflow.data import HubDataset, read_examples
from zooflow.errors import BadData


@pytest.fixture(autouse=True, scope="module")
def quiet():
    datasets.disable_progress_bars()
    yield
    datasets.enable_progress_bars()


def png(seed: int) -> bytes:
    pixels = np.random.RandomState(seed).randint(0, 256, (5, 5, 3)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Parquet files with images inside and labels by name, as most of the hub has them."""
    features = datasets.Features(
        {"picture": datasets.Image(), "label": datasets.ClassLabel(names=["zebra", "ant"])}
    )
    (tmp_path / "pets" / "data").mkdir(parents=True)
    for name, first, count in (("train", 0, 10), ("test", 50, 4)):
        rows = {
            "picture": [{"bytes": png(first + i), "path": f"{i}.png"} for i in range(count)],
            "label": [i % 2 for i in range(count)],
        }
        table = datasets.Dataset.from_dict(rows, features=features)
        table.to_parquet(tmp_path / "pets" / "data" / f"{name}-00000-of-00001.parquet")
    return tmp_path / "pets"


def texts(folder: Path, content: str, name: str = "train.csv") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(content, "utf-8")
    return folder


def test_images_are_kept_as_files_with_the_names_of_their_labels(images, tmp_path):
    data = HubDataset(str(images), test="test")
    split = data.open(0, cache=tmp_path / "cache")
    assert split.labels == ("ant", "zebra")
    assert split.modality == "image"
    assert [len(split.train.inputs), len(split.validation.inputs)] == [8, 2]
    assert split.test is not None
    assert split.test.origins[1] == f"{images} test[1]"
    assert split.labels[split.test.targets[0]] == "zebra"
    path = split.test.inputs[0]
    assert isinstance(path, Path)
    assert path.is_relative_to(tmp_path / "cache")
    assert path.read_bytes() == png(50)
    again = data.open(0, cache=tmp_path / "cache")
    assert again.digest == split.digest
    assert again.train.inputs == split.train.inputs


def test_a_split_is_the_validation_where_it_is_named(images, tmp_path):
    split = HubDataset(str(images), validation="test").open(0, cache=tmp_path / "cache")
    assert [len(split.train.inputs), len(split.validation.inputs)] == [10, 4]


def test_csv_labels_are_what_the_file_says(tmp_path):
    rows = "".join(f"{label} {i},{label}\n" for label in ("NA", "01", "1") for i in range(3))
    data = HubDataset(str(texts(tmp_path / "reviews", "text,label\n" + rows)))
    split = data.open(0, cache=tmp_path / "cache")
    assert split.labels == ("01", "1", "NA")
    assert split.modality == "text"
    assert len(split.train.inputs) == 6


def test_new_data_are_read_with_the_labels_of_a_model(tmp_path):
    data = HubDataset(str(texts(tmp_path / "new", "text,label\na,x\nb,y\n")))
    examples, _ = read_examples(data, ("x", "y", "z"), TextInput(), cache=tmp_path / "cache")
    assert examples.targets.tolist() == [0, 1]


BAD = {
    "split": ({"train": "training"}, "has no split 'training', but 'train'"),
    "validation": ({"validation": "dev"}, "has no split 'dev'"),
    "test": ({"test": "dev"}, "has no split 'dev'"),
    "label": ({"label": "lable"}, "has no column 'lable', but 'text', 'label'"),
    "text": ({"text": "review"}, "has no column 'review'"),
    "image": ({"image": "picture"}, "has no column 'picture'"),
    "no image": ({"image": "text"}, "column 'text' of .* holds no images"),
    "both": ({"image": "i", "text": "t"}, "one or the other"),
    "missing": ({}, r"train\[4\]: column 'label' is empty"),
}


@pytest.mark.parametrize("name", BAD)
def test_data_sets_that_cannot_be_learned_from_are_refused_in_one_sentence(name, tmp_path):
    arguments, message = BAD[name]
    path = texts(tmp_path / "set", "text,label\na,x\nb,x\nc,y\nd,y\ne,\n")
    with pytest.raises(BadData, match=message) as caught:
        HubDataset(str(path), **arguments).open(0, cache=tmp_path / "cache")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("hf://owner/name", "'hf://owner/name' is no data set"),
        ("hf://datasets/a/b/c", "is no data set"),
        ("nowhere", "nowhere is not a folder"),
    ],
)
def test_paths_that_are_no_data_set_are_refused(path, message):
    with pytest.raises(BadData, match=message):
        HubDataset(path).open(0)


def test_a_folder_without_data_is_refused(tmp_path):
    (tmp_path / "none").mkdir()
    with pytest.raises(BadData, match="none cannot be used"):
        HubDataset(str(tmp_path / "none")).open(0, cache=tmp_path / "cache")


def test_code_that_a_data_set_brings_is_not_run(tmp_path):
    folder = tmp_path / "script"
    folder.mkdir()
    trap = tmp_path / "trap"
    (folder / "script.py").write_text(f"open({str(trap)!r}, 'w')")
    with pytest.raises(BadData, match="script cannot be used"):
        HubDataset(str(folder)).open(0, cache=tmp_path / "cache")
    assert not trap.exists()
