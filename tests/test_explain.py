"""What an answer rests on adds up to the answer, and is the network's own."""

import json

import keras
import numpy as np
import pytest
from keras import ops
from PIL import Image

from zooflow import ImageFolder, Phase, Recipe, Table, explain, finetune
from zooflow.cli import group
from zooflow.cli import run as zooflow_run
from zooflow.data import decode_all
from zooflow.errors import UnknownName
from zooflow.explaining.gradient import gradient
from zooflow.explaining.pictures import page, words
from zooflow.explaining.relevance import Lens

PHASES = (Phase("head", epochs=2, lr=3e-2),)
SIZES = {"resnet": 96, "vit": None, "bert": None}


@pytest.fixture(scope="module")
def runs(tiny, photos, texts, tmp_path_factory):
    root = tmp_path_factory.mktemp("explain")
    data = {"resnet": ImageFolder(photos), "vit": ImageFolder(photos)}
    data |= {"bert": Table(texts, text="text")}
    return {
        kind: finetune(
            Recipe(tiny(kind), each, phases=PHASES, batch=8, size=SIZES[kind]), root / kind
        )
        for kind, each in data.items()
    }


def some(run, photos):
    paths = [*sorted(ImageFolder(photos).open(0).validation.inputs)][:3]
    return paths, decode_all(paths, run.reader)


@pytest.mark.heart
def test_the_gradient_is_the_one_that_steps_measure():
    at = np.linspace(-1, 1, 6, dtype="float32").reshape(2, 3)
    found = gradient(lambda x: ops.sum(ops.tanh(x) * x), at)
    expected = np.tanh(at) + at / np.cosh(at) ** 2
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.heart
def test_the_parts_of_an_image_add_up_to_the_logit_less_its_bias(runs, photos):
    run = runs["resnet"]
    lens = Lens(run)
    _, pixels = some(run, photos)
    for label in (None, 0, 1):
        parts, chances = lens.relevance(pixels, label)
        logits = ops.convert_to_numpy(run.model.predict_on_batch(pixels))
        chosen = logits.argmax(axis=1) if label is None else np.full(len(logits), label)
        bias = ops.convert_to_numpy(run.model.layers[-1].bias)[chosen]
        told = logits[np.arange(len(logits)), chosen]
        np.testing.assert_allclose(parts.sum(axis=(1, 2)), told - bias, rtol=1e-3, atol=1e-4)
        assert parts.shape[1:] == lens.seam.grid
        np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.heart
def test_the_parts_of_a_text_add_up_to_what_its_words_add_to_the_logit(runs):
    run = runs["bert"]
    lens = Lens(run)
    batch = run.reader(["my refund please", "the lamp is broken"])
    parts, _ = lens.relevance(batch, 1)
    inside = run.model.get_layer(lens.seam.layer).output
    tail = keras.Model([inside, *run.model.inputs], run.model.output)
    given = [np.asarray(batch[each.name]) for each in run.model.inputs]
    whole = ops.convert_to_numpy(run.model.predict_on_batch(batch))[:, 1]
    nothing = np.zeros((*parts.shape, inside.shape[-1]), "float32")
    without = ops.convert_to_numpy(tail.predict_on_batch([nothing, *given]))[:, 1]
    assert parts.shape == given[0].shape
    np.testing.assert_allclose(
        parts.sum(axis=1), whole - without, atol=0.1 * np.abs(whole - without).max()
    )


@pytest.mark.heart
@pytest.mark.parametrize("kind", ["resnet", "vit"])
def test_other_weights_give_another_map(runs, photos, kind):
    run = runs[kind]
    lens = Lens(run)
    _, pixels = some(run, photos)
    parts, _ = lens.relevance(pixels, 0)
    assert parts.shape == (3, *lens.seam.grid)
    weights = run.model.get_weights()
    draw = np.random.default_rng(0)
    kernels = [draw.permutation(each.ravel()).reshape(each.shape) for each in weights]
    run.model.set_weights(kernels)
    try:
        others, _ = lens.relevance(pixels, 0)
    finally:
        run.model.set_weights(weights)
    alike = np.corrcoef(parts.ravel(), others.ravel())[0, 1]
    assert abs(alike) < 0.9
    again, _ = lens.relevance(pixels, 0)
    np.testing.assert_allclose(again, parts, rtol=1e-5, atol=1e-7)


def test_words_put_together_are_the_text(runs):
    tokenizer, text = runs["bert"].reader, "  my refund, please!  "
    count = len(tokenizer.tokens.encode(text).ids)
    pieces = words(text, np.ones(count), tokenizer)
    assert "".join(piece for piece, _ in pieces) == text
    assert sum(part for _, part in pieces) == count - 2  # the special tokens at both ends
    cut = words(text + "please " * 600, np.ones(4), tokenizer)
    assert "".join(piece for piece, _ in cut) == text + "please " * 600


def test_a_text_is_shown_and_never_run():
    made = page("<b>", [("<i>", [("<script>alert(1)</script>", 0.5)])])
    for word in ("<script", "<b>", "<i>"):
        assert word not in made


def test_the_command_draws_each_image(runs, photos, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run = runs["resnet"]
    paths, _ = some(run, photos)
    asked = ["explain", str(run.folder), *map(str, paths)]
    assert zooflow_run(group, asked) == 0
    files = capsys.readouterr().out.splitlines()
    assert len(files) == 3
    with Image.open(files[0]) as picture:
        assert picture.size == (2 * run.reader.size[1], run.reader.size[0])
    assert zooflow_run(group, asked) == 2  # nothing is overwritten
    assert "exists already" in capsys.readouterr().err
    label = run.labels[1]
    assert zooflow_run(group, [*asked, "--out", "more", "--label", label, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {each["label"] for each in told} == {label}
    assert zooflow_run(group, [*asked, "--out", "none", "--label", "zebra"]) == 2
    assert "has no label 'zebra'" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_texts_become_one_page(runs, tmp_path, capsys):
    run = runs["bert"]
    out = tmp_path / "out"
    asked = ["explain", str(run.folder), "my refund please", "the lamp", "--out", str(out)]
    assert zooflow_run(group, asked) == 0
    assert capsys.readouterr().out == f"{out / 'texts.html'}\n"
    assert "refund" in (out / "texts.html").read_text()


def test_an_unknown_label_is_named(runs):
    with pytest.raises(UnknownName, match="no label named 'zebra'"):
        explain(runs["resnet"], [], "zebra")
