"""What is seen of a training: its curves, TensorBoard's events, and the search for a rate."""

import dataclasses
import io
import json
import math
import struct
from itertools import pairwise
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image
from test_finetune import recipe
from test_resume import Killer, stop

from zooflow import Augment, Phase, finetune, resume
from zooflow.cli import group, run
from zooflow.errors import BadInput
from zooflow.train import Board, Silence, draw_rates, find_rate, plan, state
from zooflow.train.curves import curves, draw_curves
from zooflow.train.find_rate import HIGH, LOW, STEPS, WORSE, suggest
from zooflow.train.records import losses, rows

PHASES = (Phase("head", epochs=2, lr=1e-2), Phase("layer4", epochs=2, lr=1e-3))


@pytest.fixture
def quick(tiny, photos):
    return recipe(tiny, photos, phases=PHASES)


def write_records(folder: Path, epochs: list[int], **changes) -> Path:
    """Write the records of a run whose phases took so many epochs, 20 steps each."""
    folder.mkdir(exist_ok=True)
    numbers = [(phase, e) for phase, n in enumerate(epochs, 1) for e in range(1, n + 1)]
    metrics, means = [], []
    for place, (phase, epoch) in enumerate(numbers, 1):
        loss = 2 / place
        row = {"phase": phase, "epoch": epoch, "loss": loss, "accuracy": 1 - 0.5 / place}
        metrics.append(row | {"val_loss": 1.1 * loss, "val_accuracy": 1 - 0.6 / place} | changes)
        means.append([[step, loss * (1 + 1 / step)] for step in range(1, 21)])
    for name, said in (("metrics", metrics), ("losses", means)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in said))
    return folder


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


def test_losses_of_steps_come_back_from_their_running_means():
    means = [[2, 3.0], [3, 4.0], [5, 2.8]]
    assert list(losses(means)) == [(2, 3.0), (3, 6.0), (5, pytest.approx(1.0))]


@pytest.mark.heart
def test_a_run_shows_its_curves_also_after_a_resume(quick, tmp_path, monkeypatch):
    monkeypatch.setattr(state, "SHARE", 0)
    finetune(quick, tmp_path / "whole")
    stop(quick, tmp_path / "run", 2)
    assert not (tmp_path / "run" / "curves.png").exists()
    resume(tmp_path / "run")
    whole, resumed = (tmp_path / name / "curves.png" for name in ("whole", "run"))
    assert pixels(whole).shape == (750, 1050, 3)
    assert whole.stat().st_size < 100_000
    assert (pixels(whole) == pixels(resumed)).all()


@pytest.mark.parametrize("changes", [{"loss": 1}, {"val_loss": 1}, {"accuracy": 0}, {"phase": 1}])
def test_curves_follow_the_records_alone(tmp_path, changes):
    drawn = []
    for name, each in (("one", {}), ("two", {}), ("other", changes)):
        folder = write_records(tmp_path / name, [2, 3], **each)
        if "loss" in each:  # that of the steps is drawn, not that of epochs
            means = [[[step, 1.0] for step in range(1, 21)]] * 5
            (folder / "losses.jsonl").write_text("\n".join(map(json.dumps, means)))
        draw_curves(folder, ["head", "layer4"])
        drawn.append(pixels(folder / "curves.png"))
    assert (drawn[0] == drawn[1]).all()
    assert (drawn[0] != drawn[2]).any()


@pytest.mark.parametrize(
    ("epochs", "names"),
    [
        ([1], ["head"]),
        ([10, 6], ["head", "encoder-layer-0"]),
        ([10, *[1] * 12], ["head", *(f"last {n}" for n in range(1, 13))]),
        ([10, *[1] * 99], ["head", *(f"stages-{n}-blocks" for n in range(99))]),
    ],
)
def test_names_of_phases_stand_apart(tmp_path, epochs, names):
    figure = curves(write_records(tmp_path / "run", epochs), names)
    figure.draw_without_rendering()
    (axis,) = figure.axes[0].child_axes
    shown = [label for label in axis.get_xticklabels() if label.get_text()]
    assert {label.get_text() for label in shown} <= set(names)
    assert len(shown) == len(names) or len(names) > 90
    boxes = sorted((label.get_window_extent().extents for label in shown), key=lambda box: box[0])
    assert all(left[2] <= right[0] for left, right in pairwise(boxes))
    assert boxes[0][0] >= 0
    assert max(box[3] for box in boxes) <= figure.bbox.height


def test_the_best_epoch_is_named(tmp_path):
    folder = write_records(tmp_path / "run", [2, 2])
    said = rows(folder, "metrics")
    said[2]["val_accuracy"] = said[3]["val_accuracy"] = 0.9876
    said[3]["val_loss"] = 0.1
    (folder / "metrics.jsonl").write_text("\n".join(map(json.dumps, said)))
    title = curves(folder, ["head", "all"]).get_suptitle()
    assert title == "best: epoch 2 of phase 2, validation accuracy 0.9876"


def events(folder: Path) -> list[tuple[str, int, float]]:
    """Read event files: records of a length, its checksum, an event, and its checksum."""
    event_pb2 = pytest.importorskip("tensorboardX.proto.event_pb2")
    found = []
    for path in folder.iterdir():
        file = io.BytesIO(path.read_bytes())
        while head := file.read(12):
            event = event_pb2.Event.FromString(file.read(struct.unpack("<Q", head[:8])[0]))
            file.read(4)
            found += [(each.tag, event.step, each.simple_value) for each in event.summary.value]
    return found


def of(found: list[tuple[str, int, float]], tag: str) -> list[tuple[int, float]]:
    return [(step, value) for name, step, value in found if name == tag]


@pytest.mark.heart
def test_tensorboard_reads_what_was_recorded_once_also_after_a_resume(quick, tmp_path, monkeypatch):
    pytest.importorskip("tensorboardX")
    monkeypatch.setattr(state, "SHARE", 0)
    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt), Board(folder, Killer(3)) as board:
        finetune(quick, folder, listener=board)
    assert len(of(events(folder / "tensorboard" / "validation"), "loss")) == 3
    with Board(folder, Silence()) as board:
        resume(folder, listener=board)
    train, check = (events(folder / "tensorboard" / part) for part in ("training", "validation"))
    metrics = rows(folder, "metrics")
    for found, prefix in ((train, ""), (check, "val_")):
        for tag in ("loss", "accuracy"):
            expected = [(i, pytest.approx(row[prefix + tag])) for i, row in enumerate(metrics, 1)]
            assert of(found, tag) == expected
    expected, before = [], 0
    for means in rows(folder, "losses"):
        expected += [(before + step, pytest.approx(loss)) for step, loss in losses(means)]
        before += means[-1][0]
    assert of(train, "loss_of_step") == expected
    rates = [rate for _, rate in of(train, "learning_rate")]
    assert len(rates) == 4
    assert 1e-2 > rates[0] > rates[1] > 0  # cosine
    assert 1e-3 > rates[2] > rates[3] > 0


def test_tensorflow_finds_the_checksums_right(quick, tmp_path):
    pytest.importorskip("tensorboardX")
    tf = pytest.importorskip("tensorflow")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("TensorFlow is not in use")
    folder = tmp_path / "run"
    with Board(folder, Silence()) as board:
        finetune(quick, folder, listener=board)
    for path in (folder / "tensorboard").glob("*/*"):
        assert sum(1 for _ in tf.data.TFRecordDataset(str(path))) >= 8


def test_without_the_library_nothing_begins(tiny, photos, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("zooflow.fresh.find_spec", lambda name: None)
    words = ["finetune", tiny("resnet"), "--images", photos, "--out", str(tmp_path / "run")]
    assert run(group, [*words, "--tensorboard"]) == 2
    assert "tensorboardX, which writes for TensorBoard, is not installed" in capsys.readouterr().err
    with pytest.raises(BadInput, match="not installed"):
        Board(tmp_path, Silence())
    assert not any(tmp_path.iterdir())


def test_the_command_writes_events_and_a_resume_goes_on_with_them(
    tiny, photos, tmp_path, monkeypatch, capsys
):
    pytest.importorskip("tensorboardX")
    monkeypatch.setattr(state, "SHARE", 0)
    out = tmp_path / "run"
    words = ["finetune", tiny("resnet"), "--images", photos, "--out", str(out), "--batch", "8"]
    again = ["--phases", "head:3:1e-2", "--tensorboard", "--quiet"]

    def stopped(self, row):
        self.rows.append(row)
        if row["epoch"] == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("zooflow.cli.show.Show.epoch", stopped)
        assert run(group, [*words, *again]) == 130
    assert run(group, ["resume", str(out), "--quiet"]) == 0
    found = of(events(out / "tensorboard" / "validation"), "accuracy")
    assert [step for step, _ in found] == [1, 2, 3]


@pytest.mark.heart
@pytest.mark.parametrize("kind", ["images", "texts", "lora", "augmented"])
def test_a_rate_is_found(quick, text_recipe, tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    made = text_recipe if kind == "texts" else quick
    if kind == "lora":
        made = dataclasses.replace(made, phases=(PHASES[0], Phase("lora 2", accumulate=2)))
    if kind == "augmented":
        made = dataclasses.replace(made, augment=Augment(), views=0)
    said = Silence()
    told: list[str] = []
    said.say = told.append  # type: ignore[method-assign]
    found = find_rate(plan(made), listener=said)
    assert found.rates[0] == pytest.approx(LOW)
    steps = np.diff(np.log(found.rates))
    np.testing.assert_allclose(steps, math.log(HIGH / LOW) / (STEPS - 1), rtol=1e-3)
    assert len(found.rates) == len(found.losses) <= STEPS
    assert found.suggestion == suggest(found.rates, found.losses)
    assert LOW < found.suggestion < HIGH
    assert "first, as usual: head" in told
    assert not any(tmp_path.iterdir())


def test_the_search_ends_where_the_loss_is_lost(quick):
    found = find_rate(plan(quick))
    lost = [loss > WORSE * min(found.losses[: i + 1]) for i, loss in enumerate(found.losses)]
    assert lost.index(True) == len(lost) - 1


@pytest.fixture
def searched(tiny, photos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["lr-find", tiny("resnet"), "--images", photos, "--batch", "8", "--phases"]
    return lambda *more: run(group, [*words, "head:1:1e-2,layer4:1:1e-3", *more])


def test_the_command_draws_suggests_and_names_the_way_on(searched, tmp_path, capsys):
    assert searched() == 0
    out, err = capsys.readouterr()
    rate = float(out.removeprefix("--lr "))
    assert LOW < rate < HIGH
    assert err.splitlines()[-1].startswith("Next: zooflow finetune ")
    assert err.splitlines()[-1].endswith(f"--lr {rate:.1e}")
    assert [path.name for path in tmp_path.iterdir()] == ["lr-find.png"]
    assert pixels(tmp_path / "lr-find.png").shape == (750, 1050, 3)


def test_the_command_gives_what_it_found_as_json(searched, capsys):
    assert searched("--json", "--quiet", "--out", "rates.png") == 0
    out, err = capsys.readouterr()
    said = json.loads(out)
    assert said["picture"] == "rates.png"
    assert len(said["rates"]) == len(said["losses"])
    assert said["suggestion"] == suggest(said["rates"], said["losses"])
    assert err == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--out", "there.png"], "there.png exists already"),
        (["--out", "picture.jpg"], "cannot write picture.jpg"),
        (["--out", "nowhere/picture.png"], "cannot write nowhere/picture.png"),
        (["--lr", "0.1"], "no such option '--lr'"),
        (["--strategy", "full"], "--strategy and --phases were given"),
    ],
)
def test_misuse_of_lr_find_is_one_sentence_and_draws_nothing(
    searched, tmp_path, capsys, words, message
):
    (tmp_path / "there.png").write_text("mine")
    assert searched(*words) == 2
    assert message in capsys.readouterr().err.splitlines()[0]
    assert [path.name for path in tmp_path.iterdir()] == ["there.png"]
    assert (tmp_path / "there.png").read_text() == "mine"


def test_the_picture_of_rates_follows_what_was_found(tmp_path, quick):
    found = find_rate(plan(dataclasses.replace(quick, phases=PHASES[:1])))
    other = dataclasses.replace(found, suggestion=found.suggestion * 10)
    for name, each in (("one", found), ("other", other)):
        draw_rates(each, tmp_path / f"{name}.png")
    assert (pixels(tmp_path / "one.png") != pixels(tmp_path / "other.png")).any()
