import dataclasses

import pytest
from test_finetune import recipe

from zooflow import Phase, Table, finetune
from zooflow.cli import group, run
from zooflow.data.augment import Augment, mild
from zooflow.errors import BadRecipe, UnknownName
from zooflow.strategies import STRATEGIES, Facts, check_strategy, phases
from zooflow.train import plan

BLOCKS = ("stem", "one", "two", "three", "four", "five")
FACTS = Facts(BLOCKS, text=False, batch_norm=True, width=512, examples=1600, labels=10, batch=32)
TEXTS = dataclasses.replace(FACTS, text=True, batch_norm=False, width=384)


@pytest.mark.parametrize(
    ("strategy", "parts"),
    [
        ("probe", ["head"]),
        ("probe-then-tune", ["head", "four"]),
        ("full", ["head", "all"]),
        ("gradual", ["head", *(f"last {count}" for count in range(1, 7))]),
        ("norm", ["head", "norm"]),
        ("bias", ["head", "bias"]),
        ("last-3", ["head", "last 3"]),
    ],
)
def test_a_strategy_is_a_list_of_phases(strategy, parts):
    made = phases(strategy, FACTS)
    assert [phase.train for phase in made] == parts


def test_a_text_backbone_is_tuned_above_its_embeddings_and_in_small_steps():
    _, tune = phases("probe-then-tune", TEXTS)
    assert tune == Phase("one", epochs=3, lr=1e-4)


def test_auto_takes_as_many_epochs_as_its_steps_need_and_rates_that_suit():
    conv, text = (phases("auto", facts)[1] for facts in (FACTS, TEXTS))
    assert (conv.train, conv.lr, conv.epochs) == ("one but norms", 5e-4, 12)
    assert (conv.patience, conv.ema) == (12, 0.98)
    assert (text.train, text.lr, text.epochs) == ("one", 1e-4, 3)
    assert phases("auto", dataclasses.replace(FACTS, examples=9))[1].ema == 0
    few = dataclasses.replace(TEXTS, examples=60)
    assert phases("auto", few)[1].epochs == 15
    for examples, epochs in ((100, 15), (1600, 12), (100_000, 3)):
        facts = dataclasses.replace(FACTS, examples=examples)
        assert phases("auto", facts)[1].epochs == epochs
    wide = phases("auto", dataclasses.replace(TEXTS, width=768))[1]
    assert wide.lr == pytest.approx(5e-5)
    eyes = phases("auto", dataclasses.replace(TEXTS, text=False))[1]
    assert (eyes.train, eyes.layer_decay) == ("all", 0.75)


def test_a_head_too_large_for_a_logistic_regression_learns_in_steps():
    assert phases("probe", FACTS)[0].optimizer == "lbfgs"
    assert phases("auto", FACTS)[0].optimizer == "adamw"  # and where other phases follow
    many = dataclasses.replace(FACTS, examples=100_000, labels=100)
    assert phases("probe", many)[0].optimizer == "adamw"


def test_auto_says_what_it_chose_and_keeps_the_best_of_head_and_tuned(tiny, photos, tmp_path):
    ready = plan(recipe(tiny, photos, phases=()))
    assert "auto: the head, then layer1-0 but norms for 15 epochs" in ready.why
    assert ready.recipe.augment == mild(28)
    short = tuple(dataclasses.replace(each, epochs=2) for each in ready.recipe.phases)
    ready = dataclasses.replace(ready, recipe=dataclasses.replace(ready.recipe, phases=short))
    run = finetune(ready, tmp_path / "run")
    log = (run.folder / "log.txt").read_text()
    assert ready.why in log
    assert "the head alone" in log


def test_auto_lets_images_vary_unless_it_is_told_how(tiny, photos, texts):
    assert (mild(999), mild(1000)) == (Augment(crop=0.75), Augment(crop=0.75, mixup=0.2))
    for given, expected in ((None, mild(28)), ("none", None), (Augment(flip=True),) * 2):
        ready = plan(recipe(tiny, photos, phases=(), augment=given))
        assert ready.recipe.augment == expected
        again = plan(ready.recipe)
        assert again.recipe == ready.recipe
    assert plan(recipe(tiny, photos, phases=(), strategy="probe")).recipe.augment is None
    asked = recipe(tiny, photos, backbone=tiny("bert"), data=Table(texts, text="text"), phases=())
    assert plan(asked).recipe.augment is None


def test_a_recipe_says_in_the_end_how_much_of_an_image_is_shown(tiny, photos, texts):
    for crop, size, expected in ((0.5, None, 0.5), (None, None, 0.9), (None, 64, 1.0)):
        ready = plan(recipe(tiny, photos, backbone=tiny("resnet-0.9"), crop=crop, size=size))
        assert ready.recipe.crop == ready.reader.crop == expected
        assert plan(ready.recipe).recipe == ready.recipe
    asked = recipe(tiny, photos, backbone=tiny("bert"), data=Table(texts, text="text"), crop=0.5)
    with pytest.raises(BadRecipe, match="crop means nothing for texts"):
        plan(asked)
    for wrong in (0, 1.5):
        with pytest.raises(BadRecipe, match="crop is"):
            recipe(tiny, photos, crop=wrong)


@pytest.mark.parametrize("name", ["prob", "last-0", "last", "last-x", ""])
def test_another_word_is_no_strategy(name):
    with pytest.raises(UnknownName, match=f"no strategy named '{name}'"):
        check_strategy(name)


@pytest.mark.parametrize("kind", ["resnet", "vit", "bert"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_a_strategy_freezes_stays_and_what_learns_moves(
    tiny, photos, text_recipe, tmp_path, strategy, kind
):
    made = text_recipe if kind == "bert" else recipe(tiny, photos, backbone=tiny(kind))
    ready = plan(dataclasses.replace(made, phases=(), strategy=strategy))
    short = tuple(dataclasses.replace(each, epochs=1) for each in ready.recipe.phases)
    short = (*short[:2], *short[-1:]) if len(short) > 3 else short
    ready = dataclasses.replace(ready, recipe=dataclasses.replace(ready.recipe, phases=short))
    finetune(ready, tmp_path / "run")  # its audit raises TrainingStopped
    assert (tmp_path / "run" / "model").is_dir()


def test_the_command_takes_a_strategy_or_phases(photos, tiny, capsys):
    words = ["finetune", tiny("resnet"), "--images", photos, "--strategy"]
    assert run(group, [*words, "probe", "--dry-run"]) == 0
    assert '"strategy": "probe"' in capsys.readouterr().out
    assert run(group, [*words, "probe", "--phases", "head:1:1e-2"]) == 2
    assert "--strategy and --phases were given" in capsys.readouterr().err
    assert run(group, [*words, "pobe"]) == 2
    assert "did you mean probe?" in capsys.readouterr().err
