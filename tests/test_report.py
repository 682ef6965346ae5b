"""A report says what is so, finds what was planted, and runs nothing that data hold."""

import dataclasses
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import confusion_matrix

from zooflow import ImageFolder, Phase, Recipe, Table, finetune
from zooflow.errors import BadInput
from zooflow.ranking.scores import folds
from zooflow.report import write_report
from zooflow.report.copies import near_copies
from zooflow.report.html import html, tag
from zooflow.report.judged import Answers
from zooflow.report.pictures import confusion, draw_confusion, draw_reliability, svg
from zooflow.report.suspects import out_of_fold, ranked, suspects
from zooflow.report.verdict import pairs

HOSTILE = "<script>alert(1)</script> $x_{ & \"'"


class Reader(HTMLParser):
    """Collects a page's text, and what its attributes name."""

    def __init__(self, page):
        super().__init__()
        self.said, self.named, self.scripts, self.inside = "", [], 0, ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.inside = tag
        self.scripts += tag == "script"
        self.named += [value for name, value in attrs if name in ("src", "href", "xlink:href")]

    def handle_data(self, data):
        if self.inside not in ("script", "style"):
            self.said += data


@pytest.fixture(scope="module")
def photo_run(tiny, photos, tmp_path_factory):
    """A run whose last validation image is a copy, saved again, of a training image."""
    root = tmp_path_factory.mktemp("report")
    draw = np.random.default_rng(1)
    for part, count in (("train", 12), ("validation", 5)):
        for label in ("red", "green"):
            (root / "data" / part / label).mkdir(parents=True)
            for i in range(count):
                cells = draw.integers(0, 255, (6, 6, 3), dtype="uint8")
                image = Image.fromarray(cells).resize((48, 48), Image.Resampling.BICUBIC)
                image.save(root / "data" / part / label / f"{i}.png")
    first = root / "data" / "train" / "red" / "0.png"
    Image.open(first).save(root / "data" / "validation" / "red" / "again.jpg", quality=60)
    shutil.copy(first, root / "data" / "validation" / "red" / "same.png")
    phases = (Phase("head", epochs=2, lr=1e-2), Phase("all", epochs=1, lr=1e-4))
    recipe = Recipe(tiny("resnet"), ImageFolder(str(root / "data")), phases=phases, batch=8)
    return finetune(recipe, root / "run").folder


@pytest.mark.heart
def test_a_report_of_images_is_whole_and_needs_no_network(photo_run):
    path = write_report(photo_run)
    assert path == photo_run / "report.html"
    page = path.read_text()
    read = Reader(page)
    for said in (
        "It answers",
        "12 images of its validation",
        "How it learned",
        "Worst errors",
        "1 of the same content",
        "1 near-duplicate,",
        "again.jpg",
        "recipe.json",
    ):
        assert said in read.said
    assert all(name.startswith(("#", "data:image/")) for name in read.named)
    assert not re.search(r"url\((?!#)|@import", page)
    assert read.scripts == 1
    lock = json.loads((photo_run / "lock.json").read_text())
    assert lock["data"] in read.said
    assert write_report(photo_run, photo_run.parent / "b.html").read_text() == page


def test_a_report_tells_what_froze_and_what_learned(photo_run):
    said = Reader(write_report(photo_run).read_text()).said
    log = (photo_run / "log.txt").read_text()
    ((learns, all_),) = re.findall(r"head learns, ([\d,]+) of ([\d,]+)", log)
    frozen = int(all_.replace(",", "")) - int(learns.replace(",", ""))
    assert learns in said
    assert f"{frozen:,}" in said


def test_a_run_that_has_learned_from_all_is_judged_by_what_it_said_before(tiny, photos, tmp_path):
    phases = (Phase("head", epochs=1, lr=1e-4),)
    made = Recipe(tiny("resnet"), ImageFolder(photos), phases=phases, batch=8)
    pages = []
    for refit in (False, True):
        folder = tmp_path / str(refit)
        finetune(dataclasses.replace(made, refit=refit), folder)
        pages.append(Reader(write_report(folder).read_text()).said)
    verdicts = [re.search(r"It answers[^.]+\.\d+", page)[0] for page in pages]
    assert verdicts[0] == verdicts[1]
    assert ["In the end this run has learned" in page for page in pages] == [False, True]
    assert ["log loss" in page for page in pages] == [True, False]


def test_other_data_are_judged_instead(photo_run, tmp_path):
    data = ImageFolder(str(photo_run.parent / "data" / "train"))
    out = write_report(photo_run, tmp_path / "new.html", data=data)
    said = Reader(out.read_text()).said
    assert "24 images of" in said
    assert "24 of the same content" in said


def test_a_report_without_the_files_says_what_it_leaves_out(photo_run, tmp_path):
    run = shutil.copytree(photo_run, tmp_path / "run")
    facts = json.loads((run / "recipe.json").read_text())
    facts["data"]["path"] = str(tmp_path / "gone")
    (run / "recipe.json").write_text(json.dumps(facts))
    said = Reader(write_report(run).read_text()).said
    whole = Reader(write_report(photo_run).read_text()).said
    assert "The examples cannot be read any more" in said
    assert "Left out: scores that need the probabilities" in said
    assert "log loss" not in said.partition("How it learned")[0].partition("Scores")[2]
    accuracy, again = (
        re.findall(r"accuracy\s*([\d.]+)", each.partition("Scores")[2])[0] for each in (whole, said)
    )
    assert accuracy == again
    assert "1 of the same content" in said


def test_labels_and_texts_are_shown_and_never_run(tiny, tmp_path):
    rows = ["text,label"]
    for i in range(40):
        label = HOSTILE if i % 2 else "plain"
        rows.append(
            f'"parcel {i} <script>alert({i})</script>","{label.replace(chr(34), chr(34) * 2)}"'
        )
    (tmp_path / "t.csv").write_text("\n".join(rows) + "\n")
    table = Table(str(tmp_path / "t.csv"), text="text", validation=0.4)
    run = finetune(
        Recipe(tiny("bert"), table, phases=(Phase("head", epochs=1),), batch=8), tmp_path / "run"
    )
    page = write_report(run.folder).read_text()
    read = Reader(page)
    assert page.count("<script>") == read.scripts == 1
    assert HOSTILE in read.said
    assert "<script>alert(" in read.said


def test_nothing_is_written_where_it_cannot_be(photo_run, tmp_path):
    with pytest.raises(BadInput, match="is a folder"):
        write_report(photo_run, tmp_path)
    with pytest.raises(BadInput, match="does not exist"):
        write_report(photo_run, tmp_path / "none" / "a.html")
    assert not [*tmp_path.iterdir()]


def test_html_is_escaped_once():
    assert (
        tag("p", "<b>", tag("i", "&"), title='"') == '<p title="&quot;">&lt;b&gt;<i>&amp;</i></p>'
    )
    assert html(html("<")) == "&lt;"


def answers(examples, labels, seed=0):
    draw = np.random.default_rng(seed)
    said = draw.dirichlet(np.full(labels, 0.3), examples)
    truth = np.where(draw.random(examples) < 0.7, said.argmax(axis=1), draw.integers(labels))
    names = tuple(map(str, range(examples)))
    return Answers(truth, said.argmax(axis=1), said.max(axis=1), names, names)


def test_confusions_are_those_of_scikit_learn():
    asked = answers(500, 7)
    expected = confusion_matrix(asked.truth, asked.called, labels=range(7))
    np.testing.assert_array_equal(confusion(asked, 7), expected)
    (i, j), *_ = pairs(expected)
    assert expected[i, j] == (expected - np.diag(np.diag(expected))).max()
    assert pairs(np.eye(3, dtype=int)) == []


@pytest.mark.parametrize("labels", [2, 100])
def test_pictures_take_the_colours_of_the_page(labels):
    asked = answers(400, labels)
    names = (HOSTILE, *(f"label {i}" for i in range(1, labels)))
    for drawn in (
        svg("confusion", lambda: draw_confusion(asked, names)),
        svg("trust", lambda: draw_reliability(asked)),
    ):
        assert drawn.startswith("<svg")
        assert "currentColor" in drawn
        assert "#000000" not in drawn
        assert "<script" not in drawn
        assert len(drawn) < 200_000


def test_wrong_labels_come_first():
    draw = np.random.default_rng(0)
    truth = draw.integers(4, size=400)
    features = draw.normal(size=(400, 16)).astype("float32")
    features[np.arange(400), truth] += 4
    targets = truth.copy()
    wrong = draw.choice(400, 20, replace=False)
    targets[wrong] = (truth[wrong] + draw.integers(1, 4, 20)) % 4
    dealt = folds(targets, tuple(map(str, range(400))), 0)
    first = ranked(out_of_fold(features, targets, dealt), targets)[:40]
    assert len({*wrong} & {*first}) >= 18
    found, agrees = suspects(features, targets, dealt)
    assert 0.85 < agrees < 0.96
    assert {i for i, _, _ in found[:10]} <= {*wrong}
    right = [rather == truth[i] for i, rather, _ in found if i in wrong]
    assert np.mean(right) > 0.9


def test_copies_of_a_text_are_found_though_case_and_space_differ(photo_run, tmp_path):
    from zooflow.data import Examples

    old = ("The parcel is late again", "Please cancel my order", "A lamp is broken")
    new = ("the  PARCEL is late again!", "My login does not work", "A lamp is broken")
    made = [
        Examples(texts, np.zeros(3, int), texts, tuple(map(str, map(hash, texts))))
        for texts in (old, new)
    ]
    (copy,) = near_copies(*made)
    assert (copy.train, copy.other) == (old[0], new[0])


def test_copies_of_an_image_are_found_though_saved_and_scaled_anew(tmp_path):
    from zooflow.data import Examples

    draw = np.random.default_rng(0)
    images = [
        Image.fromarray(draw.integers(0, 255, (6, 6, 3), dtype="uint8")).resize((90, 60), 3)
        for _ in range(12)
    ]
    paths = [tmp_path / f"{i}.png" for i in range(12)]
    for image, path in zip(images, paths, strict=True):
        image.save(path)
    images[2].save(tmp_path / "again.jpg", quality=60)
    images[3].resize((45, 30)).save(tmp_path / "small.png")
    paths += [tmp_path / "again.jpg", tmp_path / "small.png"]

    def some(indices):
        names = tuple(paths[i].name for i in indices)
        return Examples(tuple(paths[i] for i in indices), np.zeros(len(names), int), names, names)

    found = near_copies(some(range(6)), some(range(6, 14)))
    assert {(each.origin, each.other_origin) for each in found} == {
        ("2.png", "again.jpg"),
        ("3.png", "small.png"),
    }


@pytest.mark.skipif(not shutil.which("chromium"), reason="needs Debian's chromium")
@pytest.mark.parametrize("width", [1280, 390])
def test_a_browser_shows_it(photo_run, tmp_path, width):
    path = write_report(photo_run, tmp_path / "r.html")
    shot = tmp_path / "shot.png"
    subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
         f"--screenshot={shot}", f"--window-size={width},2000", path.as_uri()],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    pixels = np.asarray(Image.open(shot).convert("RGB"), int)
    assert pixels.shape[1] == width
    blue = (pixels[..., 2] - pixels[..., 0] > 60).mean()
    assert blue > 0.002  # the diagonal of the confusion matrix
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 50
