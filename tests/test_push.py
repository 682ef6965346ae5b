"""A run on the hub: what goes, what stays, and that what comes back is the same to the bit.

The hub is tests/hub.py on 127.0.0.1; the real client of the hub talks to it.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import huggingface_hub.constants
import keras
import numpy as np
import pytest
from conftest import WORDS
from hub import COMMIT, Repo, serve
from sklearn.metrics import accuracy_score, f1_score

from zooflow import (
    ImageFolder,
    ImageInput,
    Phase,
    Recipe,
    Table,
    export,
    finetune,
    from_keras,
    load,
    load_run,
    push,
)
from zooflow.checkpoints import open_checkpoint
from zooflow.cli import group
from zooflow.cli import run as zooflow_run
from zooflow.convert import drain
from zooflow.errors import BadCheckpoint, BadInput, NotPublished
from zooflow.sources import transfer

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content:DeprecationWarning")  # the client's
PHASES = (Phase("head", epochs=2, lr=3e-2), Phase("last 1", epochs=1, lr=1e-3))
TO = "hf://owner/model"
TOKEN = "hf_" + "x" * 34
MODEL = {"config.json", "preprocessing.json", "model.safetensors"}
RUN = {
    *("recipe.json", "lock.json", "labels.txt", "metrics.jsonl", "calibration.json", "curves.png"),
    "README.md",
}
AGAIN = """
import sys, numpy as np, zooflow
from zooflow.convert import drain
run = zooflow.load_run("hf://owner/model")
inputs = sys.argv[2:]
tuned = drain(zooflow.load("hf://owner/model").whole)
np.savez(sys.argv[1], said=run.predict(inputs), **tuned)
"""


@pytest.fixture(scope="module")
def image_run(tiny, photos, tmp_path_factory):
    recipe = Recipe(tiny("resnet"), ImageFolder(photos), phases=PHASES, batch=8)
    return finetune(recipe, tmp_path_factory.mktemp("image") / "pets")


@pytest.fixture(scope="module")
def text_run(tiny, texts, tmp_path_factory):
    recipe = Recipe(tiny("bert"), Table(texts, text="text"), phases=PHASES, batch=8)
    return finetune(recipe, tmp_path_factory.mktemp("text") / "talk")


@pytest.fixture
def hub(monkeypatch, tmp_path):
    monkeypatch.setenv("ZOOFLOW_CACHE", str(tmp_path / "zooflow"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", True)  # as on old hubs
    monkeypatch.setattr(transfer, "PAUSE", 0.0)
    with serve(Repo({".gitattributes": b"*.safetensors filter=lfs\n"}, private=None)) as repo:
        monkeypatch.setenv("HF_ENDPOINT", repo.url)
        yield repo


def card(hub: Repo) -> huggingface_hub.ModelCard:
    return huggingface_hub.ModelCard(hub.files["README.md"].decode())


def writes(hub: Repo) -> list[str]:
    return [path for method, path in hub.log if method in ("POST", "PUT")]


@pytest.mark.heart
@pytest.mark.parametrize("kind", ["image", "text"])
def test_what_is_pushed_comes_back_the_same_to_the_bit(kind, request, hub, photos, tmp_path):
    run = request.getfixturevalue(f"{kind}_run")
    tokens = {"tokenizer.json", "tokenizer_config.json"} if kind == "text" else set()
    assert push(run, TO) == f"{TO}@{hub.commit}"
    assert hub.files.keys() == MODEL | RUN | tokens | {".gitattributes"}
    inputs = [f"{photos}/red/{i}.png" for i in range(3)]
    if kind == "text":
        inputs = ["my refund please", "the lamp is broken", " ".join(WORDS)]
    home = {"HF_HUB_CACHE": f"{tmp_path}/fresh", "ZOOFLOW_CACHE": f"{tmp_path}/empty"}
    command = [sys.executable, "-c", AGAIN, str(tmp_path / "said.npz"), *inputs]
    done = subprocess.run(command, env=os.environ | home, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    given = [Path(each) for each in inputs] if kind == "image" else inputs
    here = load_run(run.folder).predict(given)
    with np.load(tmp_path / "said.npz") as there:
        assert there["said"].tobytes() == here.tobytes()
        tuned = {name: there[name] for name in there.files if name != "said"}
    with open_checkpoint(run.folder / "model") as saved:
        assert len(tuned) == len(saved) - 2  # all but the classifier
        assert all(tuned[name].tobytes() == saved[name].tobytes() for name in tuned)


def test_no_path_of_this_machine_travels(image_run, text_run, hub, photos, texts, tmp_path):
    (image_run.folder / "report.html").write_text(
        f"<p>{photos}/red/1.png and {Path.home()}/me/notes.txt</p>"
    )
    for run, data in ((image_run, photos), (text_run, texts)):
        push(run, TO, report=run is image_run)
        paths = (data, str(run.folder.parent), run.recipe.backbone, str(Path.home()) + "/", "/tmp/")
        for name, content in hub.files.items():
            for path in paths:
                assert path.encode() not in content, (name, path)
        assert json.loads(hub.files["recipe.json"])["data"]["path"] == Path(data).name
    (image_run.folder / "report.html").unlink()


def test_a_report_stays_here_unless_it_is_asked_for_and_goes_again(image_run, hub):
    report = image_run.folder / "report.html"
    with pytest.raises(BadInput, match=r"has no report\.html"):
        push(image_run, TO, report=True)
    report.write_text("<p>reported</p>")
    push(image_run, TO)
    assert "report.html" not in hub.files
    push(image_run, TO, report=True)
    assert hub.files["report.html"] == b"<p>reported</p>"
    hub.files["notes.md"] = b"mine"
    push(image_run, TO)
    assert "report.html" not in hub.files
    assert hub.files["notes.md"] == b"mine"
    report.unlink()


def test_no_example_and_no_state_travels(image_run, text_run, hub):
    for run in (image_run, text_run):
        (run.folder / "state").mkdir()
        (run.folder / "state" / "x.json").write_text("{}")
        push(run, TO)
        assert not [name for name in hub.files if "/" in name or name.endswith(".csv")]
        (run.folder / "state" / "x.json").unlink()
        (run.folder / "state").rmdir()
    with Path(text_run.recipe.data.path).open(newline="") as file:
        for row in csv.DictReader(file):
            assert not any(row["text"].encode() in content for content in hub.files.values())


def test_the_card_says_what_is_known_and_nothing_else(image_run, hub):
    push(image_run, TO)
    data = card(hub).data.to_dict()
    with (image_run.folder / "validation.csv").open(newline="") as file:
        rows = [(row["label"], row["prediction"]) for row in csv.DictReader(file)]
    results = data["model-index"][0]["results"][0]
    assert results["dataset"] == {
        "name": Path(image_run.recipe.data.path).name,
        "type": "imagefolder",
        "split": "validation",
    }
    assert {each["type"]: each["value"] for each in results["metrics"]} == {
        "accuracy": round(accuracy_score(*zip(*rows, strict=True)), 4),
        "f1": round(f1_score(*zip(*rows, strict=True), average="macro"), 4),
    }
    del data["model-index"]
    assert data == {
        "license": "unknown",
        "library_name": "zooflow",
        "pipeline_tag": "image-classification",
        "tags": ["zooflow", "keras", "transfer-learning"],
        "metrics": ["accuracy", "f1"],
    }
    text = card(hub).text
    assert "| green |" in text
    assert "is not known to zooflow" in text
    assert "zooflow predict hf://owner/model photo.jpg" in text


def test_the_card_says_which_weights_the_scores_are_of(image_run, hub, tmp_path):
    run = tmp_path / "pets"
    shutil.copytree(image_run.folder, run)
    recipe = json.loads((run / "recipe.json").read_text())
    for refit in (True, False):
        (run / "recipe.json").write_text(json.dumps(recipe | {"refit": refit}))
        push(run, TO)
        assert ("the scores are those from before" in card(hub).text) == refit


def changed(run: Path, copy: Path, license: str, source: str, data: dict) -> Path:
    """Copy a run as if it had another backbone and other data."""
    import shutil

    shutil.copytree(run, copy)
    for name, part, facts in (
        ("model/config.json", "card", {"license": license, "source": source}),
        ("recipe.json", "data", data),
    ):
        value = json.loads((copy / name).read_text())
        value[part] |= facts
        (copy / name).write_text(json.dumps(value))
    return copy


@pytest.mark.parametrize(
    ("license", "said"),
    [
        ("apache-2.0", {"license": "apache-2.0"}),
        ("dinov3-license", {"license": "other", "license_name": "dinov3-license"}),
    ],
)
def test_licence_backbone_and_data_are_named_as_the_hub_knows_them(
    text_run, hub, tmp_path, license, said
):
    data = {"kind": "HubDataset", "path": "hf://datasets/some/talk@main", "train": "train"}
    run = changed(text_run.folder, tmp_path / "run", license, f"hf://some/bert@{COMMIT}", data)
    push(run, TO)
    found = card(hub).data.to_dict()
    assert {key: found[key] for key in found if key.startswith("license")} == said
    assert (found["base_model"], found["base_model_relation"]) == ("some/bert", "finetune")
    assert found["datasets"] == ["some/talk"]
    assert found["pipeline_tag"] == "text-classification"
    assert found["model-index"][0]["results"][0]["dataset"]["type"] == "some/talk"


def test_a_licence_that_is_not_wanted_is_refused_before_the_hub_is_asked(image_run, hub, capsys):
    assert zooflow_run(group, ["push", str(image_run.folder), TO, "--license", "commercial"]) == 2
    assert "is unknown, and --license asks for commercial" in capsys.readouterr().err
    assert hub.log == []


def test_what_a_person_wrote_into_the_readme_survives(image_run, hub):
    push(image_run, TO)
    written = hub.files["README.md"].decode()
    head, ours = written.split("\n---\n", 1)
    head = head.replace("- keras\n", "- keras\n- pets\n") + "\nlanguage: de\nthumbnail: cat.png"
    edited = f"{head}\n---\n\nAbove.\n\n{ours.strip()}\n\n## Meant for\n\nCats, ünly.\n"
    hub.files["README.md"] = edited.replace("# model", "# changed by hand").encode()
    push(image_run, TO)
    found = card(hub)
    assert found.data.to_dict()["language"] == "de"
    assert found.data.to_dict()["thumbnail"] == "cat.png"
    assert found.data.tags == ["zooflow", "keras", "transfer-learning", "pets"]
    assert found.text.strip().startswith("Above.\n\n<!-- zooflow push")
    assert found.text.endswith("\n\n## Meant for\n\nCats, ünly.\n")
    assert "# model" in found.text
    assert "changed by hand" not in found.text
    again = hub.files["README.md"]
    push(image_run, TO)
    assert hub.files["README.md"] == again


def test_a_readme_that_was_there_before_stays_below(image_run, hub):
    hub.private, hub.files["README.md"] = True, b"---\nlicense: mit\n---\n\n# Begun by hand\n"
    push(image_run, TO)
    assert card(hub).text.endswith("<!-- zooflow push ends; what stands below, and above, is kept "
                                   "-->\n\n# Begun by hand\n")  # fmt: skip
    assert card(hub).data.license == "unknown"


def test_a_readme_that_cannot_be_read_is_left_alone(image_run, hub):
    hub.private, hub.files["README.md"] = True, b"---\ntags: [a\n---\n"
    with pytest.raises(BadInput, match=r"head of README\.md in owner/model is not YAML"):
        push(image_run, TO)
    assert writes(hub) == []
    hub.files["README.md"], hub.readme_errors = b"", ['"license" must be one of ...']
    with pytest.raises(BadInput, match=r'does not take the head of README.md .*"license" must be'):
        push(image_run, TO)
    assert hub.commit == COMMIT


def test_a_second_push_of_the_same_changes_nothing(image_run, hub, capsys):
    push(image_run, TO)
    first = hub.commit
    assert zooflow_run(group, ["push", str(image_run.folder), TO, "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out) == {"source": f"{TO}@{first}", "private": True, "changed": False}
    assert "nothing to push" in told.err
    assert len(hub.made) == 1


@pytest.mark.parametrize(
    ("option", "seen"), [([], "private"), (["--private"], "private"), (["--public"], "public")]
)
def test_a_new_repository_is_private_unless_asked(image_run, hub, capsys, option, seen):
    assert zooflow_run(group, ["push", str(image_run.folder), TO, *option]) == 0
    assert [made["visibility"] for made in hub.made] == [seen]
    told = capsys.readouterr()
    assert told.out == f"{TO}@{hub.commit}\n"
    assert f"MB, {seen}\nNext: zooflow predict hf://owner/model FILES" in told.err


def test_a_terminal_is_asked_once_who_may_see_it(image_run, hub, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr("click.prompt", lambda text, **_: asked.append(text) or "public")
    for _ in range(2):
        assert zooflow_run(group, ["push", str(image_run.folder), TO]) == 0
    assert asked == ["owner/model will be new. Who may see it?"]
    assert hub.made[0]["visibility"] == "public"
    capsys.readouterr()
    assert zooflow_run(group, ["push", str(image_run.folder), TO, "--private"]) == 2
    assert "is there already and public" in capsys.readouterr().err


def test_a_dry_run_shows_all_and_asks_nobody(image_run, hub, monkeypatch, capsys):
    monkeypatch.delenv("HF_TOKEN")
    assert zooflow_run(group, ["push", str(image_run.folder), TO, "--dry-run"]) == 0
    out = capsys.readouterr().out
    weights = image_run.folder / "model" / "model.safetensors"
    assert out.splitlines()[1].split() == ["model.safetensors", f"{weights.stat().st_size:,}"]
    assert "library_name: zooflow" in out
    assert zooflow_run(group, ["push", str(image_run.folder), TO, "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["files"].keys() == MODEL | RUN
    assert hub.log == []


@pytest.mark.parametrize(
    "to", ["owner/model", "hf://model", "hf://a/b/c", "hf://a/b@main", "x://a/b"]
)
def test_what_is_no_repository_is_refused(image_run, hub, to):
    with pytest.raises(BadInput, match="is no repository to push to"):
        push(image_run, to)
    assert hub.log == []


def test_a_name_that_the_hub_does_not_allow_is_refused(image_run, hub):
    with pytest.raises(BadInput, match="'owner/a--b' cannot be a repository"):
        push(image_run, "hf://owner/a--b")


def test_a_run_that_is_not_finished_is_not_pushed(image_run, hub, tmp_path):
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "recipe.json").write_text("{}")
    with pytest.raises(BadInput, match="was stopped before it was trained"):
        push(tmp_path / "half", TO)


def test_a_token_in_a_file_is_not_pushed(image_run, hub, tmp_path):
    data = {"path": f"https://me:{TOKEN}@there"}
    run = changed(image_run.folder, tmp_path / "run", "mit", "elsewhere", data)
    with pytest.raises(BadInput, match=r"recipe\.json holds what looks like a token"):
        push(run, TO)
    assert hub.log == []


def test_without_a_token_the_way_to_one_is_told(image_run, hub, monkeypatch):
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr(huggingface_hub.constants, "HF_TOKEN_PATH", "/no/token")
    with pytest.raises(NotPublished, match="nobody is logged in") as told:
        push(image_run, TO)
    assert "hf auth login" in told.value.hint


@pytest.mark.parametrize("private", [None, False])
def test_a_repository_of_others_is_not_written_to(image_run, hub, private):
    hub.owned, hub.private = False, private
    with pytest.raises(NotPublished, match="may not write to owner/model: You have no rights") as e:
        push(image_run, TO)
    assert "is owner you" in e.value.hint
    assert hub.commit == COMMIT


def test_a_token_that_the_hub_refuses_is_told(image_run, hub):
    hub.bad_token = True
    with pytest.raises(NotPublished, match="refuses the token"):
        push(image_run, TO)


def test_a_hub_that_is_busy_is_asked_again_and_given_up_whole(image_run, hub):
    hub.faults["commit"] = ["503"]
    push(image_run, TO)
    commit = hub.commit
    (image_run.folder / "labels.txt").write_text("blue\ngreen\nred\n\n")
    hub.faults["commit"] = ["503"] * 3
    with pytest.raises(NotPublished, match="answered 503") as told:
        push(image_run, TO)
    assert told.value.hint == "push again later"
    hub.faults["commit"] = ["429 Retry-After: 900"]
    with pytest.raises(NotPublished, match="asks to wait 900 s"):
        push(image_run, TO)
    assert hub.commit == commit
    (image_run.folder / "labels.txt").write_text("blue\ngreen\nred\n")


def test_a_repository_that_changes_meanwhile_is_not_overwritten(image_run, hub, monkeypatch):
    from zooflow.publish import upload

    push(image_run, TO)
    there = upload.find(upload.address(TO))
    hub.commit = "ab" * 20
    monkeypatch.setattr("zooflow.publish.find", lambda place: there)
    (image_run.folder / "labels.txt").write_text("blue\ngreen\nred\n\n")
    with pytest.raises(NotPublished, match="has changed meanwhile") as told:
        push(image_run, TO)
    assert told.value.hint == "push again"
    (image_run.folder / "labels.txt").write_text("blue\ngreen\nred\n")


@pytest.mark.parametrize("offline", [True, False])
def test_without_a_network_nothing_is_pushed(image_run, hub, monkeypatch, offline):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", offline)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    said = "HF_HUB_OFFLINE forbids to push" if offline else "hub cannot be reached for owner/model"
    with pytest.raises(NotPublished, match=said):
        push(image_run, TO)


def test_a_backbone_on_the_hub_is_no_run(hub, tiny, capsys):
    hub.private = False
    hub.files |= {file.name: file.read_bytes() for file in Path(tiny("vit")).iterdir()}
    assert zooflow_run(group, ["predict", TO, "photo.jpg"]) == 2
    assert f"{TO} holds a backbone, not a run" in capsys.readouterr().err


def test_a_run_on_a_keras_model_comes_back_as_a_run_alone(hub, photos, tmp_path):
    inputs = keras.Input((16, 16, 3))
    features = keras.layers.Conv2D(4, 3, name="body")(inputs)
    model = keras.Model(inputs, keras.layers.ReLU()(features), name="mine")
    backbone = from_keras(model, input=ImageInput(size=(16, 16)))
    recipe = Recipe("mine", ImageFolder(photos), phases=PHASES[:1], batch=8)
    run = finetune(recipe, tmp_path / "run", backbone=backbone)
    push(run, TO)
    photo = [Path(photos) / "red" / "1.png"]
    assert load_run(TO).predict(photo).tobytes() == run.predict(photo).tobytes()
    with pytest.raises(BadCheckpoint, match="was tuned from a Keras model, mine"):
        load(TO)
    assert "zooflow.load(" not in card(hub).text


def test_layers_after_pooling_come_back_with_the_tuned_backbone(text_run, hub, tmp_path):
    folder = export(text_run, "sentence-transformers", tmp_path / "vectors")
    assert (folder / "2_Dense").is_dir()
    recipe = Recipe(str(folder), text_run.recipe.data, phases=PHASES[:1], batch=8)
    run = finetune(recipe, tmp_path / "run")
    push(run, TO)
    tuned = drain(load(TO).whole)
    with open_checkpoint(run.folder / "model") as saved:
        assert any(name.startswith("2_Dense.") for name in tuned)
        assert all(tuned[name].tobytes() == saved[name].tobytes() for name in tuned)


def test_names_with_an_owner_are_no_paths(text_run, hub, tmp_path):
    run = changed(text_run.folder, tmp_path / "run", "mit", "hf://google-bert/bert", {})
    recipe = json.loads((run / "recipe.json").read_text())
    (run / "recipe.json").write_text(json.dumps(recipe | {"backbone": "google-bert/bert"}))
    push(run, TO)
    assert json.loads(hub.files["recipe.json"])["backbone"] == "google-bert/bert"


def test_a_run_on_the_hub_predicts_and_evaluates(image_run, hub, photos, capsys):
    push(image_run, TO)
    photo = f"{photos}/red/1.png"
    said = {}
    for place in (TO, str(image_run.folder)):
        assert zooflow_run(group, ["predict", place, photo]) == 0
        predicted = capsys.readouterr().out
        assert zooflow_run(group, ["evaluate", place, "--images", photos, "--json"]) == 0
        said[place] = predicted, json.loads(capsys.readouterr().out) | {"run": ""}
    assert said[TO] == said[str(image_run.folder)]
