"""The command line, from what is typed to what is said and written."""

import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from zooflow import cards, catalogue
from zooflow.checkpoints import save_safetensors
from zooflow.cli import COMMANDS, group, run
from zooflow.convert import drain
from zooflow.zoo import build

VIT = {
    "architecture": "vit_tiny_patch16_224",
    "model_args": {"depth": 4, "embed_dim": 32, "num_heads": 2},
    "pretrained_cfg": {"input_size": [3, 32, 32], "crop_pct": 1.0, "interpolation": "bilinear"},
}
BERT = {
    "model_type": "bert",
    "num_hidden_layers": 1,
    "hidden_size": 32,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 64,
}
WORDS = {"fruit": ("apple", "pear", "plum", "cherry"), "metal": ("iron", "copper", "tin", "zinc")}


def grown(folder: Path, config: dict, source: str = "") -> None:
    """Write a model folder with random weights, as timm or transformers would."""
    from zooflow.zoo.configs import card_from_folder

    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    keras.utils.set_random_seed(0)
    backbone = build(card_from_folder(folder, name="tiny", source="tiny"))
    save_safetensors(drain(backbone.whole), folder / "model.safetensors")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with two tiny backbones, images, tables and recipes."""
    folder = tmp_path_factory.mktemp("home")
    grown(folder / "vit", VIT)
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *(w for each in WORDS.values() for w in each)]
    grown(folder / "bert", {**BERT, "vocab_size": len(vocabulary)})
    (folder / "bert" / "vocab.txt").write_text("\n".join(vocabulary) + "\n")
    random = np.random.default_rng(0)
    for channel, label in enumerate(("red", "green", "blue")):
        (folder / "photos" / label).mkdir(parents=True)
        for i in range(8):
            pixels = random.integers(0, 60, (40, 40, 3), dtype=np.uint8)
            pixels[..., channel] += 150
            Image.fromarray(pixels).save(folder / "photos" / label / f"{i}.png")
    (folder / "strange" / "mauve").mkdir(parents=True)
    Image.fromarray(pixels).save(folder / "strange" / "mauve" / "0.png")
    (folder / "torn").mkdir()
    for label in ("a", "b"):
        (folder / "torn" / label).mkdir()
        (folder / "torn" / label / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
    rows = [
        f"{a} {b} {i},{label}"
        for label, words in WORDS.items()
        for i, (a, b) in enumerate((a, b) for a in words for b in words)
    ]
    (folder / "words.csv").write_text("\n".join(["say,kind", *rows]) + "\n")
    (folder / "recipe.py").write_text(
        '"""Red, green or blue."""\n\n'
        "from zooflow import Classify, ImageFolder, Phase, Recipe, main\n\n"
        "recipe = Recipe(\n"
        '    backbone="vit",\n'
        '    data=ImageFolder("photos", validation=0.25),\n'
        "    task=Classify(dropout=0.0),\n"
        '    phases=(Phase(train="head", epochs=2, lr=1e-2),),\n'
        "    batch=8,\n"
        ")\n\n"
        'if __name__ == "__main__":\n'
        "    main(recipe)\n"
    )
    (folder / "broken.py").write_text("recipe = \n")
    (folder / "failing.py").write_text("x = 1\nrecipe = x / 0\n")
    (folder / "empty.py").write_text("")
    (folder / "broken.json").write_text("{")
    (folder / "other.json").write_text('{"backbone": "vit", "speed": 3}')
    return folder


@pytest.fixture
def zooflow(home, monkeypatch, capsys):
    """Run a command in the home folder: its status, stdout and stderr."""
    monkeypatch.chdir(home)

    def call(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        capsys.readouterr()
        status = run(group, arguments)
        return status, *capsys.readouterr()

    return call


@pytest.fixture(scope="module")
def image_run(home):
    """A run that learned images from a recipe script."""
    here = Path.cwd()
    os.chdir(home)
    try:
        assert run(group, ["finetune", "recipe.py", "--out", "runs/colours", "--quiet"]) == 0
    finally:
        os.chdir(here)
    return "runs/colours"


@pytest.fixture(scope="module")
def text_run(home):
    """A run that learned texts from a table whose columns have names of their own."""
    here = Path.cwd()
    os.chdir(home)
    options = ["--text", "say", "--label", "kind", "--phases", "head:2:1e-2,all:1:1e-3", "--quiet"]
    try:
        assert run(group, ["finetune", "bert", "--table", "words.csv", *options]) == 0
    finally:
        os.chdir(here)
    return "runs/bert-1"


def test_every_command_is_listed_and_helps(zooflow):
    status, out, _ = zooflow("--help")
    assert status == 0
    for name in COMMANDS:
        assert f"\n  {name} " in out
        status, help, _ = zooflow(name, "--help")
        assert status == 0
        assert help.startswith(f"Usage: zooflow {name} ")


def test_without_a_command_the_help_is_shown(zooflow):
    assert zooflow() == zooflow("--help")


PHOTOS = ("finetune", "vit", "--images", "photos")
WORDY = ("finetune", "bert", "--table", "words.csv")
BAD = {
    "no command": (["finetun"], "no command named 'finetun'", "finetune"),
    "no option": (["list", "--imag"], "no such option '--imag'", "--image"),
    "no name": (["info"], "missing argument 'NAME'", "zooflow info --help"),
    "unknown model": (["info", "efficientnet_lite.in1k"], "no model named", "efficientnet_lite0"),
    "unfinished name": (["info", "resnet18.t"], "no model named", "resnet18.tv_in1k"),
    "empty name": (["info", ""], "no model named ''", "zooflow list"),
    "not a source": (["info", "ftp://x"], "'ftp://x' is not a source", "hf://owner/repo"),
    "no such pattern": (["list", "minilm-l7"], "no model named 'minilm-l7'", "minilm-l6"),
    "unknown download": (["download", "vit", "resnit18"], "no model named 'resnit18'", "resnet18"),
    "no data": (["finetune", "vit"], "vit needs data to learn from", "--images FOLDER"),
    "two kinds of data": (
        [*PHOTOS, "--table", "words.csv"],
        "--images and --table both name the data", "give one",
    ),
    "no folder": (["finetune", "vit", "--images", "fotos"], "fotos does not exist", ""),
    "a file for a folder": (
        ["finetune", "vit", "--images", "words.csv"], "words.csv is a file, not a folder", ""
    ),
    "no label folders": (
        ["finetune", "vit", "--images", "photos/red"], "has no folders in it", "LABEL/IMAGE"
    ),
    "torn images": (
        ["finetune", "vit", "--images", "torn"], "2 of 2 examples cannot be used", "--on-bad-file"
    ),
    "no table": (["finetune", "bert", "--table", "no.csv"], "no.csv does not exist", ""),
    "no column": (
        [*WORDY, "--text", "sey"],
        "words.csv has no column 'sey'", "did you mean 'say'",
    ),
    "column for a folder": (
        [*PHOTOS, "--text", "say"], "--text means nothing", ""
    ),
    "two columns": (
        [*WORDY, "--text", "say", "--image", "say"],
        "--text and --image both", "give one",
    ),
    "no data set": (["finetune", "bert", "--data", "nowhere"], "nowhere is not a folder", "hf://"),
    "validation of images": (
        [*PHOTOS, "--validation", "torn"],
        "--validation 'torn' is no part", "train and validation folders",
    ),
    "validation too large": (
        [*PHOTOS, "--validation", "1.5"],
        "--validation is 1.5, but must lie between 0 and 1", "0.2",
    ),
    "validation not a number": (
        [*PHOTOS, "--validation", "nan"], "--validation is nan", ""
    ),
    "batch 0": ([*PHOTOS, "--batch", "0"], "'--batch': 0", "--help"),
    "batch in words": (["finetune", "vit", "--batch", "two"], "'two' is not a valid integer", ""),
    "epochs -1": ([*PHOTOS, "--epochs", "-1"], "'--epochs': -1", ""),
    "rate 0": ([*PHOTOS, "--lr", "0"], "'--lr': 0", ""),
    "rate nan": ([*PHOTOS, "--lr", "nan"], "lr is nan", ""),
    "seed -1": ([*PHOTOS, "--seed", "-1"], "'--seed': -1", ""),
    "dropout 1": ([*PHOTOS, "--dropout", "1"], "'--dropout': 1", ""),
    "precision": (
        [*PHOTOS, "--precision", "float8"], "'float8'", "--help"
    ),
    "backend": ([*PHOTOS, "--backend", "theano"], "'theano'", ""),
    "class weights": (["finetune", "vit", "--class-weights", "some"], "'some' is not one of", ""),
    "phase without numbers": (
        [*PHOTOS, "--phases", "head"],
        "'head' is not a phase", "part:epochs:rate",
    ),
    "phase in words": (
        [*PHOTOS, "--phases", "head:two:1"],
        "'head:two:1' is not a phase", "part:epochs:rate",
    ),
    "phase without epochs": (
        [*PHOTOS, "--phases", "head:0:1e-3"],
        "a phase's epochs is 0", "",
    ),
    "phase of no block": (
        [*PHOTOS, "--phases", "layer9:1:1e-3"],
        "no part to train named 'layer9'", "blocks-0",
    ),
    "too many blocks": (
        [*PHOTOS, "--phases", "last 99:1:1e-3"],
        "no part to train named 'last 99'", "it has",
    ),
    "texts for images": (
        ["finetune", "vit", "--table", "words.csv", "--text", "say", "--label", "kind"],
        "vit takes images, and words.csv holds texts", "zooflow list --text",
    ),
    "size of texts": (
        [*WORDY, "--text", "say", "--label", "kind", "--size", "64"],
        "size means nothing for texts",
        "leave --size out",
    ),
    "folder in use": (
        [*PHOTOS, "--out", "photos"],
        "photos exists already", "choose another --out",
    ),
    "no recipe": (["finetune", "no.py"], "there is no recipe 'no.py'", "path"),
    "recipe of bad syntax": (["finetune", "broken.py"], "broken.py line 1: SyntaxError", ""),
    "recipe that fails": (["finetune", "failing.py"], "failing.py line 2: ZeroDivisionError", ""),
    "script without recipe": (["finetune", "empty.py"], "empty.py makes no `recipe`", "Recipe("),
    "recipe no JSON": (["finetune", "broken.json"], "broken.json: this is no recipe", "--dry-run"),
    "recipe of odd fields": (["finetune", "other.json"], "other.json: this is no recipe", ""),
    "no run": (["evaluate", "runs/none", "--images", "photos"], "runs/none does not exist", ""),
    "not a run": (["predict", "photos", "x.png"], "photos is not a run", "a run is a folder"),
    "evaluate nothing": (["evaluate", "{run}"], "evaluate needs data with labels", "--images"),
    "labels unknown": (
        ["evaluate", "{run}", "--images", "torn", "--on-bad-file", "skip"], "has no image", ""
    ),
    "labels of others": (
        ["evaluate", "{run}", "--images", "strange"],
        "'mauve' of strange/mauve/0.png is not among the training labels", "'blue', 'green', 'red'",
    ),
    "evaluate texts": (
        ["evaluate", "{run}", "--table", "words.csv", "--text", "say", "--label", "kind"],
        "takes images, and words.csv holds texts", "",
    ),
    "predict nothing": (["predict", "{run}"], "neither INPUTS nor --table", "give one"),
    "predict both": (["predict", "{run}", "a.png", "--table", "words.csv"], "INPUTS and", ""),
    "predict no file": (["predict", "{run}", "no.png"], "no file or folder 'no.png'", ""),
    "predict torn": (["predict", "{run}", "torn"], "2 of 2 examples cannot be used", "--on-bad"),
    "predict all torn": (
        ["predict", "{run}", "torn", "--on-bad-file", "skip"], "none of 2 images can be read", ""
    ),
    "predict from empty stdin": (["predict", "{run}", "-"], "stdin is empty", "one a line"),
    "predict top 0": (["predict", "{run}", "photos", "--top", "0"], "'--top': 0", ""),
    "predict a column": (["predict", "{run}", "photos", "--text", "say"], "--text goes with", ""),
    "predict texts": (
        ["predict", "{run}", "--table", "words.csv", "--text", "say"],
        "takes images, and words.csv holds texts", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "message", "hint"), BAD.values(), ids=BAD.keys())
def test_misuse_is_one_sentence_and_writes_nothing(
    zooflow, home, image_run, arguments, message, hint
):
    before = sorted(home.rglob("*"))
    status, out, err = zooflow(*(each.format(run=image_run) for each in arguments))
    lines = err.splitlines()
    assert (status, out) == (2, "")
    assert lines[0].startswith("error: ")
    assert message in lines[0]
    assert hint in "".join(lines[1:])
    assert all(line.startswith(" hint: ") for line in lines[1:])
    assert len(lines) <= 2
    assert sorted(home.rglob("*")) == before


def test_list_shows_the_cards_that_match(zooflow):
    _, out, _ = zooflow("list")
    assert [line.split()[0] for line in out.splitlines()[1:]] == cards.names()
    _, out, _ = zooflow("list", "MiniLM", "--json")
    assert {each["takes"] for each in json.loads(out)} == {"text"}
    _, out, _ = zooflow("list", "--image", "--json")
    assert {each["takes"] for each in json.loads(out)} == {"image"}
    assert zooflow("list", "*lite0.in1k", "--json") == zooflow("list", "lite0.in1k", "--json")


def test_list_narrows_and_sorts_all_that_loads(zooflow):
    wanted = ("--family", "resnet", "--max-params", "30M", "--min-params", "2e7", "--size", "224")
    assert zooflow("list", *wanted)[0] == 2  # 2e7 is no number that people write
    status, out, _ = zooflow(
        "list", "resnet*", "--family", "resnet", "--size", "224",
        "--max-params", "30M", "--min-params", "20m",
        "--license", "commercial", "--sort", "top1", "--json",
    )  # fmt: skip
    found = json.loads(out)
    assert status == 0
    assert len(found) > 5
    assert {each["family"] for each in found} == {"resnet"}
    assert all(2e7 <= each["parameters"] <= 3e7 for each in found)
    assert {tuple(each["size"]) for each in found} == {(224, 224)}
    assert {each["license"] for each in found} <= catalogue.COMMERCIAL
    scores = [each["top1"] or 0 for each in found]
    assert scores == sorted(scores, reverse=True)


def test_list_says_when_nothing_fits(zooflow):
    status, out, err = zooflow("list", "resnet18", "--max-params", "1k")
    assert (status, len(out.splitlines())) == (0, 1)
    assert err == "none of the backbones of that name fits; leave a filter out\n"


def test_info_tells_what_timm_publishes_of_a_tag_without_a_card(zooflow):
    status, out, _ = zooflow("info", "resnet26.bt_in1k")
    assert status == 0
    assert "\n  costs    2.36 billion multiplications an image\n" in out  # timm's table at 224
    assert "\n  license  apache-2.0\n" in out
    assert json.loads(zooflow("info", "resnet26.bt_in1k", "--json")[1])["here"] is False


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("resnet18.fb_swsl_ig1b_ft_in1k", "commercial"), ("all-minilm-l6-v2", "mit"), ("vit", "mit")],
)
def test_weights_of_another_licence_are_refused(zooflow, home, name, wanted):
    before = sorted(home.rglob("*"))
    data = ("--table", "texts.csv") if "minilm" in name else ("--images", "photos")
    status, _, err = zooflow("finetune", name, *data, "--license", wanted)
    assert status == 2
    assert f"--license asks for {wanted}" in err
    assert sorted(home.rglob("*")) == before


def test_info_tells_a_card_and_the_way_on(zooflow):
    status, out, err = zooflow("info", "all-minilm-l6-v2")
    assert status == 0
    assert "\n  takes    texts of up to 256 tokens\n" in out
    assert "\n  gives    features tokens x 384\n" in out
    assert err == "\nFine-tune it: zooflow finetune all-minilm-l6-v2 --table FILE\n"


def test_info_builds_what_has_no_card(zooflow):
    status, out, _ = zooflow("info", "vit", "--json")
    facts = json.loads(out)
    assert status == 0
    assert facts["features"] == [5, 32]
    assert facts["blocks"] == ["embed", *(f"blocks-{i}" for i in range(4))]
    assert facts["here"]


def test_a_dry_run_prints_a_recipe_that_is_one_and_writes_nothing(zooflow, home):
    before = sorted(home.rglob("*"))
    arguments = ("--images", "photos", "--epochs", "3", "--lr", "5e-4", "--dry-run")
    status, out, err = zooflow("finetune", "vit", *arguments)
    assert status == 0
    assert [(each["epochs"], each["lr"]) for each in json.loads(out)["phases"]] == [
        (3, 1e-2),
        (3, 5e-4),
    ]
    assert "blocks: embed > blocks-0 > blocks-1 > blocks-2 > blocks-3" in err
    assert "phase 1 of 2: head learns, 99 of " in err
    assert sorted(home.rglob("*")) == before
    (home / "again.json").write_text(out)
    assert zooflow("finetune", "again.json", "--dry-run")[1] == out
    planned = json.loads(zooflow("finetune", "vit", *arguments, "--json")[1])
    assert planned["recipe"] == json.loads(out)
    assert planned["learning"][0] == 99


def test_finetune_tells_every_epoch_and_what_to_do_next(zooflow):
    options = ("--out", "runs/told", "--seed", "5")
    status, out, err = zooflow("finetune", "recipe.py", *options)
    lines = err.splitlines()
    assert (status, out) == (0, "")
    assert lines[0] == "recipe.py with --seed 5"
    assert lines[1] == "vit on photos: 18 images to learn from, 6 to check, 3 labels"
    assert lines[3].startswith("phase 1 of 1: head learns, 99 of ")
    assert re.fullmatch(r"memory: about \d MB more(, [\d.]+ GB is free)?", lines[4])
    assert re.fullmatch(
        r"first step after [\d.]+ s: imports and reading [\d.]+ s, data [\d.]+ s, "
        r"backbone [\d.]+ s, features [\d.]+ s, step [\d.]+ s",
        lines[5],
    )
    assert lines[6].split("  ")[-1].strip() == "images/s"
    assert [line.split()[0] for line in lines[7:9]] == ["1", "2"]
    assert lines[-2].startswith("saved runs/told  (best epoch ")
    assert lines[-1] == "Next: zooflow evaluate runs/told --images FOLDER"


def test_a_script_a_command_and_a_recipe_file_make_the_same_run(zooflow, home, image_run):
    written = (home / image_run / "recipe.json").read_text()
    assert zooflow("finetune", f"{image_run}/recipe.json", "--out", "runs/b", "--quiet")[0] == 0
    ended = subprocess.run(
        [sys.executable, "recipe.py", "runs/c", "--quiet"], cwd=home, capture_output=True, text=True
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    for again in ("runs/b", "runs/c"):
        assert (home / again / "recipe.json").read_text() == written
        same = (home / again / "model" / "model.safetensors").read_bytes()
        assert same == (home / image_run / "model" / "model.safetensors").read_bytes()


def test_finetune_as_json_gives_all_epochs_and_the_best(zooflow):
    status, out, err = zooflow(
        "finetune", "recipe.py", "--epochs", "1", "--out", "runs/json", "--json", "--quiet"
    )
    result = json.loads(out)
    assert (status, err) == (0, "")
    assert result["run"] == "runs/json"
    assert result["labels"] == ["blue", "green", "red"]
    assert result["best"] == result["epochs"][0]


def test_evaluate_scores_a_run(zooflow, image_run):
    status, out, _ = zooflow("evaluate", image_run, "--images", "photos", "--json")
    scores = json.loads(out)
    assert status == 0
    assert scores["examples"] == 24
    assert {label: each["examples"] for label, each in scores["labels"].items()} == {
        "blue": 8,
        "green": 8,
        "red": 8,
    }
    low, high = scores["intervals"]["accuracy"]
    assert low <= scores["accuracy"] <= high
    _, out, err = zooflow("evaluate", image_run, "--images", "photos")
    line = next(line for line in out.splitlines() if line.startswith("  accuracy "))
    assert line.split() == [
        "accuracy",
        f"{scores['accuracy']:.4f}",
        f"{low:.4f}",
        "to",
        f"{high:.4f}",
    ]
    assert "label" not in err


def test_evaluate_leaves_out_labels_that_the_run_does_not_know(zooflow, home, image_run):
    whole = json.loads(zooflow("evaluate", image_run, "--images", "photos", "--json")[1])
    for label, known in (("a grey", None), ("blue", "blue"), ("red", "red")):
        (home / "other" / label).mkdir(parents=True)
        source = home / "photos" / (known or "green")
        for each in source.iterdir():
            (home / "other" / label / each.name).write_bytes(each.read_bytes())
    status, out, err = zooflow("evaluate", image_run, "--images", "other", "--json")
    scores = json.loads(out)
    assert status == 0
    assert scores["examples"] == 16
    assert (
        err.splitlines()
        == scores["notes"]
        == [
            "1 label is not the run's ('a grey'): 8 examples are left out",
            "1 of the run's 3 labels without examples ('green'): means of labels are of the others",
        ]
    )
    assert scores["labels"]["red"]["recall"] == whole["labels"]["red"]["recall"]
    assert scores["labels"]["green"]["recall"] is None


def sorted_answers(home, run):
    """Give a run's validation answers, the surest first, and whether each is right."""
    rows = (home / run / "validation.csv").read_text().splitlines()[1:]
    answers = sorted((row.split(",")[1:] for row in rows), key=lambda each: -float(each[2]))
    return answers, [truth == said for truth, said, _ in answers]


def test_a_run_answers_unsure_below_the_threshold_of_a_precision(zooflow, home, text_run):
    answers, right = sorted_answers(home, text_run)
    assert any(right)
    best = max(np.cumsum(right) / np.arange(1, len(right) + 1))
    target = f"{min(best, 0.999):.3f}"
    arguments = ("predict", text_run, "words.csv", "--target-precision", target)
    status, out, err = zooflow(*arguments, "--json")
    said = json.loads(out)
    assert status == 0
    found = re.match(r"unsure below ([\d.]+): from there on [\d.]+ of \d+ validation ", err)
    assert found[1] in {probability for _, _, probability in answers}
    for each in said:
        top = each["predictions"][0]["probability"]
        assert each["unsure"] == (round(top, 6) < float(found[1]))
    _, out, _ = zooflow(*arguments)
    assert out.count("  unsure  ") == sum(each["unsure"] for each in said)
    evaluated = ("evaluate", text_run, "--table", "words.csv", "--target-precision", target)
    scores = json.loads(zooflow(*evaluated, "--json")[1])["abstaining"]
    assert scores["coverage"] == pytest.approx(np.mean([not each["unsure"] for each in said]))
    assert "\n  coverage " in zooflow(*evaluated)[1]
    if best < 0.99:
        assert zooflow(*arguments[:3], "--target-precision", "0.99")[0] == 2


def test_compare_holds_runs_against_each_other(zooflow, home, image_run, text_run):
    other = ("finetune", "recipe.py", "--epochs", "1", "--quiet", "--out")
    assert zooflow(*other, "runs/short")[0] == 0
    assert zooflow(*other, "runs/seed", "--seed", "3")[0] == 0
    status, out, _ = zooflow("compare", "runs/short", image_run, "--json")
    told = json.loads(out)
    assert (status, told["data"], told["examples"]) == (0, "validation", 6)
    status, out, _ = zooflow("compare", "runs/short", image_run, "--images", "photos", "--json")
    told = json.loads(out)
    assert (status, told["data"], told["examples"]) == (0, "photos", 24)
    for row in told["runs"]:
        alone = json.loads(zooflow("evaluate", row["run"], "--images", "photos", "--json")[1])
        assert row["accuracy"] == alone["accuracy"]
        assert row["interval"] == alone["intervals"]["accuracy"]
    _, out, _ = zooflow("compare", "runs/short", image_run, "--images", "photos")
    assert out.splitlines()[-1] == told["verdict"]
    for arguments, message in (
        (("runs/short", "runs/seed"), "have other validation examples"),
        (("runs/short", text_run), "takes images, and runs/bert-1 takes texts"),
        (("runs/short", "runs/short"), "runs/short is named twice"),
        (("runs/short",), "only runs/short was given"),
    ):
        status, _, err = zooflow("compare", *arguments)
        assert status == 2
        assert message in err


def test_evaluate_knows_the_columns_that_the_run_learned_from(zooflow, text_run):
    status, out, _ = zooflow("evaluate", text_run, "--table", "words.csv", "--json")
    assert status == 0
    assert json.loads(out)["examples"] == 32


def test_predict_takes_files_folders_globs_and_stdin(zooflow, image_run):
    folder = json.loads(zooflow("predict", image_run, "photos/red", "--json")[1])
    globbed = json.loads(zooflow("predict", image_run, "photos/red/*.png", "--json")[1])
    names = [each["input"] for each in folder]
    piped = json.loads(zooflow("predict", image_run, "-", "--json", stdin="\n".join(names))[1])
    assert names == [f"photos/red/{i}.png" for i in range(8)]
    assert folder == globbed == piped
    assert all(sum(p["probability"] for p in each["predictions"]) > 0.999 for each in folder)


def test_predict_leaves_out_what_cannot_be_read_if_told_so(zooflow, image_run):
    arguments = ("photos/red/0.png", "torn/a/x.png", "--on-bad-file", "skip", "--top", "1")
    status, out, err = zooflow("predict", image_run, *arguments)
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()] == ["photos/red/0.png"]
    assert len(out.split()) == 3
    assert "torn/a/x.png" in err


def test_predict_takes_texts_tables_and_lines(zooflow, text_run):
    status, out, _ = zooflow("predict", text_run, "apple plum", "zinc", "--json")
    said = json.loads(out)
    assert status == 0
    assert [each["input"] for each in said] == ["apple plum", "zinc"]
    assert (
        json.loads(zooflow("predict", text_run, "-", "--json", stdin="apple plum\nzinc\n")[1])
        == said
    )
    assert len(zooflow("predict", text_run, "words.csv")[1].splitlines()) == 32
    assert zooflow("predict", text_run, "recipe.py")[0] == 2


def test_download_gives_the_folder(zooflow, home):
    status, out, err = zooflow("download", "vit")
    assert (status, out) == (0, f"{home / 'vit'}\n")
    assert err.startswith("vit: ")


def test_doctor_tells_what_there_is(zooflow):
    status, out, _ = zooflow("doctor", "--json")
    found = json.loads(out)
    assert status == (1 if found["todo"] else 0)
    assert found["chosen"] == keras.backend.backend()
    assert found["libraries"]["keras"] == keras.__version__


def test_doctor_names_what_is_missing(zooflow, monkeypatch):
    monkeypatch.setattr("zooflow.cli.doctor.version", lambda name: "")
    monkeypatch.setattr("zooflow.backend.find_spec", lambda name: None)
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    status, out, err = zooflow("doctor")
    assert (status, err) == (1, "")
    assert "\nkeras is missing: pip install keras\n" in out
    assert "the backend 'torch' is not installed" in out


def test_a_full_disk_is_said_in_one_sentence(zooflow, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "runs/x")

    monkeypatch.setattr("zooflow.cli.listing.put_table", full)
    status, _, err = zooflow("list")
    assert (status, err) == (
        1,
        "error: runs/x: no space left on device\n hint: make room on the disk\n",
    )


def test_an_error_of_ours_keeps_its_traceback(zooflow, monkeypatch):
    monkeypatch.setattr("zooflow.cli.listing.put_table", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        zooflow("list")


def test_a_reader_who_has_seen_enough_ends_it_quietly(home):
    command = f"{sys.executable} -m zooflow list | true"
    ended = subprocess.run(["sh", "-c", command], cwd=home, capture_output=True, text=True)
    assert ended.stderr == ""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_ends_with_130_and_says_how_to_go_on(home, sent):
    out = f"runs/stopped-{sent.name}"
    arguments = ["finetune", "recipe.py", "--epochs", "5000", "--out", out]
    with subprocess.Popen(
        [sys.executable, "-m", "zooflow", *arguments],
        cwd=home, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(sent, signal.SIG_DFL),  # a script's & leaves it ignored
    ) as process:  # fmt: skip
        assert process.stderr
        next(line for line in process.stderr if line.split()[0] == "2")
        process.send_signal(sent)
        last = process.stderr.read().splitlines()[-2:]
    assert process.returncode == 130
    assert last == [f"zooflow resume {out} goes on with it", "error: stopped"]
    assert any((home / out / "state").glob("*.json"))
    assert not (home / out / "model").exists()
