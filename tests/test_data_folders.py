"""Folders of images: layouts, checks, and the split."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from zooflow.cards import ImageInput, TextInput
from zooflow.data import ImageFolder, read_examples
from zooflow.errors import BadData


def draw(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.RandomState(seed).randint(0, 256, (6, 6, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(path)


def fill(root: Path, counts: dict[str, int], *, start: int = 0) -> Path:
    """Draw so many different images into each folder."""
    seed = start
    for folder, count in counts.items():
        (root / folder).mkdir(parents=True, exist_ok=True)
        for i in range(count):
            draw(root / folder / f"{i}.png", seed)
            seed += 1
    return root


def names(examples) -> list[str]:
    return [path.name for path in examples.inputs]


def test_a_folder_for_each_label_is_split_by_class(tmp_path):
    fill(tmp_path, {"b": 10, "a": 20, "c": 2})
    split = ImageFolder(str(tmp_path)).open(0)
    assert split.labels == ("a", "b", "c")
    assert split.modality == "image"
    assert split.test is None
    assert np.bincount(split.validation.targets).tolist() == [4, 2, 1]
    assert np.bincount(split.train.targets).tolist() == [16, 8, 1]
    assert split.train.targets.dtype == np.int32
    assert not set(split.train.inputs) & set(split.validation.inputs)
    assert split.notes == ()
    for path, target in zip(split.train.inputs, split.train.targets, strict=True):
        assert Path(path).parent.name == split.labels[target]
    assert split.train.origins[0] == (tmp_path / "a" / names(split.train)[0]).as_posix()


def test_the_split_follows_content_and_seed_not_names(tmp_path):
    fill(tmp_path / "one", {"a": 9, "b": 9})
    for path in sorted((tmp_path / "one").rglob("*.png")):
        new = tmp_path / "two" / path.parent.name / f"z{9 - int(path.stem)}.png"
        new.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, new)

    def held(name: str, seed: int) -> set[bytes]:
        split = ImageFolder(str(tmp_path / name), validation=0.3).open(seed)
        return {Path(path).read_bytes() for path in split.validation.inputs}

    assert held("one", 0) == held("two", 0) == held("one", 0)
    assert held("one", 0) != held("one", 1)


def test_one_more_example_moves_no_other_class_and_few_of_its_own(tmp_path):
    fill(tmp_path, {"a": 20, "b": 20})
    before = set(ImageFolder(str(tmp_path)).open(3).validation.inputs)
    draw(tmp_path / "a" / "new.png", 1000)
    after = set(ImageFolder(str(tmp_path)).open(3).validation.inputs)
    assert len(before - after) <= 1


def test_the_digest_tells_data_apart_but_not_seeds(tmp_path):
    fill(tmp_path, {"a": 5, "b": 5})
    data = ImageFolder(str(tmp_path))
    digest = data.open(0).digest
    assert digest == data.open(1).digest
    shutil.move(tmp_path / "a" / "0.png", tmp_path / "b" / "new.png")
    assert data.open(0).digest != digest


@pytest.mark.parametrize("name", ["validation", "valid", "val", "Val"])
def test_train_validation_and_test_folders_are_taken_as_given(name, tmp_path):
    fill(tmp_path / "train", {"a": 3, "b": 1})
    fill(tmp_path / name, {"a": 2, "b": 1}, start=50)
    fill(tmp_path / "test", {"b": 2}, start=90)
    split = ImageFolder(str(tmp_path)).open(0)
    assert [len(part.inputs) for part in (split.train, split.validation)] == [4, 3]
    assert split.test is not None
    assert split.test.targets.tolist() == [1, 1]


def test_train_and_test_alone_hold_out_validation_from_train(tmp_path):
    fill(tmp_path / "train", {"a": 5, "b": 5})
    fill(tmp_path / "test", {"a": 2}, start=50)
    split = ImageFolder(str(tmp_path)).open(0)
    assert [len(split.train.inputs), len(split.validation.inputs)] == [8, 2]
    assert split.test is not None


def test_train_can_be_a_label(tmp_path):
    fill(tmp_path, {"train": 4, "car": 4, "bus": 4})
    assert ImageFolder(str(tmp_path)).open(0).labels == ("bus", "car", "train")


def test_what_the_machine_left_is_no_data(tmp_path):
    fill(tmp_path, {"a": 4, "b": 4})
    for name in (".DS_Store", "a/.DS_Store", "b/Thumbs.db", "a/desktop.ini", "a/._0.png"):
        (tmp_path / name).write_bytes(b"junk")
    for name in (".git/x.png", "__MACOSX/a/0.png", "a/.ipynb_checkpoints/0.png"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes(b"junk")
    split = ImageFolder(str(tmp_path)).open(0)
    assert split.labels == ("a", "b")
    assert len(split.train.inputs) + len(split.validation.inputs) == 8
    assert split.notes == ()


def test_images_lie_as_deep_as_they_like_and_other_files_are_counted(tmp_path):
    fill(tmp_path, {"a/x/y": 3, "b": 3})
    (tmp_path / "a" / "notes.txt").write_text("hello")
    draw(tmp_path / "loose.png", 99)
    split = ImageFolder(str(tmp_path)).open(0)
    assert split.labels == ("a", "b")
    assert split.notes == (
        f"{tmp_path.as_posix()} has 1 images outside its label folders, not used",
        f"{tmp_path.as_posix()} has 1 files that are no images, not used",
    )


def test_copies_stay_on_the_training_side(tmp_path):
    fill(tmp_path, {"a": 10, "b": 10})
    for i in range(8):
        shutil.copy(tmp_path / "a" / f"{i}.png", tmp_path / "a" / f"copy{i}.png")
    for seed in range(5):
        split = ImageFolder(str(tmp_path)).open(seed)
        held = {name for name in names(split.validation) if "copy" in name}
        assert not held
        assert "8 duplicates in the data, kept together" in split.notes[0]
        in_a = [path for path in split.validation.inputs if Path(path).parent.name == "a"]
        assert sorted(Path(path).name for path in in_a) == ["8.png", "9.png"]


def test_a_class_of_copies_only_is_split_between_them(tmp_path):
    fill(tmp_path, {"a": 2, "b": 2})
    for i in range(2):
        shutil.copy(tmp_path / "a" / f"{i}.png", tmp_path / "a" / f"copy{i}.png")
    split = ImageFolder(str(tmp_path)).open(0)
    held = sorted(p for p in names(split.validation) if "copy" in p)
    assert len(held) == 1
    assert held[0].removeprefix("copy") in names(split.validation)


def test_duplicates_across_a_given_split_and_between_labels_are_told(tmp_path):
    fill(tmp_path / "train", {"a": 3, "b": 3})
    fill(tmp_path / "val", {"a": 2, "b": 2}, start=50)
    shutil.copy(tmp_path / "train/a/0.png", tmp_path / "val/a/again.png")
    shutil.copy(tmp_path / "train/a/1.png", tmp_path / "train/b/again.png")
    first, second = ImageFolder(str(tmp_path)).open(0).notes
    root = tmp_path.as_posix()
    assert first == (
        f"1 duplicate across the split, first {root}/train/a/0.png and {root}/val/a/again.png"
    )
    assert second == (
        "1 duplicate with different labels: "
        f"{root}/train/a/1.png is 'a', {root}/train/b/again.png is 'b'"
    )


def test_bad_files_are_skipped_when_asked(tmp_path):
    fill(tmp_path, {"a": 4, "b": 4})
    (tmp_path / "a" / "bad.jpg").write_bytes(b"no")
    with pytest.raises(BadData, match=r"a/bad\.jpg is not an image"):
        ImageFolder(str(tmp_path)).open(0)
    split = ImageFolder(str(tmp_path), on_bad_file="skip").open(0)
    assert split.notes[0].startswith("skipped 1 of 9 examples: ")


def test_labels_composed_differently_are_one(tmp_path):
    fill(tmp_path / "train", {"cafe\u0301": 3, "b": 3})
    fill(tmp_path / "val", {"caf\u00e9": 2, "b": 2}, start=50)
    assert ImageFolder(str(tmp_path)).open(0).labels == ("b", "caf\u00e9")


def test_notes_tell_labels_that_look_alike_and_those_never_checked(tmp_path):
    fill(tmp_path / "train", {"Cat": 3, "cat": 3, "dog": 3})
    fill(tmp_path / "val", {"Cat": 2, "cat": 2}, start=50)
    assert ImageFolder(str(tmp_path)).open(0).notes == (
        "labels 'Cat', 'cat' differ only by upper and lower case",
        "no validation example has label 'dog'",
    )


def test_new_data_are_read_with_the_labels_of_a_model(tmp_path):
    fill(tmp_path, {"a": 1, "c": 2})
    examples, notes = read_examples(ImageFolder(str(tmp_path)), ("c", "b", "a"), ImageInput())
    assert examples.targets.tolist() == [2, 0, 0]
    assert notes == (
        "1 of the run's 3 labels without examples ('b'): means of labels are of the others",
    )
    examples, notes = read_examples(ImageFolder(str(tmp_path)), ("a",), ImageInput())
    assert examples.targets.tolist() == [0]
    assert notes == ("1 label is not the run's ('c'): 2 examples are left out",)
    with pytest.raises(BadData, match=r"label 'a' of .*a/0\.png and 'c' is not among") as caught:
        read_examples(ImageFolder(str(tmp_path)), ("d", "b"), ImageInput())
    assert caught.value.hint == "the labels are 'b', 'd'"
    with pytest.raises(BadData, match=f"the run takes texts, and {tmp_path} holds images"):
        read_examples(ImageFolder(str(tmp_path)), ("a", "c"), TextInput())


def bad_file(root: Path) -> Path:
    (root / "file").write_text("x")
    return root / "file"


def with_garbage(root: Path) -> Path:
    fill(root, {"a": 3, "b": 0})
    (root / "b" / "x.png").write_bytes(b"no")
    return root


def with_copies(root: Path) -> Path:
    fill(root, {"a": 3, "b": 1})
    shutil.copy(root / "b" / "0.png", root / "b" / "1.png")
    return root


def unseen(root: Path, part: str) -> Path:
    fill(root / "train", {"a": 3, "b": 3})
    fill(root / part, {"a": 3, "zebra": 1}, start=50)
    return root


BAD = {
    "nowhere": (lambda r: r / "nowhere", "nowhere does not exist"),
    "a file": (bad_file, "file is a file, not a folder"),
    "empty": (lambda r: r, " has no folders in it, but each label needs a folder of images"),
    "loose images": (lambda r: draw(r / "x.png", 0) or r, " has no folders in it"),
    "one class": (lambda r: fill(r, {"a": 4}), " has only one class, 'a'"),
    "empty class": (lambda r: fill(r, {"a": 4, "b": 0}), "class folder .*/b has no images"),
    "one example": (
        lambda r: fill(r, {"a": 4, "b": 1}),
        r"class 'b' has only one example, .*/b/0\.png",
    ),
    "copies": (with_copies, r"class 'b' has 2 copies of one example, .*/b/0\.png"),
    "unseen validation": (
        lambda r: unseen(r, "val"),
        r"validation label 'zebra' of .*/val/zebra/0\.png is not among the training labels",
    ),
    "unseen test": (lambda r: unseen(r, "test"), r"test label 'zebra' of .*/test/zebra/0\.png"),
    "two validations": (
        lambda r: fill(r, {"train/a": 2, "train/b": 2, "val/a": 1, "valid/a": 1}),
        "two folders of validation data, 'val' and 'valid'",
    ),
    "mixed": (
        lambda r: fill(r, {"train/a": 2, "train/b": 2, "extra/a": 1}),
        "mixes 'train', which holds folders of labels, with 'extra'",
    ),
    "no train": (lambda r: fill(r, {"val/a": 2, "test/a": 2}), "but no folder 'train'"),
    "garbage": (with_garbage, r"b/x\.png is not an image"),
}


@pytest.mark.parametrize("name", BAD)
def test_folders_that_cannot_be_learned_from_are_refused_in_one_sentence(name, tmp_path):
    make, message = BAD[name]
    root = make(tmp_path)
    with pytest.raises(BadData, match=message) as caught:
        ImageFolder(str(root)).open(0)
    assert "\n" not in str(caught.value)


def test_a_class_whose_images_are_all_skipped_is_an_error(tmp_path):
    with pytest.raises(BadData, match="b has no image that can be read"):
        ImageFolder(str(with_garbage(tmp_path)), on_bad_file="skip").open(0)


@pytest.mark.parametrize("share", [0, 1, 1.5, -0.1, True, None, float("nan")])
def test_shares_that_are_none_are_refused(share, tmp_path):
    fill(tmp_path, {"a": 2, "b": 2})
    with pytest.raises(BadData, match="must lie between 0 and 1"):
        ImageFolder(str(tmp_path), validation=share).open(0)
