"""What a phase says of rates, optimizers, clipping and accumulation is what the weights do."""

import gc
import json
import math
import re
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers, ops

from zooflow.backbones.parts.initializers import hollow
from zooflow.cards import Card, ImageInput
from zooflow.cli import finetune as command
from zooflow.cli.recipes import OF_PHASES, change_phases
from zooflow.data import ImageFolder
from zooflow.errors import BadRecipe
from zooflow.freeze import heights
from zooflow.graph import steps
from zooflow.phase import OPTIMIZERS, SCHEDULES, Phase
from zooflow.recipe import Recipe
from zooflow.tasks import Classify
from zooflow.train import Silence, finetune
from zooflow.train.optimizer import KINDS, optimizer
from zooflow.train.rates import Graded, decays, factors
from zooflow.train.schedule import schedule
from zooflow.zoo import Backbone, build, load
from zooflow.zoo.configs import card_from_folder

GOLDENS = {
    file.stem: json.loads(file.read_text("utf-8"))
    for file in sorted((Path(__file__).parent / "golden").glob("*.json"))
}
SMALL = {  # of each family the first that its golden calls quick, but for some that are smaller
    name: {
        "byobnet": "odd-mlp",
        "cspnet": "odd-cspnet",
        "densenet": "odd-densenet-blur",
        "efficientnet": "test_efficientnet",
        "eva": "odd-eva-mixed",
        "fastvit": "odd-fastvit",
        "mobilenetv3": "lcnet_050",
        "regnet": "odd-groups",
        "repvit": "odd-repvit",
        "resnet": "test_resnet",
        "tiny_vit": "odd-tiny-vit",
        "vit_hybrid": "odd-hybrid-convs",
        "xcit": "odd-xcit-relu",
    }.get(name, golden["quick"][0])
    for name, golden in GOLDENS.items()
}
LR = 5e-3
BARELY = LR * (1 + 1e-9)  # the head has a rate of its own then, and it is the same
gc.freeze()  # what was imported need not be looked through after each network


@pytest.fixture
def stack() -> tuple[Backbone, list[keras.Variable]]:
    """Give a backbone of three blocks with a norm above them, and what learns of it and a head."""
    x = inputs = keras.Input((4,))
    for block in range(3):
        x = layers.Dense(4, name=f"inner-{block}")(x)
        x = layers.Dense(4, activation="tanh", name=f"block-{block}")(x)
    x = layers.LayerNormalization(name="norm")(x)
    card = Card("stack", "", "", "", "", input=ImageInput())
    backbone = Backbone(card, keras.Model(inputs, x), x, ("block-0", "block-1", "block-2"))
    model = keras.Model(inputs, layers.Dense(2, name="head")(x))
    draw = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(draw.normal(0, 0.3, weight.shape))
    return backbone, model.trainable_variables


def values(weights: list[keras.Variable]) -> list[np.ndarray]:
    return [ops.convert_to_numpy(weight) for weight in weights]


def gradients(weights: list, count: int, *, scale: float = 1.0) -> list[list[np.ndarray]]:
    """Draw the gradients of some steps."""
    draw = np.random.default_rng(1)
    return [
        [draw.normal(0, scale, weight.shape).astype("float32") for weight in weights]
        for _ in range(count)
    ]


def apply(to: keras.Optimizer, weights: list[keras.Variable], drawn: list) -> list[np.ndarray]:
    """Take steps, and give the weights."""
    for each in drawn:
        to.apply([ops.convert_to_tensor(gradient) for gradient in each], weights)
    return values(weights)


def difference(ours: list[np.ndarray], theirs: list[np.ndarray]) -> float:
    return max(np.abs(a - b).max() for a, b in zip(ours, theirs, strict=True))


def cosine(step: int, count: int, warmup: int) -> float:
    if step < warmup:
        return (step + 1) / (warmup + 1)
    return (1 + math.cos(math.pi * (step - warmup) / (count - warmup))) / 2


@pytest.mark.heart
@pytest.mark.parametrize("head_lr", [None, BARELY], ids=["plain", "graded"])
def test_one_rate_for_all_is_adamw_as_keras_has_it(stack, head_lr):
    backbone, weights = stack
    start, drawn = values(weights), gradients(weights, 20)
    phase = Phase(
        lr=LR, weight_decay=0.1, warmup=0, schedule="constant", layer_decay=1.0, head_lr=head_lr
    )
    mine = optimizer(phase, weights, steps=20, backbone=backbone)
    assert isinstance(mine, Graded) == bool(head_lr)
    ours = apply(mine, weights, drawn)
    for weight, value in zip(weights, start, strict=True):
        weight.assign(value)
    adamw = keras.optimizers.AdamW(LR, weight_decay=0.1, global_clipnorm=1.0)
    adamw.exclude_from_weight_decay(var_list=[each for each in weights if len(each.shape) < 2])
    assert difference(ours, apply(adamw, weights, drawn)) <= 1e-6
    assert difference(ours, start) > 0.03


@pytest.mark.heart
def test_layer_wise_rates_are_parameter_groups_of_torch(stack):
    import torch

    backbone, weights = stack
    rates = [0.75**3] * 4 + [0.75**2] * 4 + [0.75] * 4 + [1.0] * 2 + [2.0] * 2
    groups = [
        {
            "params": [torch.nn.Parameter(torch.tensor(value))],
            "lr": LR * rate,
            "weight_decay": 0.1 if value.ndim > 1 else 0.0,
        }
        for value, rate in zip(values(weights), rates, strict=True)
    ]
    theirs = [group["params"][0] for group in groups]
    adamw = torch.optim.AdamW(groups, eps=1e-7)
    shape = torch.optim.lr_scheduler.LambdaLR(adamw, lambda step: cosine(step, 20, 6))
    drawn = gradients(weights, 20, scale=30.0)  # so large that epsilon, put elsewhere, is nothing
    for each in drawn:
        for weight, gradient in zip(theirs, each, strict=True):
            weight.grad = torch.tensor(gradient)
        assert torch.nn.utils.clip_grad_norm_(theirs, 100.0) > 100
        adamw.step()
        shape.step()
    phase = Phase(lr=LR, weight_decay=0.1, warmup=0.3, layer_decay=0.75, head_lr=2 * LR, clip=100.0)
    ours = apply(optimizer(phase, weights, steps=20, backbone=backbone), weights, drawn)
    assert difference(ours, [weight.detach().numpy() for weight in theirs]) <= 1e-6


def sgd(weight, gradient, lr, memory):
    memory["m"] = 0.9 * memory.get("m", 0) - lr * gradient
    return weight + 0.9 * memory["m"] - lr * gradient


def lion(weight, gradient, lr, memory):
    before = memory.get("m", 0)
    memory["m"] = 0.99 * before + 0.01 * gradient
    return weight - lr * np.sign(0.9 * before + 0.1 * gradient)


def muon(weight, gradient, lr, memory):
    memory["m"] = 0.95 * memory.get("m", 0) + gradient
    x = gradient + 0.95 * memory["m"]
    x = x / (np.linalg.norm(x) + 1e-7)
    for _ in range(5):
        square = x @ x.T
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return weight - lr * x * 0.2 * max(weight.shape) ** 0.5


def adam(weight, gradient, lr, memory):
    step = memory["step"] = memory.get("step", 0) + 1
    memory["m"] = 0.9 * memory.get("m", 0) + 0.1 * gradient
    memory["v"] = 0.999 * memory.get("v", 0) + 0.001 * gradient**2
    rate = lr * (1 - 0.999**step) ** 0.5 / (1 - 0.9**step)
    return weight - rate * memory["m"] / (np.sqrt(memory["v"]) + 1e-7)


@pytest.mark.parametrize("layer_decay", [1.0, pytest.param(0.75, marks=pytest.mark.heart)])
@pytest.mark.parametrize(("name", "rule"), [("sgd", sgd), ("lion", lion), ("muon", muon)])
def test_other_optimizers_follow_their_formulas(stack, name, rule, layer_decay):
    backbone, weights = stack
    rates = [layer_decay**depth for depth in (3, 2, 1) for _ in range(4)] + [1.0] * 4
    drawn, expected = gradients(weights, 20), [v.astype("float64") for v in values(weights)]
    memories: list[dict] = [{} for _ in weights]
    for step, each in enumerate(drawn):
        for i, (rate, gradient) in enumerate(zip(rates, each, strict=True)):
            lr = LR * rate * cosine(step, 20, 2)
            matrix = expected[i].ndim == 2
            expected[i] = expected[i] * (1 - lr * 0.1 * matrix)
            own = (
                adam if name == "muon" and not (matrix and i < 12) else rule
            )  # the head is AdamW's
            expected[i] = own(expected[i], gradient.astype("float64"), lr, memories[i])
    phase = Phase(lr=LR, weight_decay=0.1, optimizer=name, layer_decay=layer_decay, clip=0)
    ours = apply(optimizer(phase, weights, steps=20, backbone=backbone), weights, drawn)
    assert difference(ours, expected) <= 1e-6


@pytest.mark.heart
@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("layer_decay", [1.0, 0.75])
def test_the_weights_move_once_by_the_mean_of_what_is_accumulated(stack, name, layer_decay):
    backbone, weights = stack
    start, drawn = values(weights), gradients(weights, 8)
    means = [
        [np.mean(each, axis=0, dtype="float32") for each in zip(*drawn[i : i + 4], strict=True)]
        for i in (0, 4)
    ]
    ended = []
    for accumulate, given in ((1, means), (4, drawn)):
        for weight, value in zip(weights, start, strict=True):
            weight.assign(value)
        phase = Phase(lr=LR, optimizer=name, layer_decay=layer_decay, accumulate=accumulate)
        mine = optimizer(phase, weights, steps=len(given), backbone=backbone)
        ended.append(apply(mine, weights, given))
    assert difference(apply(mine, weights, drawn[:3]), ended[1]) == 0
    assert difference(ended[0], start) > 1e-3
    assert difference(*ended) <= 1e-6


@pytest.mark.heart
@pytest.mark.parametrize(  # others turn rounding errors of 0 into signs
    ("name", "lr"), [("adamw", 2e-4), ("sgd", 1e-2)]
)
@pytest.mark.parametrize("layer_decay", [1.0, 0.75])
def test_four_batches_of_8_are_one_of_32(tiny, name, lr, layer_decay):
    backbone = load(tiny("vit"))  # no statistics of a batch are in it
    model = Classify(dropout=0).attach(backbone, 3)
    start, draw = model.get_weights(), np.random.default_rng(0)
    x = draw.uniform(0, 255, (64, 32, 32, 3)).astype("float32")
    y = np.eye(3, dtype="float32")[draw.integers(0, 3, 64)]
    ended = []
    for accumulate in (1, 4):
        model.set_weights(start)
        phase = Phase("all", lr=lr, optimizer=name, layer_decay=layer_decay, accumulate=accumulate)
        mine = optimizer(phase, model.trainable_variables, steps=2 * accumulate, backbone=backbone)
        model.compile(mine, Classify().loss())
        model.fit(x, y, batch_size=32 // accumulate, shuffle=False, verbose=0)
        assert int(mine.iterations) == 2
        ended.append(model.get_weights())
    assert difference(ended[0], start) > 1e-4
    assert difference(*ended) <= 1e-6


@pytest.mark.heart
def test_a_run_that_accumulates_is_audited_when_its_weights_first_move(tiny, photos, tmp_path):
    lines = []
    listener = Silence()
    listener.say = lines.append  # type: ignore[method-assign]
    phases = (
        Phase("head", epochs=2, lr=1e-2, accumulate=3, optimizer="lion"),
        Phase("last 2", epochs=2, lr=1e-3, accumulate=5, layer_decay=0.5, head_lr=1e-2),
    )
    recipe = Recipe(tiny("resnet"), ImageFolder(photos), phases=phases, batch=8)
    run = finetune(recipe, tmp_path / "run", listener=listener)
    assert run.recipe.phases == phases
    assert any("first step" in line for line in lines), lines


@pytest.mark.heart
@pytest.mark.parametrize("accumulate", [1, 3])
@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_follow_their_formulas(name, accumulate):
    phase = Phase(lr=0.5, warmup=0.1, schedule=name, accumulate=accumulate)
    told = schedule(phase, 100)

    def rate(batch: int) -> float:
        return float(told(ops.convert_to_tensor(batch)))

    expected = {
        "cosine": {0: 1 / 11, 9: 10 / 11, 10: 1, 55: 0.5, 99: cosine(99, 100, 10)},
        "constant": {0: 1 / 11, 9: 10 / 11, 10: 1, 99: 1},
        "step": {0: 1 / 11, 10: 1, 39: 1, 40: 0.1, 69: 0.1, 70: 0.01, 99: 0.01},
        "one-cycle": {0: 0.1, 15: 0.4, 45: 1, 60: 0.7, 90: 0.1, 95: 0.05, 99: 0.01},
    }[name]
    for step, part in expected.items():
        assert rate(step * accumulate) == pytest.approx(0.5 * part, rel=1e-4), step
    assert rate(51 * accumulate - 1) == rate(50 * accumulate) != rate(0)


@pytest.mark.heart
@pytest.mark.parametrize("accumulate", [1, 2])
@pytest.mark.parametrize("clip", [1.0, 0.25, 0.0])
def test_the_norm_of_all_gradients_of_a_step_is_limited(stack, clip, accumulate):
    backbone, weights = stack
    phase = Phase(
        lr=1.0, weight_decay=0, warmup=0, schedule="constant", optimizer="sgd", clip=clip,
        accumulate=accumulate, head_lr=1.0 + 1e-9,
    )  # fmt: skip
    before, drawn = values(weights), gradients(weights, accumulate)
    after = apply(optimizer(phase, weights, steps=2, backbone=backbone), weights, drawn)
    mean = [np.mean(each, axis=0) for each in zip(*drawn, strict=True)]
    norm = math.sqrt(sum((each**2).sum() for each in mean))
    scale = min(1, clip / norm) if clip else 1
    expected = [a - 1.9 * scale * g for a, g in zip(before, mean, strict=True)]
    assert norm > 1
    assert difference(after, expected) <= 1e-5


@pytest.mark.heart
@pytest.mark.parametrize("name", ["sgd", "lion", "muon"])
def test_every_optimizer_sums_what_a_token_learns_in_all_its_places(name):
    ids = keras.Input((3,), dtype="int32")
    model = keras.Model(ids, layers.Flatten()(layers.Embedding(2, 1)(ids)))
    model.set_weights([np.zeros((2, 1))])
    phase = Phase(lr=1.0, weight_decay=0, warmup=0, optimizer=name, clip=1.0)
    model.compile(optimizer(phase, model.trainable_variables, steps=1), "mse")
    model.train_on_batch(np.array([[0, 0, 1]], "int32"), np.array([[4, -1, 3]], "float32"))
    sum_ = np.array([4 - 1, 3]) / math.hypot(3, 3)  # clipped by the norm of the sums
    expected = {"sgd": 1.9 * sum_, "lion": np.sign(sum_), "muon": np.sign(sum_)}[name]
    np.testing.assert_allclose(model.get_weights()[0].ravel(), expected, atol=1e-4)


@pytest.mark.heart
@pytest.mark.parametrize(
    ("family", "spared"),
    [
        ("resnet", r".+/(gamma|beta|bias)"),
        ("vit", r".+/(gamma|beta|bias)|(cls_token|pos_embed)/parameter"),
        ("bert", r".+/(gamma|beta|bias)|embeddings-position_embeddings/embeddings"),
    ],
)
def test_norms_biases_tokens_and_positions_do_not_decay(tiny, family, spared):
    backbone = load(tiny(family))
    model = Classify().attach(backbone, 3)
    weights = model.trainable_variables
    phase = Phase(lr=0.5, weight_decay=0.5, warmup=0, schedule="constant", layer_decay=0.75)
    rates = factors(phase, weights, backbone)
    before = values(weights)
    for weight in weights:  # lest a weight of 0 seem spared
        weight.assign(ops.ones(weight.shape))
    zeros = [np.zeros(weight.shape, "float32") for weight in weights]
    after = apply(optimizer(phase, weights, steps=1, backbone=backbone), weights, [zeros])
    assert len(before) == len(after)
    for weight, value, rate in zip(weights, after, rates, strict=True):
        kept = 1 if re.fullmatch(spared, weight.path) else 1 - 0.5 * 0.5 * rate
        np.testing.assert_allclose(value, kept, rtol=1e-6, err_msg=weight.path)


@pytest.mark.parametrize("name", GOLDENS)
def test_rates_rise_from_the_stem_to_the_head_in_every_family(name, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(GOLDENS[name][SMALL[name]]["config"]))
    with hollow():
        backbone = build(card_from_folder(tmp_path, name="small", source="small"))
    try:
        check_rates(backbone)
    finally:
        keras.backend.clear_session()


def check_rates(backbone: Backbone) -> None:
    """Check a backbone's rates, and what of it decays."""
    count = len(backbone.blocks)
    weights = backbone.whole.trainable_variables
    rates = factors(Phase(layer_decay=0.5, head_lr=7e9), weights, backbone)
    known = {0.5**depth for depth in range(count + 1)}
    assert set(rates) <= known, "a weight has the head's rate"
    assert {0.5**depth for depth in range(1, count + 1)} <= set(rates), "a block without a weight"

    rate = {weight.path: each for weight, each in zip(weights, rates, strict=True)}
    below: dict[int, float] = {}  # the highest rate of all that a tensor is made from
    for node in steps(backbone.whole):
        lowest = max((below[id(tensor)] for tensor in node.input_tensors), default=0.0)
        own = [rate[each.path] for each in getattr(node.operation, "trainable_weights", [])]
        assert not own or min(own) >= lowest, node.operation.name
        below |= {id(tensor): max(own, default=lowest) for tensor in node.outputs}
    first = [
        value for path, value in rate.items() if heights(backbone).get(path.split("/")[0]) == 0
    ]
    assert first
    assert set(first) == {min(rates)}

    for weight in weights:
        if decays(weight):
            assert len(weight.shape) > 1
            assert not re.search(r"norm|(?<!o)bn\d?$|pos_embed$|token$", weight.path.split("/")[0])


def test_layers_that_blocks_share_learn_at_the_rate_of_the_lowest():
    x = inputs = keras.Input((4,))
    shared = layers.Dense(4, name="shared")
    for block in range(2):
        x = layers.Dense(4, name=f"own-{block}")(shared(x))
        x = layers.Activation("tanh", name=f"block-{block}")(x)
    top = layers.Dense(4, name="top")(x)
    card = Card("shared", "", "", "", "", input=ImageInput())
    backbone = Backbone(card, keras.Model(inputs, top), top, ("block-0", "block-1"))
    found = heights(backbone)
    assert (found["shared"], found["own-0"], found["own-1"]) == (0, 0, 1)
    assert "top" not in found


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("optimizer", "adam", "one of adamw, sgd, lion, muon, lbfgs"),
        ("schedule", "linear", "one of cosine, one-cycle, constant, step"),
        ("layer_decay", 0.0, "above 0 and at most 1"),
        ("layer_decay", 1.1, "above 0 and at most 1"),
        ("layer_decay", math.nan, "above 0 and at most 1"),
        ("head_lr", 0.0, "above 0"),
        ("head_lr", math.inf, "above 0"),
        ("clip", -1.0, "0 or more"),
        ("clip", math.nan, "0 or more"),
        ("accumulate", 0, "a whole number, at least 1"),
        ("accumulate", 2.5, "a whole number, at least 1"),
    ],
)
def test_bad_values_are_refused(field, value, rule):
    with pytest.raises(BadRecipe) as raised:
        Phase(**{field: value})
    assert str(raised.value) == f"a phase's {field} is {value!r}; it must be {rule}"


def test_a_phase_too_short_to_move_is_refused(stack):
    with pytest.raises(BadRecipe, match="3 batches and accumulates 4"):
        optimizer(Phase(accumulate=4), stack[1], steps=3)


def test_recipes_of_before_load_and_new_ones_come_back_equal():
    old = {
        "backbone": "b",
        "data": {"kind": "ImageFolder", "path": "p"},
        "phases": [{"train": "head", "epochs": 2, "lr": 0.1, "weight_decay": 0.0}],
    }
    (phase,) = Recipe.from_json(json.dumps(old)).phases
    assert phase == Phase("head", epochs=2, lr=0.1, weight_decay=0.0)
    new = Recipe(
        "b", ImageFolder("p"), phases=(Phase(optimizer="lion", head_lr=1.0, accumulate=2),)
    )
    assert Recipe.from_json(new.to_json()) == new


def test_the_command_line_offers_what_a_phase_takes():
    options = {option.name: option for option in command.OPTIONS}
    assert tuple(options["optimizer"].type.choices) == OPTIMIZERS
    assert tuple(options["schedule"].type.choices) == SCHEDULES
    assert set(OF_PHASES) <= options.keys() & Phase.__dataclass_fields__.keys()


def test_options_hold_for_every_phase_but_lr_for_the_last():
    recipe = Recipe("b", ImageFolder("p"), phases=(Phase(), Phase("all")))
    given = {"layer_decay": 0.75, "optimizer": "lion", "head_lr": 0.1, "accumulate": 2, "lr": 0.5}
    changed = change_phases(recipe, given).phases
    assert changed == (
        Phase(layer_decay=0.75, optimizer="lion", head_lr=0.1, accumulate=2),
        Phase("all", lr=0.5, layer_decay=0.75, optimizer="lion", head_lr=0.1, accumulate=2),
    )
