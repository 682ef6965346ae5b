"""What a phase will take is told before its first epoch is over."""

import dataclasses

import keras
import pytest
from test_finetune import recipe
from test_resume import Killer

from zooflow import Phase, finetune, resume
from zooflow.features.cut import cut
from zooflow.freeze import head_of, thaw
from zooflow.phase import OPTIMIZERS
from zooflow.train import Silence, plan, preflight, state
from zooflow.train.preflight import Pace, free_memory, memory

PHASES = (Phase("head", epochs=2, lr=1e-2), Phase("layer4", epochs=2, lr=1e-3))


class Told(Silence):
    """Keeps what is told, epochs too."""

    def __init__(self):
        self.lines = []

    def say(self, line):
        self.lines.append(line)

    def epoch(self, row):
        self.lines.append("epoch")


@pytest.fixture
def taken(tiny, photos):
    """Estimate the memory of a tiny network's phase."""

    def ask(train: str, *, kind: str = "resnet", batch: int = 8, length: int = 1, **how) -> int:
        ready = plan(recipe(tiny, photos, backbone=tiny(kind)))
        thaw(ready.model, ready.backbone, train)
        tail = cut(ready.model, head_of(ready.model, ready.backbone)).tail
        return memory(tail, Phase(train, **how), batch=batch, length=length)

    return ask


def test_memory_grows_with_the_batch_and_the_part_that_learns(taken):
    small, middle, large = (taken("all", batch=batch) for batch in (8, 16, 24))
    assert large - middle == middle - small > 0
    assert taken("head") < taken("layer4") < taken("layer2") < taken("all")


def test_memory_holds_what_the_optimizer_keeps(taken, tiny, photos):
    ready = plan(recipe(tiny, photos))
    weights = 4 * thaw(ready.model, ready.backbone, "all")
    sgd = taken("all", optimizer="sgd")
    assert taken("all", optimizer="adamw") - sgd == weights
    assert taken("all", optimizer="sgd", accumulate=2) - sgd == weights


def test_what_every_optimizer_keeps_is_known():
    assert set(preflight.MOMENTS) == set(OPTIMIZERS)


def test_what_a_rectifier_reads_is_not_kept():
    x = keras.Input((50,))
    plain, rectified = (
        memory(keras.Model(x, keras.layers.Activation(each)(x)), Phase(), batch=8, length=1)
        for each in ("tanh", "relu")
    )
    assert plain - rectified == preflight.KEPT[keras.backend.backend()] * 4 * 8 * 50


def test_attention_keeps_a_table_for_every_head():
    from zooflow.backbones.parts.attention import Attention
    from zooflow.backbones.parts.windows import WindowAttention

    x, windows = keras.Input((None, 8)), keras.Input((4, 9, 8))
    for inputs, layer, sides in (
        (x, Attention(2), (2, 50, 50)),
        (windows, WindowAttention(2), (4, 2, 9, 9)),
    ):
        apart = keras.Model(inputs, layer(inputs, inputs, inputs))
        plain = keras.Model(inputs, keras.layers.Activation("tanh")(inputs))
        here, there = (
            memory(each, Phase(), batch=3, length=50) for each in (apart, plain)
        )  # they say as much
        table = 4 * 3
        for side in sides:
            table *= side
        assert here - there == preflight.SCORES * table


def test_half_the_precision_keeps_half(tiny, photos):
    sizes = []
    for precision in ("float32", "mixed_bfloat16"):
        ready = plan(recipe(tiny, photos, precision=precision))
        thaw(ready.model, ready.backbone, "all")
        phase = Phase("all", optimizer="sgd")
        sizes.append(
            memory(ready.model, phase, batch=16, length=1)
            - memory(ready.model, phase, batch=8, length=1)
        )
    assert 0.5 <= sizes[1] / sizes[0] < 0.6  # images and logits stay as they are


@pytest.mark.heart
@pytest.mark.parametrize("kind", ["images", "texts"])
def test_a_phase_is_told_of_before_its_first_epoch_ends(
    tiny, photos, text_recipe, tmp_path, monkeypatch, kind
):
    monkeypatch.setattr("zooflow.train.learn.TOGETHER", 1)
    made = text_recipe if kind == "texts" else recipe(tiny, photos, phases=PHASES)
    told = Told()
    finetune(made, tmp_path / "run", listener=told)
    lines = [
        line.split()[0]
        for line in told.lines
        if line == "epoch" or line.startswith(("phase", "memory", "an epoch takes"))
    ]
    assert lines == ["phase", "memory:", "an", "epoch", "epoch"] * 2
    assert "an epoch takes about" in (tmp_path / "run" / "log.txt").read_text()


def test_too_little_memory_is_warned_of(tiny, photos, tmp_path, monkeypatch):
    monkeypatch.setattr(preflight, "free_memory", lambda: 1000)
    told = Told()
    finetune(recipe(tiny, photos, phases=PHASES[:1]), tmp_path / "run", listener=told)
    (warning,) = [line for line in told.lines if line.startswith("warning")]
    assert "will not fit" in warning
    assert any(line.endswith("0 MB is free") for line in told.lines)


def test_a_resumed_phase_is_told_of_too(tiny, photos, tmp_path, monkeypatch):
    monkeypatch.setattr(state, "SHARE", 0)
    made = recipe(tiny, photos, phases=(dataclasses.replace(PHASES[0], epochs=3),))
    with pytest.raises(KeyboardInterrupt):
        finetune(made, tmp_path / "run", listener=Killer(1))
    told = Told()
    resume(tmp_path / "run", listener=told)
    assert any(line.startswith("memory") for line in told.lines)


def test_the_free_memory_is_that_of_the_machine_or_of_its_group(tmp_path, monkeypatch):
    monkeypatch.setattr(preflight, "GROUP", tmp_path)
    machine = free_memory()
    assert machine is None or machine > 1e8
    (tmp_path / "memory.max").write_text("3000\n")
    (tmp_path / "memory.current").write_text("2500\n")
    (tmp_path / "memory.stat").write_text("anon 1500\ninactive_file 400\n")
    assert free_memory() == (None if machine is None else 900)
    (tmp_path / "memory.max").write_text("max\n")
    assert free_memory() != 900
    monkeypatch.setattr(preflight, "devices", lambda: ["GPU:0"])
    assert free_memory() is None


@pytest.mark.parametrize(
    ("ends", "steps", "expected"),
    [
        ([9, 9.5, 20, 20.5, 21, 21.5], 100, (3, 52)),  # the second one that compiles counts little
        ([9, 10, 11], 3, (2, 4)),  # the epoch is over
        ([9], 1, None),  # nothing but compiling
    ],
)
def test_the_time_of_an_epoch_is_that_of_its_steps_once_compiled(
    monkeypatch, ends, steps, expected
):
    told = Told()
    pace = Pace(epochs=1, checks=12 if steps == 100 else 3, listener=told)
    pace.params = {"steps": steps}
    pace.on_epoch_begin(0)
    for batch, end in enumerate(ends):
        monkeypatch.setattr(preflight.time, "perf_counter", lambda end=end: end)
        pace.on_train_batch_end(batch)
        if told.lines and expected:
            assert batch == expected[0]
            break
    assert told.lines == ([f"an epoch takes about {expected[1]} s"] if expected else [])


def test_steps_that_are_taken_together_count_each(monkeypatch):
    told = Told()
    pace = Pace(epochs=4, checks=0, listener=told)
    pace.params = {"steps": 160}
    pace.on_epoch_begin(0)
    for batch, end in ((15, 9.0), (31, 10.0), (47, 11.0), (63, 12.0)):
        monkeypatch.setattr(preflight.time, "perf_counter", lambda end=end: end)
        pace.on_train_batch_end(batch)
    assert told.lines == ["an epoch takes about 10 s, 4 take 40 s"]
