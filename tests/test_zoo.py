import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from hub import COMMIT, Repo, serve

from zooflow.cli import group
from zooflow.cli import run as zooflow_run
from zooflow.convert import drain
from zooflow.errors import BadCheckpoint, CheckpointMismatch, UnknownName
from zooflow.zoo import load

pytestmark = pytest.mark.heart
ASK = """
import zooflow
backbone = zooflow.load("hf://owner/model")
print(backbone.files.revision, backbone.card.family, len(backbone.blocks))
"""


def test_a_model_loads_from_the_hub_and_again_when_the_hub_is_gone(tiny, tmp_path):
    files = {file.name: file.read_bytes() for file in Path(tiny("vit")).iterdir()}
    with serve(Repo({**files, "README.md": b"# A model"})) as repo:
        assert asked(repo.url, tmp_path) == [COMMIT, "vit", "4"]
        assert "README.md" not in repo.got()
    assert asked(repo.url, tmp_path) == [COMMIT, "vit", "4"]


def test_what_a_hub_holds_is_told_without_fetching_its_weights(tiny, tmp_path, monkeypatch, capsys):
    files = {file.name: file.read_bytes() for file in Path(tiny("vit")).iterdir()}
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("ZOOFLOW_CACHE", str(tmp_path / "zoo"))
    with serve(Repo(files)) as repo:
        monkeypatch.setenv("HF_ENDPOINT", repo.url)
        assert zooflow_run(group, ["info", "hf://owner/model", "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert repo.ranges == [None, "bytes=0-100000"]  # config.json, and the header of the weights
        assert told["parameters"] == load("hf://owner/model").model.count_params()
    assert told["bytes"] == len(files["model.safetensors"])
    assert told["here"] is False


def asked(url: str, home: Path) -> list[str]:
    """Load the model in a process of its own, since the hub's client reads its settings once."""
    places = {"HF_ENDPOINT": url, "HF_HOME": str(home / "hf"), "ZOOFLOW_CACHE": str(home / "zoo")}
    done = subprocess.run(
        [sys.executable, "-c", ASK], env=os.environ | places, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("family", ["resnet", "vit", "bert"])
def test_what_was_poured_is_drained_to_the_bit(tiny, family):
    from zooflow.checkpoints import open_checkpoint

    taken = drain(load(tiny(family)).whole)
    with open_checkpoint(Path(tiny(family))) as checkpoint:
        assert taken.keys() == set(checkpoint)
        assert all((taken[name] == checkpoint[name]).all() for name in checkpoint)


def test_every_step_of_a_backbone_can_be_tapped(tiny):
    backbone = load(tiny("vit"))
    tap = keras.Model(backbone.model.input, backbone.model.get_layer("blocks-1").output)
    assert tap.predict_on_batch(np.zeros((1, 32, 32, 3), "float32")).shape == (1, 17, 32)


def test_an_untrained_backbone_is_random_and_another_each_time(tiny):
    first, second = (drain(load(tiny("vit"), pretrained=False).whole) for _ in range(2))
    name = "blocks.0.attn.qkv.weight"
    assert first[name].std() > 0
    assert (first[name] != second[name]).any()


@pytest.mark.parametrize("name", ["resnet18.t", "resent50.a1_in1k", "no/such/folder", ""])
def test_unknown_names_are_told_in_one_sentence(name):
    with pytest.raises(UnknownName) as raised:
        load(name)
    assert repr(name) in str(raised.value)
    assert raised.value.hint


def changed(folder: str, copy: Path, **arguments) -> str:
    """Copy a backbone's folder with other model_args."""
    shutil.copytree(folder, copy)
    config = json.loads((copy / "config.json").read_text())
    config["model_args"] |= arguments
    (copy / "config.json").write_text(json.dumps(config))
    return str(copy)


def test_an_argument_that_a_family_does_not_know_is_refused_by_name(tiny, tmp_path):
    with pytest.raises(BadCheckpoint, match="sets swirl, which zooflow's vit does not know"):
        load(changed(tiny("vit"), tmp_path / "odd", swirl=3))


def test_weights_of_another_depth_are_refused(tiny, tmp_path):
    with pytest.raises(CheckpointMismatch, match="12 missing"):
        load(changed(tiny("vit"), tmp_path / "deep", depth=4))
