import dataclasses
import json
from pathlib import Path

import keras
import numpy as np
import pytest

from zooflow import Classify, ImageFolder, Phase, Recipe, finetune, load_run
from zooflow.checkpoints import open_checkpoint
from zooflow.data import Augment, decode_all
from zooflow.errors import BadInput, BadRecipe
from zooflow.features import ask, form
from zooflow.store.room import stored
from zooflow.train import Silence
from zooflow.train.batches import Batches

pytestmark = pytest.mark.heart
PHASES = (Phase("head", epochs=3, lr=3e-2), Phase("last 1", epochs=2, lr=1e-3))


def recipe(tiny, photos, **changes) -> Recipe:
    settings = {"backbone": tiny("resnet"), "data": ImageFolder(photos), "phases": PHASES}
    return Recipe(**{**settings, "batch": 8, **changes})


def weights(folder) -> dict[str, np.ndarray]:
    with open_checkpoint(folder / "model" / "model.safetensors") as checkpoint:
        return {name: np.array(checkpoint[name]) for name in checkpoint}


def test_a_run_holds_all_that_was_promised(tiny, photos, tmp_path):
    run = finetune(recipe(tiny, photos), tmp_path / "run")
    files = {str(p.relative_to(run.folder)) for p in run.folder.rglob("*") if p.is_file()}
    assert files == {
        "recipe.json",
        "lock.json",
        "metrics.jsonl",
        "losses.jsonl",
        "times.jsonl",
        "curves.png",
        "examples.csv",
        "log.txt",
        "labels.txt",
        "validation.csv",
        "calibration.json",
        "model/model.safetensors",
        "model/config.json",
        "model/preprocessing.json",
    }
    assert Recipe.from_json((run.folder / "recipe.json").read_text()) == run.recipe
    rows = [json.loads(line) for line in (run.folder / "metrics.jsonl").read_text().splitlines()]
    assert [(row["phase"], row["epoch"]) for row in rows] == [
        (1, 1),
        (1, 2),
        (1, 3),
        (2, 1),
        (2, 2),
    ]
    lock = json.loads((run.folder / "lock.json").read_text())
    assert lock["backend"] == keras.backend.backend()
    assert lock["backbone"]["sha256"]["model.safetensors"]
    assert (run.folder / "labels.txt").read_text() == "blue\ngreen\nred\n"
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_three_colours_are_learned(tiny, photos, tmp_path):
    phases = (Phase("head", epochs=20, lr=3e-2),)
    run = finetune(recipe(tiny, photos, phases=phases, seed=1), tmp_path / "run")
    scores = run.evaluate(ImageFolder(photos))
    assert scores.accuracy > 0.9
    assert scores.examples == 36


def test_a_loaded_run_gives_the_same_answers_to_the_bit(tiny, photos, tmp_path):
    run = finetune(recipe(tiny, photos), tmp_path / "run")
    paths = sorted(Path(photos).glob("*/*.png"))[:7]
    again = load_run(run.folder)
    assert again.labels == run.labels
    assert (again.predict(paths) == run.predict(paths)).all()
    x = decode_all(paths, run.reader)
    assert (
        keras.ops.convert_to_numpy(again.model.predict_on_batch(x))
        == keras.ops.convert_to_numpy(run.model.predict_on_batch(x))
    ).all()


def test_a_loaded_text_run_gives_the_same_answers_to_the_bit(text_recipe, tmp_path):
    run = finetune(text_recipe, tmp_path / "run")
    said = ["my refund please", "the lamp is broken", ""]
    assert (load_run(run.folder).predict(said) == run.predict(said)).all()


def test_two_runs_of_one_recipe_are_the_same_to_the_bit(tiny, photos, tmp_path):
    one, two = (finetune(recipe(tiny, photos), tmp_path / name) for name in ("one", "two"))
    first, second = weights(one.folder), weights(two.folder)
    assert first.keys() == second.keys()
    assert all((first[name] == second[name]).all() for name in first)


def test_two_text_runs_of_one_recipe_are_the_same_to_the_bit(text_recipe, tmp_path):
    one, two = (finetune(text_recipe, tmp_path / name) for name in ("one", "two"))
    first, second = weights(one.folder), weights(two.folder)
    assert all((first[name] == second[name]).all() for name in first)


def test_bfloat16_runs_keep_float32_weights_and_load_as_they_were(tiny, photos, tmp_path):
    run = finetune(recipe(tiny, photos, precision="mixed_bfloat16"), tmp_path / "run")
    assert {tensor.dtype.name for tensor in weights(run.folder).values()} == {"float32"}
    paths = sorted(Path(photos).glob("*/*.png"))[:7]
    again = load_run(run.folder)
    assert again.model.get_layer("conv1").compute_dtype == "bfloat16"
    assert (again.predict(paths) == run.predict(paths)).all()


def test_images_of_another_size_are_learned(tiny, photos, tmp_path):
    run = finetune(recipe(tiny, photos, backbone=tiny("vit"), size=48), tmp_path / "run")
    assert run.card.input.size == (48, 48)
    assert load_run(run.folder).model.input_shape == (None, 48, 48, 3)


def test_many_answers_are_those_of_few(tiny, photos, tmp_path):
    run = finetune(recipe(tiny, photos), tmp_path / "run")
    paths = [path for path in sorted(Path(photos).glob("*/*.png")) for _ in range(8)]
    assert not any("bn" in layer.name for layer in run.folded.layers)
    np.testing.assert_allclose(
        run.predict(paths)[::8], run.predict(paths[::8]), rtol=1e-4, atol=1e-6
    )


def test_another_seed_gives_other_weights(tiny, photos, tmp_path):
    one = finetune(recipe(tiny, photos), tmp_path / "one")
    two = finetune(recipe(tiny, photos, seed=1), tmp_path / "two")
    assert (weights(one.folder)["fc.weight"] != weights(two.folder)["fc.weight"]).any()


@pytest.mark.parametrize("what", ["images", "views", "texts"])
@pytest.mark.usefixtures("empty_store")
def test_features_kept_in_float32_change_nothing(tiny, photos, text_recipe, tmp_path, what):
    phases = (*PHASES, Phase("last 2", epochs=2, lr=1e-3))
    made = text_recipe if what == "texts" else recipe(tiny, photos, phases=phases)
    if what == "views":
        made = dataclasses.replace(made, augment=Augment(crop=0.5, mixup=0.4), views=2)
        phases = (dataclasses.replace(phases[0], augment=False), *phases[1:])
    made = dataclasses.replace(made, phases=phases, seed=1)
    one, two = (
        finetune(dataclasses.replace(made, cache=cache), tmp_path / cache)
        for cache in ("float32", "off")
    )
    expected = weights(two.folder)
    for name, each in weights(one.folder).items():
        np.testing.assert_array_equal(each, expected[name])


@pytest.mark.usefixtures("empty_store")
def test_a_second_run_asks_the_trunk_nothing(tiny, photos, tmp_path, monkeypatch):
    made = recipe(tiny, photos, seed=2)
    doing = [[], []]
    for number, said in enumerate(doing):
        listener = Silence()
        listener.step = lambda what, done, total, said=said: said.append(what)
        changed = dataclasses.replace(made, task=Classify(dropout=0.1 * number))
        finetune(changed, tmp_path / str(number), listener=listener)
        held = sum(each.bytes for each in stored())
        monkeypatch.setenv("ZOOFLOW_STORE_GB", str((held + 1) / 1e9))  # no byte more has room
    assert "asking the frozen part" in doing[0]
    assert "asking the frozen part" not in doing[1]


@pytest.mark.usefixtures("empty_store")
def test_one_pass_fills_the_store_for_all_phases(tiny, photos, tmp_path):
    doing = []
    listener = Silence()
    listener.step = lambda what, done, total: doing.append((what, total))
    finetune(recipe(tiny, photos, seed=3), tmp_path / "run", listener=listener)
    passes = [total for what, total in doing if what == "asking the frozen part"]
    last = len(doing) - 1 - [what for what, _ in reversed(doing)].index("asking the frozen part")
    assert set(passes) == {36}
    assert last < [what for what, _ in doing].index("learning")


@pytest.mark.usefixtures("empty_store")
def test_a_trunk_that_bfloat16_changes_computes_in_float32(tiny, photos, tmp_path, monkeypatch):
    monkeypatch.setattr(form, "fast_dtype", lambda: "bfloat16")
    monkeypatch.setattr(ask, "APART", 0.0)
    made = recipe(tiny, photos, phases=PHASES[:1])
    run = finetune(made, tmp_path / "run")
    assert "in bfloat16 the frozen part says something else, by " in (
        run.folder / "log.txt"
    ).read_text("utf-8")
    (kept,) = (each.about for each in stored() if "up to" in each.about)
    assert kept.endswith("float16")
    assert not kept.endswith("bfloat16")


def test_features_that_do_not_fit_on_disk_are_made_every_epoch(tiny, photos, tmp_path, monkeypatch):
    monkeypatch.setenv("ZOOFLOW_STORE_GB", "0")
    run = finetune(recipe(tiny, photos, phases=PHASES[:1]), tmp_path / "run")
    assert "do not fit" in (run.folder / "log.txt").read_text()


@pytest.mark.usefixtures("empty_store")
def test_views_are_made_once_and_take_turns(tiny, photos, tmp_path):
    doing = []
    listener = Silence()
    listener.step = lambda what, done, total: doing.append((what, total))
    augment = Augment(crop=0.5, flip=True)
    made = recipe(tiny, photos, augment=augment, views=3, phases=(Phase("head", epochs=5),))
    finetune(made, tmp_path / "run", listener=listener)
    assert {total for what, total in doing if what == "asking the frozen part"} == {3 * 30 + 6}
    batches = Batches(lambda i: i, lambda i: (i, i), 6, batch=4, seed=0, views=3, begun=1)
    turns = []
    for _ in range(4):
        seen = np.concatenate([batches[i][0] for i in range(len(batches))])
        assert sorted(seen % 6) == [*range(6)]
        turns.append({*(seen // 6)})
        batches.on_epoch_end()
    assert turns == [{1}, {2}, {0}, {1}]


@pytest.mark.usefixtures("empty_store")
def test_a_phase_may_learn_from_examples_as_they_are(tiny, photos, tmp_path):
    doing = []
    listener = Silence()
    listener.step = lambda what, done, total: doing.append((what, total))
    phases = (Phase("head", epochs=3, augment=False), Phase("last 1", epochs=2))
    made = recipe(tiny, photos, augment=Augment(crop=0.5), views=2, phases=phases)
    finetune(made, tmp_path / "run", listener=listener)
    asked = [total for what, total in doing if what == "asking the frozen part"]
    assert list(dict.fromkeys(asked)) == [30 + 6, 2 * 30 + 6]


@pytest.mark.usefixtures("empty_store")
def test_views_drawn_anew_are_not_kept(tiny, photos, tmp_path, empty_store):
    augment = Augment(flip=True)
    made = recipe(tiny, photos, augment=augment, views=0, phases=(Phase("head", epochs=2),))
    finetune(made, tmp_path / "run")
    assert not [each for each in stored() if "up to" in each.about]


def test_frozen_weights_come_out_as_they_went_in(tiny, photos, tmp_path):
    run = finetune(recipe(tiny, photos, phases=PHASES[1:]), tmp_path / "run")
    after = weights(run.folder)
    with open_checkpoint(Path(tiny("resnet"))) as before:
        frozen = [name for name in before if not name.startswith("layer4")]
        assert len(frozen) > 20
        assert all((after[name] == before[name]).all() for name in frozen)
        assert (after["layer4.0.conv1.weight"] != before["layer4.0.conv1.weight"]).any()


def test_a_run_is_never_overwritten(tiny, photos, tmp_path):
    (tmp_path / "run").mkdir()
    with pytest.raises(BadInput, match="exists already"):
        finetune(recipe(tiny, photos), tmp_path / "run")
    assert not any((tmp_path / "run").iterdir())


def test_images_are_refused_by_a_text_backbone(tiny, photos, tmp_path):
    with pytest.raises(BadRecipe, match=r"takes texts, and .* holds images"):
        finetune(recipe(tiny, photos, backbone=tiny("bert")), tmp_path / "run")


def test_defaults_are_written_down_in_full(tiny, photos, tmp_path):
    run = finetune(recipe(tiny, photos, phases=(Phase("head", epochs=1),)), tmp_path / "run")
    facts = json.loads((run.folder / "recipe.json").read_text())
    assert facts["phases"][0]["weight_decay"] == 0.01
    assert facts["task"]["kind"] == "Classify"


def test_class_weights_weigh_each_label_alike():
    targets = np.array([0, 0, 0, 1], "int32")
    given = Classify(class_weights="auto").weights(targets, 2)[targets]
    assert given[:3].sum() == pytest.approx(given[3])
    assert given.mean() == pytest.approx(1)


def test_the_loss_is_keras_cross_entropy_with_smoothing():
    draw = np.random.default_rng(0)
    logits, targets = draw.normal(size=(6, 4)).astype("float32"), np.array([0, 1, 2, 3, 0, 1])
    truth = np.eye(4, dtype="float32")[targets]
    ours = Classify(label_smoothing=0.1).loss()(truth, logits)
    theirs = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)
    assert float(ours) == pytest.approx(float(theirs(truth, logits)), rel=1e-5)


def test_the_focal_loss_is_keras_own():
    draw = np.random.default_rng(0)
    logits = draw.normal(size=(6, 4)).astype("float32")
    truth = np.eye(4, dtype="float32")[[0, 1, 2, 3, 0, 1]]
    theirs = keras.losses.CategoricalFocalCrossentropy(alpha=1.0, gamma=2.0, from_logits=True)
    ours = Classify(focus=2.0).loss()(truth, logits)
    assert float(ours) == pytest.approx(float(theirs(truth, logits)), rel=1e-5)
