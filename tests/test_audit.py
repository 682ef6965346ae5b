"""The audit of a step finds nothing wrong where nothing is: every strategy, on every family.

A few families are tested; ZOOFLOW_ALL=1 tests all.
"""

import gc
import json
import os

import keras
import numpy as np
import pytest
from grown import grow, image, tokens
from test_rates import GOLDENS, SMALL

from zooflow.backbones.parts.initializers import hollow
from zooflow.convert import drain, pour
from zooflow.features.cut import cut
from zooflow.freeze import audit, fingerprints, head_of, keep_short, learners, put_pairs, thaw
from zooflow.lora import kept_in, lora_of
from zooflow.phase import Phase
from zooflow.strategies import STRATEGIES, Facts, phases
from zooflow.tasks import Classify
from zooflow.train.optimizer import optimizer
from zooflow.zoo import Backbone, build
from zooflow.zoo.configs import card_from_folder

FEW = ("efficientnet", "resnet", "vit", "bert")
HEART = ("resnet", "bert")
LABELS = 3
TRUTH = np.eye(LABELS, dtype="float32")[np.arange(4) % LABELS]
ALL = bool(os.environ.get("ZOOFLOW_ALL"))
CHOSEN = [
    pytest.param(name, marks=pytest.mark.heart if name in HEART else ())
    for name in (GOLDENS if ALL else FEW)
]
gc.freeze()  # what was imported need not be looked through after each network


@pytest.mark.parametrize("name", CHOSEN)
def test_no_strategy_raises_a_false_alarm(name, tmp_path):
    golden = GOLDENS[name][SMALL[name]]
    (tmp_path / "config.json").write_text(json.dumps(golden["config"]), "utf-8")
    given = {**golden["given"], "batch": 4}
    x = image(**given) if "size" in given else tokens(**given)
    try:
        backbone, model = grown(tmp_path)
        for train in words(backbone, text="size" not in given):
            if kept_in([train]):
                backbone, model = grown(tmp_path)
                assert keep_short(model, backbone, [train])
            step(model, backbone, train, x)
    finally:
        keras.backend.clear_session()


def grown(folder) -> tuple[Backbone, keras.Model]:
    """Give a backbone with grown weights, and a model on it."""
    with hollow():
        backbone = build(card_from_folder(folder, name="small", source="small"))
    pour({name: grow(name, t.shape) for name, t in drain(backbone.whole).items()}, backbone.whole)
    return backbone, Classify().attach(backbone, LABELS)


def words(backbone: Backbone, *, text: bool) -> list[str]:
    """Give what the phases of all strategies say, those of LoRA last: their pairs stay."""
    width = backbone.pooled.shape[-1]
    facts = Facts(backbone.blocks, text, False, width, examples=100, labels=LABELS, batch=4)
    found = {
        phase.train
        for strategy in STRATEGIES
        for phase in phases(strategy, facts)
        if not phase.train.startswith("last") or int(phase.train[5:]) <= len(backbone.blocks)
    }
    return sorted(found, key=lambda train: (bool(lora_of(train)), train))


def step(model: keras.Model, backbone: Backbone, train: str, x) -> None:
    """Take two steps of a phase as `learn` does, and audit each."""
    counted = thaw(model, backbone, train)
    put_pairs(model, backbone, train)
    learning = model.trainable_weights
    assert {each.path for each in learning} == learners(model, backbone, train)
    assert sum(int(np.prod(each.shape)) for each in learning) == counted
    trunk, tail, names = cut(model, head_of(model, backbone))
    crossing, eager = x, keras.backend.backend() == "tensorflow"
    if trunk:
        trunk.run_eagerly = eager
        said = trunk.predict_on_batch(x)
        said = *(said if isinstance(said, list) else [said]), *(x[each] for each in names)
        crossing = said if len(said) > 1 else said[0]
    mine = optimizer(Phase(train, lr=1e-3), tail.trainable_variables, steps=9, backbone=backbone)
    tail.compile(mine, Classify().loss(), run_eagerly=eager)
    before = fingerprints(model)
    for _ in range(2):
        tail.train_on_batch(crossing, TRUTH)
        resting = audit(model, backbone, train, before, mine)
        assert len(resting) <= len(model.layers) / 10
