"""Ranking: its figures against scikit-learn and SciPy, its budget, its store, its command."""

import io
import json
import shutil
from importlib import import_module
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image
from scipy import optimize, stats
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import PredefinedSplit, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from zooflow import ImageFolder, Phase, Recipe, Table, finetune, load, rank
from zooflow.cli import group, run
from zooflow.cli import rank as command_module
from zooflow.data import decode_all
from zooflow.errors import BadData, UnknownName
from zooflow.ranking import scores
from zooflow.ranking.candidates import Ranked
from zooflow.ranking.clock import Clock, NoTime
from zooflow.ranking.evidence import logme
from zooflow.ranking.pooled import pooled
from zooflow.ranking.sample import sample
from zooflow.train import Silence

FOREVER = float("inf")


@pytest.fixture
def clouds():
    """Three overlapping clouds of points, their labels, and names of their contents."""
    draw = np.random.default_rng(0)
    targets = np.repeat(np.arange(3), 30)
    features = draw.normal(size=(90, 12)) + 0.8 * draw.normal(size=(3, 12))[targets]
    return features.astype("float32"), targets, tuple(map(str, range(90)))


@pytest.fixture
def asked():
    """Collect what long work is told of."""
    doing: list[str] = []
    return doing, lambda what, done, total: doing.append(what)


def greatest_evidence(features: np.ndarray, y: np.ndarray) -> float:
    """Maximise the marginal likelihood by a search, from the normal density itself."""

    def lost(logs: np.ndarray) -> float:
        alpha, beta = np.exp(logs)
        spread = np.eye(len(y)) / beta + features @ features.T / alpha
        return -stats.multivariate_normal(np.zeros(len(y)), spread).logpdf(y)

    starts = [(0.0, 0.0), (3.0, 1.0), (-2.0, 3.0)]
    return max(-optimize.minimize(lost, at, method="Nelder-Mead").fun for at in starts) / len(y)


@pytest.mark.parametrize("width", [5, 60])
def test_logme_is_the_greatest_evidence_that_a_search_finds(width):
    draw = np.random.default_rng(width)
    targets = np.arange(30) % 3
    features = draw.normal(size=(30, width)) + draw.normal(size=(3, width))[targets]
    expected = np.mean([greatest_evidence(features, targets == label) for label in range(3)])
    assert logme(features, targets) == pytest.approx(expected, abs=1e-4)


def test_features_that_repeat_each_other_leave_the_evidence_whole():
    features = np.random.default_rng(0).normal(size=(40, 4))
    targets = (features[:, 0] > 0).astype(int)
    twice = logme(np.hstack([features, features]), targets)
    assert twice == pytest.approx(logme(features * np.sqrt(2), targets), abs=1e-6)


def test_probe_and_neighbours_are_those_of_scikit_learn(clouds):
    features, targets, hashes = clouds
    dealt = scores.folds(targets, hashes, 0)
    found = scores.score(features, targets, dealt, distinct=90)
    fold = np.empty(90, int)
    for number, (_, judge) in enumerate(dealt):
        fold[judge] = number
    for value, model in (
        (found.probe, make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=300))),
        (found.neighbours, KNeighborsClassifier(5, metric="cosine")),
    ):
        each = cross_val_score(model, features, targets, cv=PredefinedSplit(fold))
        assert value == pytest.approx(np.average(each, weights=np.bincount(fold)))
    assert found.low < found.probe < found.high


@pytest.mark.parametrize(("right", "count"), [(0, 10), (7, 10), (990, 1000), (50, 50)])
def test_the_interval_is_wilsons(right, count):
    expected = stats.binomtest(right, count).proportion_ci(method="wilson")
    assert scores.wilson(right / count, count) == pytest.approx((expected.low, expected.high))


def test_copies_of_one_example_meet_in_one_fold():
    targets = np.arange(60) % 3
    hashes = tuple(str(i // 6) for i in range(60))  # ten contents, and their labels contradict
    dealt = scores.folds(targets, hashes, 0)
    assert sorted(i for _, judge in dealt for i in judge) == list(range(60))
    for learn, judge in dealt:
        assert not {hashes[i] for i in learn} & {hashes[i] for i in judge}


def test_rare_labels_are_dealt_too():
    targets = np.array([0] * 30 + [1] * 30 + [2] * 2)
    dealt = scores.folds(targets, tuple(map(str, range(62))), 0)
    assert len(dealt) == 5
    assert all(2 in targets[learn] for learn, _ in dealt)
    assert len(scores.folds(np.array([0, 0, 1, 1]), ("a", "b", "c", "d"), 0)) == 2


def test_copies_may_leave_a_fold_one_label_to_learn_from():
    targets = np.array([0] * 8 + [1] * 3)
    hashes = (*map(str, range(8)), "a", "a", "a")
    features = np.random.default_rng(0).normal(size=(11, 3))
    found = scores.score(features, targets, scores.folds(targets, hashes, 0), distinct=9)
    assert found.probe <= 8 / 11  # the copies are never told
    with pytest.raises(BadData, match="no label has two different examples"):
        scores.folds(targets[[0, 8, 9]], ("b", "a", "a"), 0)


def test_a_sample_has_of_each_label_its_share_and_repeats(tmp_path):
    for label, count in (("often", 60), ("seldom", 20), ("rare", 2)):
        (tmp_path / label).mkdir()
        for i in range(count):
            pixels = np.random.default_rng((len(label), i)).integers(0, 255, (8, 8, 3))
            Image.fromarray(pixels.astype("uint8")).save(tmp_path / label / f"{i}.png")
    split = ImageFolder(str(tmp_path)).open(0)
    some = sample(split, 22, 0)
    assert dict(zip(split.labels, np.bincount(some.targets), strict=True)) == {
        "often": 15,
        "rare": 2,
        "seldom": 5,
    }
    assert [Path(path).parent.name for path in some.inputs] == [
        split.labels[i] for i in some.targets
    ]
    assert sample(split, 22, 0).hashes == some.hashes
    assert sample(split, 22, 1).hashes != some.hashes
    assert len(sample(split, 1000, 0).hashes) == 82


@pytest.mark.heart
@pytest.mark.usefixtures("empty_store")
def test_pooled_features_are_the_backbones(tiny, photos):
    backbone, split = load(tiny("vit")), ImageFolder(photos).open(0)
    got, pace = pooled(
        backbone, split.train, cache="float32", end=FOREVER, after=0, progress=lambda *_: None
    )
    pixels = decode_all(split.train.inputs, backbone.card.input)
    expected = keras.Model(backbone.model.input, backbone.pooled).predict_on_batch(pixels)
    np.testing.assert_allclose(got, expected, atol=1e-4)
    assert pace is None  # all were in the first batch


@pytest.mark.heart
@pytest.mark.usefixtures("empty_store")
@pytest.mark.parametrize("kind", ["resnet", "vit", "bert"])
@pytest.mark.parametrize("cache", ["float16", "float32"])
def test_what_a_backbone_says_is_asked_once(tiny, photos, texts, tmp_path, asked, kind, cache):
    doing, step = asked
    data = Table(texts, text="text") if kind == "bert" else ImageFolder(photos)
    (first,) = rank(data, [tiny(kind)], cache=cache, step=step)
    assert doing
    doing.clear()
    (again,) = rank(data, [tiny(kind)], cache=cache, step=step)
    assert not doing
    assert again.scores == first.scores
    listener = Silence()
    listener.step = step
    recipe = Recipe(tiny(kind), data, phases=(Phase("head", epochs=1),), cache=cache)
    finetune(recipe, tmp_path / "run", listener=listener)
    assert set(doing) == {"learning"}


@pytest.mark.heart
@pytest.mark.usefixtures("empty_store")
def test_nothing_is_kept_where_nothing_shall_be(tiny, texts, empty_store):
    data = Table(texts, text="text")
    (off,) = rank(data, [tiny("bert")], cache="off")
    assert not empty_store.exists() or not any(empty_store.iterdir())
    (kept,) = rank(data, [tiny("bert")], cache="float32")
    assert off.scores.probe == kept.scores.probe
    assert off.scores.logme == pytest.approx(kept.scores.logme, abs=1e-3)


@pytest.mark.usefixtures("empty_store")
def test_the_better_backbone_comes_first_and_failures_last(tiny, photos, tmp_path):
    torn, blind = tmp_path / "torn", tmp_path / "blind"
    shutil.copytree(tiny("vit"), torn)
    (torn / "config.json").write_text(
        (torn / "config.json").read_text().replace('"depth": 3', '"depth": 2')
    )
    blind.mkdir()
    said = []
    rows = rank(
        ImageFolder(photos),
        [str(torn), tiny("resnet"), str(blind), tiny("bert"), tiny("vit"), tiny("vit")],
        say=said.append,
    )
    assert [bool(row.scores) for row in rows] == [True, True, False, False, False]
    assert rows[0].scores.expected >= rows[1].scores.expected
    reasons = {row.name: row.reason for row in rows}
    assert reasons[tiny("bert")] == "it takes texts, and the data are images"
    assert "no weights" in reasons[str(blind)]
    assert reasons[str(torn)].startswith("the checkpoint does not fit the model")
    assert len(said) == 5


def test_the_order_is_by_the_mean_of_probe_and_neighbours(tiny, photos, monkeypatch):
    told = {tiny("resnet"): (0.95, 0.1), tiny("vit"): (0.9, 0.8), tiny("resnet-0.9"): (0.7, 0.85)}

    def trial(*_):
        return lambda name: Ranked(
            name, scores.Scores(told[name][0], 0, 1, told[name][1], 0), "", None, 1.0, 1, ""
        )

    monkeypatch.setattr(import_module("zooflow.ranking.rank"), "Trial", trial)
    rows = rank(ImageFolder(photos), list(told))
    assert [row.name for row in rows] == [tiny("vit"), tiny("resnet-0.9"), tiny("resnet")]


def test_limits_are_held(tiny, photos):
    (large,) = rank(ImageFolder(photos), [tiny("vit")], max_params=10)
    count = load(tiny("vit")).whole.count_params()
    assert large.reason == f"it has {count:,} weights, more than 10"
    (unknown,) = rank(ImageFolder(photos), [tiny("vit")], license="commercial")
    assert unknown.reason == "its licence is unknown, not commercial"
    (text,) = rank(ImageFolder(photos), ["all-minilm-l6-v2"])
    assert text.reason == "it takes texts, and the data are images"


def test_an_unknown_name_is_refused_before_the_data_are_read():
    with pytest.raises(UnknownName, match="no model named 'resnit50'"):
        rank(ImageFolder("nowhere"), ["resnit50"])


class Watch:
    """A clock that tests turn."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


def test_a_pass_that_would_not_fit_ends_after_a_few_batches(monkeypatch):
    watch = Watch()
    monkeypatch.setattr(import_module("zooflow.ranking.clock"), "time", watch)
    clock = Clock(np.ones(3200), end=100.0, after=10.0)
    watch.now = 20.0  # compiling does not count
    clock(32)
    for done in (64, 96):
        watch.now += 1
        clock(done)
    watch.now += 1
    with pytest.raises(NoTime, match=r"would take 106 s more, and 77 s of the budget are left"):
        clock(128)


def test_long_texts_are_expected_to_take_longer(monkeypatch):
    watch = Watch()
    monkeypatch.setattr(import_module("zooflow.ranking.clock"), "time", watch)
    for longest, fits in ((16, True), (160, False)):
        watch.now, lost = 0.0, False
        clock = Clock(np.repeat([16, longest], [128, 128]), end=20.0, after=0.0)
        try:
            for done in range(32, 160, 32):
                watch.now += 1
                clock(done)
        except NoTime:
            lost = True
        assert lost is not fits
        assert clock.pace == pytest.approx(32)


@pytest.mark.usefixtures("empty_store")
def test_what_does_not_fit_is_left_out_by_name_and_reason(tiny, photos, monkeypatch):
    (late,) = rank(ImageFolder(photos), [tiny("vit")], budget=1e-9)
    assert (late.scores, late.reason) == (None, "the budget is spent")
    watch, totals = Watch(), []
    for module, name in (("clock", "time"), ("candidates", "time"), ("rank", "time")):
        monkeypatch.setattr(import_module(f"zooflow.ranking.{module}"), name, watch)
    for module in ("features.ask", "ranking.clock"):
        monkeypatch.setattr(import_module(f"zooflow.{module}"), "BATCH", 4)

    def step(what: str, done: int, total: int) -> None:
        totals.append(total)
        watch.now += 10

    (slow,) = rank(ImageFolder(photos), [tiny("vit")], budget=60, step=step)
    assert slow.scores is None
    assert slow.reason == "would take 50 s more, and 20 s of the budget are left"
    (again,) = rank(ImageFolder(photos), [tiny("vit")], budget=600, step=step)
    assert again.scores  # and what the first had asked was kept
    assert (totals[0], totals[-1]) == (36, 20)


@pytest.fixture
def zooflow(tiny, photos, tmp_path, monkeypatch, capsys):
    """Run the command where "vit", "resnet" and "photos" are; nothing else is on this machine."""
    monkeypatch.chdir(tmp_path)
    for name, place in (("vit", tiny("vit")), ("resnet", tiny("resnet")), ("photos", photos)):
        Path(name).symlink_to(place)
    monkeypatch.setattr(command_module.sources, "is_here", lambda source: False)

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO())
        capsys.readouterr()
        status = run(group, ["rank", *arguments])
        return status, *capsys.readouterr()

    return call


def test_the_command_says_what_happens_and_what_to_do_next(zooflow):
    status, out, err = zooflow("--images", "photos", "vit", "resnet", "--examples", "30")
    assert status == 0
    titles, *rows = out.splitlines()
    assert titles.split() == [
        *("name", "probe", "95", "%", "neighbours", "LogME", "images/s", "weights", "license")
    ]
    best = rows[0].split()[0]
    assert {best, rows[1].split()[0]} == {"vit", "resnet"}
    lines = err.splitlines()
    assert lines[0] == (
        "photos: 36 images, 3 labels; backbones: 2, the cheapest first, within 10 min"
    )
    assert "30 of them are asked about, of each label its share" in lines
    assert lines[-1] == f"Next: zooflow finetune {best} --images photos"


def test_the_command_writes_json(zooflow, tmp_path):
    (tmp_path / "empty").mkdir()
    options = ["--json", "--quiet", "--budget", "90s", "--cache", "float32"]
    status, out, err = zooflow("--images", "photos", "vit", "empty", *options)
    assert (status, err) == (0, "")
    told = json.loads(out)
    assert told["labels"] == ["blue", "green", "red"]
    (row,) = told["ranked"]
    assert row["name"] == "vit"
    assert row["expected"] == (row["scores"]["probe"] + row["scores"]["neighbours"]) / 2
    assert 0 <= row["scores"]["low"] <= row["scores"]["probe"] <= row["scores"]["high"] <= 1
    assert [(row["name"], bool(row["reason"])) for row in told["left_out"]] == [("empty", True)]


def test_where_nothing_is_here_the_command_says_how_to_go_on(zooflow):
    status, out, err = zooflow("--images", "photos")
    assert (status, out) == (1, "")
    assert "backbones that fit, none is here" in err
    assert "--download" in err
    status, _, err = zooflow("--images", "photos", "*lite*", "--max-params", "1k")
    assert status == 1
    assert "no backbone that takes images fits" in err


def test_where_none_works_the_command_fails_in_one_sentence(zooflow, tmp_path):
    (tmp_path / "empty").mkdir()
    status, _, err = zooflow("--images", "photos", "empty")
    assert status == 1
    assert err.splitlines()[-2].startswith("error: none of 1 could be ranked; empty: ")


BAD = {
    "no data": (["vit"], "rank needs data with labels"),
    "unknown name": (["resnit50", "--images", "photos"], "no model named 'resnit50'"),
    "unknown pattern": (["zzz*", "--images", "photos"], "no model named 'zzz*'"),
    "no time": (["--budget", "soon", "--images", "photos"], "'soon' is no time to spend"),
    "zero time": (["--budget", "0s", "--images", "photos"], "'0s' is no time to spend"),
    "licence": (["--license", "mti", "--images", "photos"], "no licence named 'mti'"),
    "no folder": (["vit", "--images", "fotos"], "fotos does not exist"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_misuse_is_told_in_one_sentence(zooflow, arguments, message):
    status, out, err = zooflow(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith(f"error: {message}") or message in err.splitlines()[0]


def test_patterns_name_what_is_here(zooflow, monkeypatch):
    tried = []
    monkeypatch.setattr(command_module.sources, "is_here", lambda source: "lite" in source)
    module = import_module("zooflow.ranking.candidates")
    monkeypatch.setattr(module, "load", lambda name: tried.append(name) or 1 / 0)
    monkeypatch.setattr(module, "is_here", lambda source: True)
    with pytest.raises(ZeroDivisionError):
        zooflow("--images", "photos", "efficientnet_lite*.in1k")
    assert tried == ["efficientnet_lite0.in1k"]


def test_the_user_may_stop_it(zooflow, monkeypatch):
    def stopped(name):
        raise KeyboardInterrupt

    monkeypatch.setattr(import_module("zooflow.ranking.candidates"), "load", stopped)
    status, _, err = zooflow("--images", "photos", "vit")
    assert (status, err.splitlines()[-1]) == (130, "error: stopped")
