import json
import os
import shutil
import struct
import subprocess
import sys
import tracemalloc
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import ml_dtypes
import numpy as np
import pytest
import torch_bytes as tb
from safetensors.numpy import load_file, save_file

from zooflow.checkpoints import open_checkpoint, save_safetensors
from zooflow.errors import BadCheckpoint, ZooflowError

FIXTURES = Path(__file__).parent / "data/checkpoints"
EXPECTED = json.loads((FIXTURES / "expected.json").read_text())
FILES = sorted(file.name for file in FIXTURES.iterdir() if file.suffix != ".json")
GB = 10**9


@pytest.mark.parametrize("file", FILES)
def test_every_format_gives_the_bits_that_torch_saved(file):
    with open_checkpoint(FIXTURES / file) as checkpoint:
        assert checkpoint.keys() == EXPECTED.keys()
        for name, expected in EXPECTED.items():
            array = checkpoint[name]
            assert array.dtype.name == expected["dtype"], name
            assert list(array.shape) == expected["shape"], name
            assert array.tobytes().hex() == expected["bytes"], name
            assert array.flags.c_contiguous
            assert array.flags.writeable


@pytest.mark.parametrize("file", FILES)
def test_shapes_and_dtypes_are_told_without_reading(file):
    with open_checkpoint(FIXTURES / file) as checkpoint:
        for name, expected in EXPECTED.items():
            assert checkpoint.shape(name) == tuple(expected["shape"])
            assert checkpoint.dtype(name).name == expected["dtype"]


@pytest.mark.parametrize("file", FILES)
def test_the_content_decides_and_not_the_ending(file, tmp_path):
    for ending in ("bin", "safetensors", "weights"):
        shutil.copy(FIXTURES / file, tmp_path / f"model.{ending}")
        with open_checkpoint(tmp_path / f"model.{ending}") as checkpoint:
            assert len(checkpoint) == len(EXPECTED)


def test_a_read_array_is_the_callers_own(tmp_path):
    with open_checkpoint(FIXTURES / "zip.pth") as checkpoint:
        checkpoint["shared.first"][:] = -1
        assert checkpoint["shared.first"][0, 0] == 0
        assert checkpoint["shared.turned"][0, 0] == 0


def test_a_name_that_is_not_there_is_a_key_error():
    with open_checkpoint(FIXTURES / "zip.pth") as checkpoint:
        assert "fc.weight" not in checkpoint
        assert checkpoint.get("fc.weight") is None
        with pytest.raises(KeyError, match=r"fc\.weight"):
            checkpoint["fc.weight"]


def test_the_oldest_spellings_are_read(tmp_path):
    old = tb.tensor(tail=b"", function="torch._utils._rebuild_tensor")
    pair = b"](U\x01a" + old + b"e"  # Python 2: a short byte string, an OrderedDict of lists
    body = tb.call("collections.OrderedDict", b"](" + pair + b"e")
    file = tb.write_legacy(tmp_path / "old.pth", body)
    with open_checkpoint(file) as checkpoint:
        np.testing.assert_array_equal(checkpoint["a"], [[1, 2], [3, 4]])


def write_big_safetensors(path: Path) -> Path:
    header = {
        "big": {"dtype": "F32", "shape": [10 * GB // 4], "data_offsets": [0, 10 * GB]},
        "small": {"dtype": "F32", "shape": [4], "data_offsets": [10 * GB, 10 * GB + 16]},
    }
    raw = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(raw)) + raw)
        file.seek(10 * GB, os.SEEK_CUR)
        file.write(tb.FOUR)
    return path


def write_big_legacy(path: Path) -> Path:
    long = 10 * GB // 4
    big = tb.tensor(tb.storage("big", numel=long), shape=(long,), strides=(1,))
    keys = b"](" + tb.text("big") + tb.text("0") + b"e"
    body = tb.state({"big": big, "small": tb.tensor(shape=(4,), strides=(1,))})
    tb.write_legacy(path, body, keys=keys, storages=struct.pack("<q", long))
    with path.open("rb+") as file:
        file.seek(10 * GB, os.SEEK_END)
        file.write(struct.pack("<q", 4) + tb.FOUR)
    return path


def write_big_zip(path: Path) -> Path:
    """A zip of 3 GB, beyond which zipfile would have to write every byte of it."""
    long = 3 * GB // 4
    big = tb.tensor(tb.storage("big", numel=long), shape=(long,), strides=(1,))
    body = tb.state({"big": big, "small": tb.tensor(shape=(4,), strides=(1,))})
    with path.open("wb+") as file, ZipFile(file, "w", ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", tb.pickle(body))
        archive.writestr("archive/data/big", b"")
        entry = archive.getinfo("archive/data/big")
        entry.file_size = entry.compress_size = 3 * GB
        archive.start_dir = file.seek(3 * GB, os.SEEK_CUR)
        archive.writestr("archive/data/0", tb.FOUR)
    return path


@pytest.mark.parametrize("write", [write_big_safetensors, write_big_legacy, write_big_zip])
def test_a_huge_file_is_not_read_whole(write, tmp_path):
    file = write(tmp_path / "huge")
    assert file.stat().st_size > 3 * GB
    tracemalloc.start()
    with open_checkpoint(file) as checkpoint:
        assert np.prod(checkpoint.shape("big")) * 4 >= 3 * GB
        np.testing.assert_array_equal(checkpoint["small"], [1, 2, 3, 4])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    file.unlink()
    assert peak < 20_000_000


def test_neither_torch_nor_a_backend_is_imported():
    code = (
        "import sys; from pathlib import Path; from zooflow.checkpoints import open_checkpoint;"
        "checkpoint = open_checkpoint(Path(sys.argv[1])); list(checkpoint.values());"
        "checkpoint.close(); print({'torch', 'tensorflow', 'jax', 'keras'} & set(sys.modules))"
    )
    file = str(FIXTURES / "zip.pth")
    ran = subprocess.run([sys.executable, "-c", code, file], capture_output=True, text=True)
    assert ran.stdout == "set()\n", ran.stderr


# Folders


def a_folder(folder: Path, *names: str) -> Path:
    """Each file holds one tensor, which bears the file's name."""
    folder.mkdir(exist_ok=True)
    for name in names:
        if name.endswith(".index.json"):
            shard = f"one{Path(name.removesuffix('.index.json')).suffix}"
            save_file({name: np.ones(2, np.float32)}, folder / shard)
            (folder / name).write_text(json.dumps({"weight_map": {name: shard}}))
        else:
            save_file({name: np.ones(2, np.float32)}, folder / name)
    return folder


@pytest.mark.parametrize(
    ("there", "chosen"),
    [
        (["pytorch_model.bin", "other.safetensors", "model.safetensors"], "model.safetensors"),
        (["pytorch_model.bin", "only.safetensors"], "only.safetensors"),
        (["pytorch_model.bin", "a.safetensors", "b.safetensors"], "pytorch_model.bin"),
        (["pytorch_model.bin", "model.safetensors.index.json"], "model.safetensors.index.json"),
        (["pytorch_model.bin.index.json"], "pytorch_model.bin.index.json"),
        (["model_best.pth"], "model_best.pth"),
        (["weights.pt"], "weights.pt"),
        (["._weights.bin", "weights.bin"], "weights.bin"),
    ],
)
def test_a_folder_gives_its_best_file(there, chosen, tmp_path):
    with open_checkpoint(a_folder(tmp_path / "model", *there)) as checkpoint:
        assert list(checkpoint) == [chosen]


@pytest.mark.parametrize(
    ("there", "listed"),
    [
        ([], "nothing"),
        (["readme.md"], "readme.md"),
        (["a.safetensors", "b.safetensors"], "a.safetensors, b.safetensors"),
        (["a.pth", "b.bin"], "a.pth, b.bin"),
    ],
)
def test_a_folder_without_one_choice_lists_what_is_there(there, listed, tmp_path):
    with pytest.raises(BadCheckpoint, match=rf"model: no weights .*there is {listed}$"):
        open_checkpoint(a_folder(tmp_path / "model", *there))


def test_shards_are_one_checkpoint(tmp_path):
    save_file({"a": np.arange(3)}, tmp_path / "model-1.safetensors")
    tb.write_zip(tmp_path / "model-2.bin", tb.state({"b": tb.tensor()}))
    index = {"metadata": {}, "weight_map": {"a": "model-1.safetensors", "b": "model-2.bin"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    with open_checkpoint(tmp_path) as checkpoint:
        assert sorted(checkpoint) == ["a", "b"]
        assert checkpoint["a"].tolist() == [0, 1, 2]
        assert checkpoint["b"].tolist() == [[1, 2], [3, 4]]


def test_the_hubs_cache_of_links_is_read(tmp_path):
    blobs, snapshot = tmp_path / "blobs", tmp_path / "snapshots/abc"
    blobs.mkdir()
    snapshot.mkdir(parents=True)
    save_file({"a": np.arange(3)}, blobs / "123")
    (blobs / "456").write_text(json.dumps({"weight_map": {"a": "model-1.safetensors"}}))
    (snapshot / "model-1.safetensors").symlink_to("../../blobs/123")
    (snapshot / "model.safetensors.index.json").symlink_to("../../blobs/456")
    with open_checkpoint(snapshot) as checkpoint:
        assert checkpoint["a"].tolist() == [0, 1, 2]


# Writing


def test_what_is_saved_is_read_back_bit_for_bit(tmp_path):
    file = tmp_path / "model.safetensors"
    with open_checkpoint(FIXTURES / "legacy.pth") as checkpoint:
        save_safetensors(checkpoint, file)
    with open_checkpoint(file) as checkpoint:
        for name, expected in EXPECTED.items():
            assert checkpoint.dtype(name).name == expected["dtype"]
            assert checkpoint.shape(name) == tuple(expected["shape"])
            assert checkpoint[name].tobytes().hex() == expected["bytes"]


def test_any_layout_is_saved_as_the_library_reads_it(tmp_path):
    file = tmp_path / "model.safetensors"
    square = np.arange(12, dtype=np.float32).reshape(3, 4)
    arrays = {
        "turned": square.T,
        "back": square[::-1],
        "big_endian": square.astype(">f4"),
        "bfloat16": square.astype(ml_dtypes.bfloat16),
        "scalar": np.float16(3),
    }
    save_safetensors(arrays, file)
    found = load_file(file)
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
    assert b'{"__metadata__":{"format":"pt"}' in file.read_bytes()[:60]


def test_metadata_can_be_given(tmp_path):
    save_safetensors({"a": np.ones(2)}, tmp_path / "a", {"made": "here"})
    assert b'{"__metadata__":{"made":"here"}' in (tmp_path / "a").read_bytes()[:60]


def test_a_saved_file_has_the_permissions_that_new_files_have(tmp_path):
    (tmp_path / "plain").touch()
    save_safetensors({"a": np.ones(2)}, tmp_path / "a")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize(
    "values", [np.array([None]), np.array(["text"]), np.ones(2, np.longdouble)]
)
def test_what_cannot_be_saved_leaves_the_old_file(values, tmp_path):
    file = tmp_path / "model.safetensors"
    save_safetensors({"a": np.ones(2)}, file)
    before = file.read_bytes()
    with pytest.raises(BadCheckpoint, match=r"model\.safetensors: tensor 'b' cannot be written as"):
        save_safetensors({"a": np.zeros(2), "b": values}, file)
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    file = tmp_path / "model.safetensors"
    save_safetensors({"a": np.ones(2)}, file)
    before = file.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(ZooflowError, match=r"could not be written .*No space left"):
        save_safetensors({"a": np.zeros(2)}, file)
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


def test_a_missing_folder_is_said(tmp_path):
    with pytest.raises(ZooflowError, match="could not be written"):
        save_safetensors({"a": np.ones(2)}, tmp_path / "nowhere/model.safetensors")
