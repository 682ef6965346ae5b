"""A file for a runtime answers there as its run does, asked from the disk; or it is not written."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from zooflow import ImageFolder, Phase, Recipe, Run, Table, export, finetune
from zooflow.cli import group
from zooflow.cli import run as zooflow_run
from zooflow.errors import BadInput, UnknownName, ZooflowError
from zooflow.exports import RUNTIMES, WRITERS
from zooflow.exports.check import RANDOM
from zooflow.exports.serving import serving
from zooflow.formats import FORMATS, LIBRARIES

pytestmark = pytest.mark.heart
TENSORFLOW = keras.backend.backend() == "tensorflow"
HERE = [name for name, form in FORMATS.items() if form.backend in ("", keras.backend.backend())]
PHASES = (Phase("head", epochs=3, lr=3e-2),)
on_tensorflow = pytest.mark.skipif(not TENSORFLOW, reason="TensorFlow writes these files")


@pytest.fixture(scope="module")
def runs(tiny, photos, texts, tmp_path_factory) -> dict[str, Run]:
    data = {"bert": Table(texts, text="text")}
    folder = tmp_path_factory.mktemp("runs")
    return {
        kind: finetune(
            Recipe(tiny(kind), data.get(kind, ImageFolder(photos)), phases=PHASES, batch=8),
            folder / kind,
        )
        for kind in ("resnet", "vit", "bert")
    }


def facts(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "zooflow.json").read_text("utf-8"))


@pytest.mark.parametrize("kind", ["resnet", "vit", "bert"])
@pytest.mark.parametrize("to", HERE)
def test_a_file_answers_in_its_runtime_as_the_run_does(runs, kind, to, tmp_path):
    run = runs[kind]
    folder = export(run.folder, to, tmp_path / "out")
    found = facts(folder)
    assert found["check"]["agreement"] == 1
    assert found["check"]["difference"] <= 1e-4
    assert found["check"]["asked"] == f"validation {run.modality}s"
    assert found["check"]["examples"] == sum(
        line.startswith("validation")
        for line in (run.folder / "examples.csv").read_text().splitlines()
    )
    assert found["labels"] == list(run.labels)
    assert (folder / "labels.txt").read_text().split() == list(run.labels)
    held = [path.name for path in folder.rglob("*")]
    assert ("tokenizer.json" in held) == (kind == "bert")
    ask = RUNTIMES[to].open_file(folder)
    for count in (1, 3):  # any number of examples, and of tokens
        if kind == "bert":
            texts = ["my refund please", "the lamp is broken and the parcel is late", ""][:count]
            given, ours = run.reader(texts), run.predict(texts)
        else:
            photos = sorted(Path(run.recipe.data.path).glob("*/*.png"))[::12][:count]
            given = np.stack([_pixels(path, run) for path in photos])
            ours = run.predict(photos)
        theirs = ask(serving(run).given(given))
        np.testing.assert_allclose(theirs, ours, rtol=1e-4, atol=1e-9)
    assert str(tmp_path).encode() not in b"".join(
        path.read_bytes() for path in folder.rglob("*") if path.is_file()
    )


def _pixels(path: Path, run: Run) -> np.ndarray:
    from zooflow.data import decode

    return decode(path, run.reader)  # type: ignore[arg-type]


@on_tensorflow
@pytest.mark.parametrize(
    ("to", "quantize"),
    [(to, each) for to, form in FORMATS.items() for each in form.quantize],
)
@pytest.mark.parametrize("kind", ["resnet", "bert"])
def test_narrower_numbers_make_a_smaller_file_that_agrees(runs, kind, to, quantize, tmp_path):
    whole = facts(export(runs[kind], to, tmp_path / "whole"))["check"]
    found = facts(export(runs[kind], to, tmp_path / "out", quantize=quantize))
    assert found["precision"] == quantize
    assert found["check"]["agreement"] >= 0.98
    assert found["check"]["difference"] != whole["difference"]
    if kind == "resnet":  # the other's weights are no more than what its graph takes
        assert _bytes(tmp_path / "out") < _bytes(tmp_path / "whole")


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("model.*"))


@pytest.mark.parametrize("to", HERE)
def test_a_file_that_answers_otherwise_is_not_kept(runs, to, tmp_path, monkeypatch):
    """A kernel of the served graph is changed between the run and the file."""
    from zooflow import exports

    def spoilt(what: Any) -> Any:
        made = serving(what)
        dense = [each for each in made.model.layers if each.weights][-1]
        kernel, bias = dense.get_weights()
        kernel[0, 0] += 0.01
        dense.set_weights([kernel, bias])
        if to == "safetensors":  # which holds the run's own graph: spoil what is read of it
            spoil = RUNTIMES[to].open_file
            monkeypatch.setattr(
                RUNTIMES[to], "open_file", lambda folder: lambda x: spoil(folder)(x) ** 1.01
            )
        return made

    monkeypatch.setattr(exports, "serving", spoilt)
    with pytest.raises(ZooflowError, match=f"the {to} file does not answer as the run does"):
        export(runs["resnet"], to, tmp_path / "deep" / "out")
    assert not any(tmp_path.iterdir())


@on_tensorflow
def test_a_weight_changed_on_the_disk_is_seen(runs, tmp_path, monkeypatch):
    import onnx
    from onnx import numpy_helper

    opened = RUNTIMES["onnx"].open_file

    def changed(folder: Path) -> Any:
        model = onnx.load(folder / "model.onnx")
        held = max(model.graph.initializer, key=lambda each: np.prod(each.dims))
        held.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(held) * 1.01, held.name))
        onnx.save(model, folder / "model.onnx")
        return opened(folder)

    monkeypatch.setattr(RUNTIMES["onnx"], "open_file", changed)
    with pytest.raises(ZooflowError, match=r"labels agree on .* differ by up to"):
        export(runs["resnet"], "onnx", tmp_path / "out")
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["resnet", "bert"])
def test_without_its_examples_a_run_is_asked_at_random_and_that_is_said(runs, kind, tmp_path):
    shutil.copytree(runs[kind].folder, tmp_path / "run")
    (tmp_path / "run" / "examples.csv").unlink()
    folder = export(tmp_path / "run", "keras", tmp_path / "out")
    found = facts(folder)["check"]
    assert found["asked"] == "random inputs, as the examples of the run are not here"
    assert found["examples"] == RANDOM


def test_examples_that_have_changed_are_not_asked(runs, photos, tmp_path, monkeypatch):
    from zooflow.run import examples

    monkeypatch.setattr(examples, "sha256", lambda path: "another")
    found = facts(export(runs["resnet"], "keras", tmp_path / "out"))["check"]
    assert found["asked"].startswith("random")


def test_a_convolutional_run_loads_where_zooflow_is_not(runs, tmp_path):
    folder = export(runs["resnet"], "keras", tmp_path / "out")
    assert facts(folder)["loads"] == "keras.saving.load_model('FOLDER/model.keras')"
    _load(folder, "import sys; sys.modules['zooflow'] = None; import keras")


def test_what_has_other_layers_names_the_modules_that_it_wants(runs, tmp_path):
    folder = export(runs["vit"], "keras", tmp_path / "out")
    imports, _, loads = facts(folder)["loads"].partition("; ")
    assert loads == "keras.saving.load_model('FOLDER/model.keras')"
    _load(folder, f"{imports}; import keras")


def _load(folder: Path, begin: str) -> None:
    line = f"{begin}; print(keras.saving.load_model({str(folder / 'model.keras')!r}).output.name)"
    ended = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr[-2000:]


@on_tensorflow
def test_labels_go_along_inside_the_files(runs, tmp_path):
    import onnx
    import openvino

    run = runs["resnet"]
    held = {
        to: export(run, to, tmp_path / to) for to in ("onnx", "litert", "openvino", "savedmodel")
    }
    props = {each.key: each.value for each in onnx.load(held["onnx"] / "model.onnx").metadata_props}
    assert json.loads(props["labels"]) == list(run.labels)
    with zipfile.ZipFile(held["litert"] / "model.tflite") as attached:
        assert attached.read("labels.txt").decode().split() == list(run.labels)
    model = openvino.Core().read_model(held["openvino"] / "model.xml")
    said = model.get_rt_info(["zooflow", "labels"])
    assert json.loads(getattr(said, "value", said)) == list(run.labels)
    assert (held["savedmodel"] / "assets" / "labels.txt").read_text().split() == list(run.labels)


def test_the_weights_have_the_names_of_the_checkpoint(runs, tmp_path):
    from safetensors.numpy import load_file

    from zooflow.convert import drain

    folder = export(runs["bert"], "safetensors", tmp_path / "out")
    held, ours = load_file(folder / "model" / "model.safetensors"), drain(runs["bert"].model)
    assert held.keys() == ours.keys()
    assert all((held[name] == ours[name]).all() for name in held)


def test_a_backbone_alone_has_no_labels_and_is_refused(tiny, tmp_path):
    with pytest.raises(BadInput, match="is a backbone alone") as raised:
        export(tiny("resnet"), "keras", tmp_path / "out")
    assert "zooflow finetune" in raised.value.hint
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("to", [name for name in FORMATS if name not in HERE])
def test_another_backend_than_the_one_that_writes_is_refused(runs, to, tmp_path):
    with pytest.raises(BadInput, match=f"{to} is written by tensorflow, and Keras computes by"):
        export(runs["resnet"], to, tmp_path / "out")
    assert not any(tmp_path.iterdir())


def test_what_is_not_installed_is_one_sentence(runs, tmp_path, monkeypatch):
    monkeypatch.setattr("zooflow.formats.find_spec", lambda name: name != "onnx")
    with pytest.raises(BadInput, match="onnx, which onnx needs, is not installed") as raised:
        export(runs["resnet"], "onnx", tmp_path / "out")
    assert raised.value.hint == 'pip install "zooflow[onnx]"'


@pytest.mark.parametrize(
    ("to", "quantize", "hint"),
    [
        ("keras", "int8", "--quantize int8 goes with --to onnx or litert"),
        ("timm", "float16", "--quantize float16 goes with --to onnx or litert or openvino"),
        ("onnx", "int3", ""),
    ],
)
def test_numbers_that_a_format_does_not_hold_are_refused(runs, to, quantize, hint, tmp_path):
    with pytest.raises(BadInput, match=f"{to} is not written in '{quantize}'") as raised:
        export(runs["resnet"], to, tmp_path / "out", quantize=quantize)
    assert raised.value.hint == hint


def test_every_format_is_known_where_it_must_be():
    assert list(RUNTIMES) == list(FORMATS)
    assert tuple(WRITERS) == LIBRARIES
    with pytest.raises(UnknownName):
        export("anything", "onxx", "nowhere")


def test_the_command_writes_by_tensorflow_whatever_the_run_learned_on(runs, tmp_path):
    env = {**os.environ, "KERAS_BACKEND": keras.backend.backend()}
    line = [sys.executable, "-m", "zooflow", "export", str(runs["vit"].folder), "--to", "onnx"]
    ended = subprocess.run(line, capture_output=True, text=True, cwd=tmp_path, env=env)
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert ended.stdout == "exports/vit-onnx\n"
    asked, size, loads = ended.stderr.splitlines()
    assert asked.startswith("6 validation images: labels agree on 100.00%, logits to ")
    assert " MB; " in size
    assert loads == "It loads by onnxruntime.InferenceSession('exports/vit-onnx/model.onnx')"


def test_the_command_tells_the_check_as_json(runs, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    given = ["export", str(runs["resnet"].folder), "--to", "safetensors", "--json", "--quiet"]
    assert zooflow_run(group, given) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["check"]["agreement"] == 1
    assert err == ""
