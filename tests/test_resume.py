"""A run that was stopped and resumed is the run that never was, to the bit."""

import dataclasses
import json
import shutil

import pytest
from PIL import Image
from test_finetune import recipe

from zooflow import Augment, Classify, Phase, finetune, reproduce, resume
from zooflow.cli import group, run
from zooflow.errors import BadInput
from zooflow.run.folder import training
from zooflow.train import Silence, state

RESULTS = (
    *("model/model.safetensors", "metrics.jsonl", "losses.jsonl", "validation.csv"),
    *("labels.txt", "examples.csv"),
)
PHASES = (
    Phase("head", epochs=3, lr=1e-2),
    Phase("layer4", epochs=3, lr=1e-3, patience=2, ema=0.8),
)


LBFGS = Phase("head", epochs=2, optimizer="lbfgs")


class Killer(Silence):
    """Ends the training as a kill does: in a step after so many epochs, the first of them."""

    def __init__(self, epochs, step=1):
        self.epochs, self.steps = epochs, step

    def step(self, doing, done, total):
        if doing == "learning" and self.epochs == 0:
            self.steps -= 1
            if self.steps == 0:
                raise KeyboardInterrupt

    def epoch(self, row):
        self.epochs -= 1


@pytest.fixture(autouse=True)
def every_epoch_is_saved(monkeypatch):
    monkeypatch.setattr(state, "SHARE", 0)


@pytest.fixture
def every_step_is_saved(monkeypatch):
    monkeypatch.setattr(state, "PAUSE", 0)
    monkeypatch.setattr("zooflow.train.learn.TOGETHER", 2)


@pytest.fixture
def lively(tiny, photos):
    """A recipe with all that draws chance or keeps something from epoch to epoch."""
    return recipe(
        tiny,
        photos,
        phases=PHASES,
        batch=8,
        task=Classify(dropout=0.4),
        augment=Augment(crop=0.6, mixup=0.4),
        views=2,
        soup=2,
    )


def results(folder):
    return {name: (folder / name).read_bytes() for name in RESULTS}


def stop(made, folder, epochs, step=1):
    with pytest.raises(KeyboardInterrupt):
        finetune(made, folder, listener=Killer(epochs, step))


@pytest.mark.heart
@pytest.mark.parametrize("kind", ["images", "texts"])
def test_stopped_and_resumed_is_never_stopped(lively, text_recipe, tmp_path, kind):
    made = lively if kind == "images" else text_recipe
    finetune(made, tmp_path / "whole")
    for epochs in (1, 2, 3):
        folder = tmp_path / str(epochs)
        stop(made, folder, epochs)
        assert not (folder / "model").exists()
        resume(folder)
        assert results(folder) == results(tmp_path / "whole")
        assert not (folder / "state").exists()


def test_a_run_may_be_stopped_again_and_again(lively, tmp_path):
    finetune(lively, tmp_path / "whole")
    folder = tmp_path / "run"
    stop(lively, folder, 1)
    for epochs in (0, 1, 2):
        with pytest.raises(KeyboardInterrupt):
            resume(folder, listener=Killer(epochs))
    resume(folder)
    assert results(folder) == results(tmp_path / "whole")


@pytest.mark.heart
@pytest.mark.parametrize("kind", ["images", "texts", "transformer", "closed form"])
def test_a_run_goes_on_inside_an_epoch(kinds, tmp_path, every_step_is_saved, kind):
    made = kinds[kind]
    finetune(made, tmp_path / "whole")
    last = sum(phase.epochs for phase in made.phases) - 1
    first = 0 if kind != "closed form" else last - 1  # whose first epochs are a step each
    for epochs, step in ((first, 1), (last, 2)):
        folder = tmp_path / f"{epochs}-{step}"
        stop(made, folder, epochs, step)
        saved = state.latest(folder / "state")
        assert saved
        assert saved.stand.epochs == epochs
        assert saved.stand.step or step > 1  # which, on TensorFlow, may be the last
        resume(folder)
        assert results(folder) == results(tmp_path / "whole")
        assert f"going on after {saved.stand}" in (folder / "log.txt").read_text()


def test_a_run_stopped_before_its_first_save_leaves_nothing(lively, tmp_path):
    stop(lively, tmp_path / "run", 0)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("damage", ["numbers", "facts", "no numbers", "half-written", "all"])
def test_a_torn_save_is_passed_over_for_the_one_before(lively, tmp_path, damage):
    finetune(lively, tmp_path / "whole")
    folder = tmp_path / "run"
    stop(lively, folder, 4)
    saves = sorted((folder / "state").glob("*.json"))
    assert len(saves) == state.KEPT
    numbers = saves[-1].with_suffix(".safetensors")
    if damage == "numbers":
        numbers.write_bytes(numbers.read_bytes()[:-3] + b"abc")
    elif damage == "facts":
        saves[-1].write_text(saves[-1].read_text()[:30])
    elif damage == "no numbers":
        numbers.unlink()
    elif damage == "half-written":
        (folder / "state" / "99999.part").write_text("{")
        (folder / "state" / "best-99999.safetensors").write_text("torn")
    else:
        for each in (folder / "state").iterdir():
            each.write_bytes(each.read_bytes()[:-1])
    resume(folder)
    assert results(folder) == results(tmp_path / "whole")


def test_a_run_before_its_first_save_begins_anew(lively, tmp_path):
    finetune(lively, tmp_path / "whole")
    folder = tmp_path / "run"
    stop(lively, folder, 4)
    for each in (folder / "state").iterdir():
        each.unlink()
    resume(folder)
    assert results(folder) == results(tmp_path / "whole")


def test_a_stopped_run_is_not_overwritten_and_not_asked(lively, tmp_path, capsys):
    folder = tmp_path / "run"
    stop(lively, folder, 4)
    with pytest.raises(BadInput, match="a run that was stopped") as told:
        finetune(lively, folder)
    assert f"zooflow resume {folder}" in told.value.hint
    assert run(group, ["predict", str(folder), "x.png"]) == 2
    assert f"zooflow resume {folder}" in capsys.readouterr().err


def test_what_has_changed_since_is_named(lively, tmp_path, photos):
    folder = tmp_path / "run"
    stop(lively, folder, 4)
    before = json.loads((folder / "lock.json").read_text())
    for change, message in (
        ({"data": "another"}, "its data have changed: the order of the examples has"),
        ({"backend": "mxnet"}, "it was begun on mxnet, and this is"),
        ({"backbone": {}}, "the backbone's weights have changed since"),
    ):
        (folder / "lock.json").write_text(json.dumps(before | change))
        with pytest.raises(BadInput, match=message):
            resume(folder)
        assert (folder / "state").exists()
    older = before | {"versions": before["versions"] | {"keras": "3.0.0"}}
    (folder / "lock.json").write_text(json.dumps(older))
    resume(folder)
    assert "keras was 3.0.0 and is" in (folder / "log.txt").read_text()


@pytest.fixture
def own_photos(photos, tmp_path):
    shutil.copytree(photos, tmp_path / "photos")
    return tmp_path / "photos"


def on(made, folder):
    return dataclasses.replace(made, data=dataclasses.replace(made.data, path=str(folder)))


def change_a_pixel(file):
    with Image.open(file) as image:
        changed = image.convert("RGB")
    changed.putpixel((0, 0), (1, 2, 3))
    changed.save(file)


def test_what_has_changed_in_the_data_is_named(lively, own_photos, tmp_path):
    made, folder = on(lively, own_photos), tmp_path / "run"
    stop(made, folder, 4)
    pixel, gone, moved, *_ = sorted(own_photos.glob("*/*.png"))
    change_a_pixel(pixel)
    with pytest.raises(BadInput, match=f"its data have changed: {pixel} has changed$"):
        resume(folder)
    gone.unlink()
    other = next(each for each in own_photos.iterdir() if each != moved.parent)
    moved.rename(other / "moved.png")
    with pytest.raises(BadInput) as told:
        resume(folder)
    clauses = f"{gone} is gone; {moved} is gone; {other / 'moved.png'} is new; {pixel} has changed"
    assert clauses in str(told.value)


@pytest.fixture
def kinds(lively, text_recipe, tiny, photos):
    """Recipes that have little in common."""
    pairs = (Phase("lora 2 int8", epochs=3, lr=1e-2),)
    words = dataclasses.replace(text_recipe, augment=Augment(drop=0.2), views=0, phases=pairs)
    vit = recipe(tiny, photos, backbone=tiny("vit"), depth=0.4, residual_dropout=0.2, soup=2)
    stacked = Phase("all", epochs=3, lr=1e-3, optimizer="sgd", accumulate=2, layer_decay=0.8)
    deep = Phase("all", epochs=3, lr=1e-3, ema=0.7, schedule="one-cycle")
    return {
        "images": lively,
        "texts": text_recipe,
        "masked words": words,
        "closed form": dataclasses.replace(lively, phases=(LBFGS, stacked)),
        "transformer": dataclasses.replace(vit, phases=(deep,)),
    }


@pytest.mark.heart
@pytest.mark.parametrize("kind", ["images", "texts", "masked words", "closed form", "transformer"])
def test_a_run_is_done_again_to_the_bit(kinds, tmp_path, kind):
    made = kinds[kind]
    finetune(made, tmp_path / "run")
    before = sorted(tmp_path.rglob("*"))
    verdict = reproduce(tmp_path / "run")
    losses = (tmp_path / "run" / "losses.jsonl").read_text().splitlines()
    assert verdict.identical
    assert verdict.steps == sum(json.loads(line)[-1][0] for line in losses) > 10
    assert (verdict.first, verdict.apart, verdict.causes) == ("", 0.0, ())
    assert sorted(tmp_path.rglob("*")) == before


def test_the_first_step_that_differs_is_named(lively, tmp_path):
    finetune(lively, tmp_path / "run")
    losses = tmp_path / "run" / "losses.jsonl"
    rows = [json.loads(line) for line in losses.read_text().splitlines()]
    true, rows[4][0][1] = rows[4][0][1], rows[4][0][1] + 1e-7
    losses.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    lock = json.loads((tmp_path / "run" / "lock.json").read_text())
    lock["versions"]["numpy"] = "1.0"
    (tmp_path / "run" / "lock.json").write_text(json.dumps(lock))
    verdict = reproduce(tmp_path / "run")
    assert not verdict.identical
    assert not verdict.kept
    assert verdict.first.startswith(f"step {rows[4][0][0]} of epoch 2 of phase 2, or just before:")
    assert verdict.first.endswith(f"loss {true + 1e-7!r} then, {true!r} now")
    assert verdict.apart == 0
    assert verdict.causes[0].startswith("numpy was 1.0 and is ")


def test_the_command_says_whether_it_is_the_same(lively, own_photos, tmp_path, capsys):
    made, folder = on(lively, own_photos), tmp_path / "run"
    finetune(made, folder)
    assert run(group, ["reproduce", str(folder), "--quiet"]) == 0
    assert capsys.readouterr().out.startswith("identical to the bit: ")
    weights = folder / "model" / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert run(group, ["reproduce", str(folder), "--quiet"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("promised: to the bit; they part at the weights that were saved\n")
    assert "versions and machine are the same" in said
    change_a_pixel(next(own_photos.glob("*/*.png")))
    assert run(group, ["reproduce", str(folder), "--quiet"]) == 2
    assert "its data have changed: " in capsys.readouterr().err


def test_there_must_be_something_to_resume(lively, tmp_path):
    with pytest.raises(BadInput, match="is not a run"):
        resume(tmp_path)
    finetune(dataclasses.replace(lively, phases=PHASES[:1]), tmp_path / "run")
    with pytest.raises(BadInput, match="is finished"):
        resume(tmp_path / "run")


def test_two_processes_do_not_train_one_run(tmp_path):
    with (
        training(tmp_path / "run", lambda folder: None),
        pytest.raises(BadInput, match="by another process"),
        training(tmp_path / "run"),
    ):
        pass
    assert (tmp_path / "run").exists()
