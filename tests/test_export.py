"""What goes out of the house can be read back: names, numbers, labels, and what prepares inputs.

scripts/parity_export.py asks timm and transformers themselves.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from conftest import WORDS
from grown import grow, image

import zooflow
from zooflow import Classify, ImageFolder, Phase, Recipe, Run, Table, export, finetune, load_run
from zooflow.cards import Card, TextInput
from zooflow.checkpoints import open_checkpoint
from zooflow.cli import group
from zooflow.cli import run as zooflow_run
from zooflow.convert import drain, pour
from zooflow.data import Tokenizer, decode_all
from zooflow.errors import BadInput, UnknownName, ZooflowError
from zooflow.exports import heads
from zooflow.exports.network import defaults
from zooflow.zoo import build
from zooflow.zoo.configs import card_from_folder
from zooflow.zoo.families import families, family

pytestmark = pytest.mark.heart
LABELS = ("blue, dark", "grün", "red")
FOLDER = Path(__file__).parent / "golden"
PHASES = (Phase("head", epochs=2, lr=3e-2), Phase("last 1", epochs=1, lr=1e-3))
TEXTS = ["my refund please", "the lamp is broken", ""]


@pytest.fixture(scope="module")
def image_run(tiny, photos, tmp_path_factory):
    recipe = Recipe(tiny("resnet"), ImageFolder(photos), phases=PHASES, batch=8)
    return finetune(recipe, tmp_path_factory.mktemp("image") / "run")


@pytest.fixture(scope="module")
def text_run(tiny, texts, tmp_path_factory):
    recipe = Recipe(tiny("bert"), Table(texts, text="text"), phases=PHASES, batch=8)
    return finetune(recipe, tmp_path_factory.mktemp("text") / "run")


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text("utf-8"))


def tensors(folder: Path) -> dict[str, np.ndarray]:
    with open_checkpoint(folder) as checkpoint:
        return {name: np.array(checkpoint[name]) for name in checkpoint}


def grown_run(config: dict[str, Any], place: Path, **changes: Any) -> Run:
    """Make a run of a config, with grown weights, as if it had been trained."""
    place.mkdir()
    (place / "config.json").write_text(json.dumps(config), "utf-8")
    card = card_from_folder(place, name="grown", source="grown")
    card = Card(**{**vars(card), "arguments": {**card.arguments, **changes}})
    model = Classify().attach(build(card), len(LABELS))
    pour({name: grow(name, each.shape) for name, each in drain(model).items()}, model)
    return Run(place, None, card, LABELS, model, card.input)  # type: ignore[arg-type]


def asked(model: keras.Model, inputs: Any) -> np.ndarray:
    return keras.ops.convert_to_numpy(model(inputs, training=False))


def answered(folder: Path, inputs: Any, head: str = "") -> np.ndarray:
    """Load an exported folder as a backbone, put its classifier on, and ask."""
    backbone = zooflow.load(str(folder))
    held = tensors(folder)
    head = head or family(backbone.card.family).HEAD
    model = Classify().attach(backbone, len(held[f"{head}.bias"]))
    weights = model.get_layer(backbone.head)
    weights.set_weights([held[f"{head}.weight"].T, held[f"{head}.bias"]])
    return asked(model, inputs)


def test_a_run_for_timm_has_what_timm_asks_for(image_run, tmp_path):
    folder = export(image_run, "timm", tmp_path / "out")
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors"]
    facts = read(folder, "config.json")
    assert facts == {
        "architecture": "resnet18",
        "num_classes": 3,
        "num_features": 32,
        "model_args": {"layers": [1, 1, 1, 1], "channels": [8, 16, 24, 32]},
        "pretrained_cfg": {
            "tag": "zooflow",
            "custom_load": False,
            "input_size": [3, 32, 32],
            "fixed_input_size": False,
            "interpolation": "bicubic",
            "crop_pct": 1.0,
            "crop_mode": "center",
            "mean": [0.485, 0.456, 0.406],
            "std": [0.229, 0.224, 0.225],
            "num_classes": 3,
            "first_conv": "conv1",
            "classifier": "fc",
            "license": "unknown",
        },
        "label_names": ["blue", "green", "red"],
    }
    trained = drain(image_run.model)
    held = tensors(folder)
    assert held.keys() == trained.keys()
    assert all((held[name] == trained[name]).all() for name in held)


def test_a_run_for_timm_is_read_back_to_the_bit(image_run, photos, tmp_path):
    folder = export(image_run.folder, "timm", tmp_path / "out")
    x = decode_all(sorted(Path(photos).glob("*/*.png"))[:7], image_run.reader)
    assert (answered(folder, x) == asked(image_run.model, x)).all()


def test_a_run_for_transformers_has_what_transformers_asks_for(text_run, tmp_path):
    folder = export(text_run, "transformers", tmp_path / "out")
    names = ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]
    assert sorted(path.name for path in folder.iterdir()) == names
    facts = read(folder, "config.json")
    assert facts["architectures"] == ["BertForSequenceClassification"]
    assert facts["model_type"] == "bert"
    assert facts["id2label"] == {"0": "money", "1": "parcel"}
    assert facts["label2id"] == {"money": 0, "parcel": 1}
    assert facts["hidden_size"] == 32
    assert isinstance(text_run.reader, Tokenizer)
    assert facts["pad_token_id"] == text_run.reader.pad
    held = tensors(folder)
    assert "bert.pooler.dense.weight" in held
    outside = {name for name in held if not name.startswith("bert.")}
    assert outside == {"classifier.weight", "classifier.bias"}
    assert read(folder, "tokenizer_config.json")["model_max_length"] == 48


def test_a_run_for_transformers_is_read_back_to_the_bit(text_run, tmp_path):
    folder = export(text_run, "transformers", tmp_path / "out")
    assert isinstance(text_run.reader, Tokenizer)
    x = text_run.reader(TEXTS)
    assert (answered(folder, x) == asked(text_run.model, x)).all()
    again = Tokenizer.from_folder(folder, TextInput(length=48))(TEXTS)
    assert all((again[name] == x[name]).all() for name in x)


@pytest.mark.parametrize(
    ("kind", "to"), [("resnet", "timm"), ("vit", "timm"), ("bert", "transformers")]
)
def test_a_backbone_alone_is_read_back_to_the_bit(tiny, tmp_path, kind, to):
    folder = export(tiny(kind), to, tmp_path / "out")
    one, two = zooflow.load(tiny(kind)), zooflow.load(str(folder))
    ours, theirs = drain(one.whole), drain(two.whole)
    assert ours.keys() == theirs.keys()
    assert all((ours[name] == theirs[name]).all() for name in ours)
    assert two.card.input == one.card.input
    assert "label_names" not in read(folder, "config.json")


@pytest.mark.parametrize(
    ("kind", "name", "architecture", "head"),
    [
        ("byobnet", "odd-pool", "resnet50_clip", "head.proj"),
        ("qwen3_vit", "odd-qwen3-alone", "qwen3_vit_88m", "head"),  # timm's has no classifier
    ],
)
def test_a_classifier_goes_where_timm_has_it(kind, name, architecture, head, tmp_path):
    config = json.loads((FOLDER / f"{kind}.json").read_text("utf-8"))[name]["config"]
    run = grown_run(config, tmp_path / "run")
    folder = export(run, "timm", tmp_path / "out")
    facts = read(folder, "config.json")
    assert facts["architecture"] == architecture
    assert facts["pretrained_cfg"]["classifier"] == head
    x = image(0, run.card.input.size)
    difference = np.abs(answered(folder, x, head) - asked(run.model, x)).max()
    assert difference <= 1e-6 * np.abs(asked(run.model, x)).max()


def test_a_run_goes_out_when_its_backbone_and_the_network_are_gone(
    tiny, photos, tmp_path, monkeypatch
):
    shutil.copytree(tiny("vit"), tmp_path / "vit")
    recipe = Recipe(str(tmp_path / "vit"), ImageFolder(photos), phases=PHASES[:1], batch=8)
    run = finetune(recipe, tmp_path / "run")
    shutil.rmtree(tmp_path / "vit")
    monkeypatch.setattr("zooflow.sources.fetch", lambda *_, **__: pytest.fail("it was fetched"))
    folder = export(str(run.folder), "timm", tmp_path / "out")
    monkeypatch.undo()
    x = decode_all(sorted(Path(photos).glob("*/*.png"))[:3], run.reader)
    assert (asked(load_run(run.folder).model, x) == asked(run.model, x)).all()
    assert (answered(folder, x) == asked(run.model, x)).all()


def test_images_of_another_size_are_told_to_timm(tiny, photos, tmp_path):
    recipe = Recipe(tiny("vit"), ImageFolder(photos), phases=PHASES[:1], batch=8, size=48)
    run = finetune(recipe, tmp_path / "run")
    facts = read(export(run, "timm", tmp_path / "out"), "config.json")
    assert facts["model_args"]["img_size"] == [48, 48]
    assert facts["pretrained_cfg"]["input_size"] == [3, 48, 48]
    assert facts["pretrained_cfg"]["fixed_input_size"]
    x = decode_all(sorted(Path(photos).glob("*/*.png"))[:3], run.reader)
    assert (answered(tmp_path / "out", x) == asked(run.model, x)).all()


@pytest.mark.parametrize("kind", ["resnet", "bert"])
def test_adapters_of_low_rank_are_merged(kind, tiny, photos, texts, tmp_path):
    data = ImageFolder(photos) if kind == "resnet" else Table(texts, text="text")
    recipe = Recipe(tiny(kind), data, phases=PHASES[:1], batch=8)
    run = finetune(recipe, tmp_path / "run")
    names = {
        "resnet": ("layer4-0-conv1", "fc"),
        "bert": ("encoder-layer-0-attention-self-query", "embeddings-word_embeddings"),
    }[kind]
    before = drain(run.model)
    run.model.trainable = True
    draw = np.random.default_rng(0)
    for name in names:
        layer = run.model.get_layer(name)
        layer.enable_lora(2)
        for variable in layer.weights:
            if variable.name.startswith("lora_"):
                variable.assign(draw.normal(0, 0.3, variable.shape))
    x = (
        decode_all(sorted(Path(photos).glob("*/*.png"))[:7], run.reader)
        if kind == "resnet"
        else run.reader(TEXTS)  # type: ignore[operator]
    )
    folder = export(run, "timm" if kind == "resnet" else "transformers", tmp_path / "out")
    ours, theirs = asked(run.model, x), answered(folder, x)
    np.testing.assert_allclose(theirs, ours, atol=1e-5 * np.abs(ours).max())
    held = tensors(folder)
    moved = [n for n, t in before.items() if (held.get(f"bert.{n}", held.get(n)) != t).any()]
    assert sorted(moved) == sorted(f"{name.replace('-', '.')}.weight" for name in names)


CONVNEXT = {
    "model_type": "convnext",
    "depths": [1, 1],
    "hidden_sizes": [8, 12],
    "num_stages": 2,
    "image_size": 32,
}
VIT = {
    "model_type": "vit",
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 40,
    "image_size": 32,
    "patch_size": 8,
}


@pytest.mark.parametrize(
    ("config", "architecture"),
    [
        (CONVNEXT, "ConvNextForImageClassification"),
        ({**VIT, "architectures": ["ViTForImageClassification"]}, "ViTForImageClassification"),
    ],
)
def test_a_network_of_images_for_transformers_is_read_back_to_the_bit(
    config, architecture, tmp_path
):
    run = grown_run(config, tmp_path / "run")
    folder = export(run, "transformers", tmp_path / "out")
    facts = read(folder, "config.json")
    assert facts["architectures"] == [architecture]
    assert facts["image_size"] == 32
    assert [facts["id2label"][str(i)] for i in range(3)] == list(LABELS)
    assert zooflow.load(str(folder)).card.input == run.card.input
    x = image(0, (32, 32))
    assert (answered(folder, x, head="classifier") == asked(run.model, x)).all()


def test_a_word_of_transformers_becomes_that_of_timm(tmp_path):
    siglip = {**VIT, "model_type": "siglip_vision_model"}
    run = grown_run(siglip, tmp_path / "run")
    facts = read(export(run, "timm", tmp_path / "out"), "config.json")
    usual = family("vit").VARIANTS[facts["architecture"]]
    assert {**usual, **facts["model_args"]}["act_layer"] == "gelu_tanh"
    assert facts["model_args"]["img_size"] == [32, 32]
    x = image(0, (32, 32))
    assert (answered(tmp_path / "out", x) == asked(run.model, x)).all()


TEXT: dict[str, Any] = {
    "model_type": "bert",
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 40,
    "vocab_size": 5 + len(WORDS),
    "max_position_embeddings": 16,
}


@pytest.mark.parametrize("act", ["tanh", "relu", "gelu", "any"])
def test_a_dense_layer_that_must_be_there_passes_the_token_through(act):
    draw = np.random.default_rng(0)
    width, count = 48, 50
    scale = draw.normal(1, 0.3, width).astype("float32")
    shift = draw.normal(0, 0.3, width).astype("float32")
    x = draw.normal(size=(count, width))
    x[0] = [width, *[0] * (width - 1)]  # as far as a normalisation goes
    x = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True) * scale + shift
    weight = draw.normal(0, 0.1, (3, width)).astype("float32")
    bias = draw.normal(0, 0.1, 3).astype("float32")
    facts: dict[str, Any] = {}
    norm = {"a.1.norm.weight": scale, "a.1.norm.bias": shift, "a.0.norm.weight": 0 * scale}
    given = heads.Classifier(norm, weight, bias, {"pool": "token"}, facts)
    _, made = heads.Texts("X", "x", "dense", act, norm="norm")(given)
    y = x.astype("float32") @ made["dense.weight"].T + made["dense.bias"]
    erf = keras.ops.erf(y / np.sqrt(2))
    y = {
        "tanh": np.tanh(y),
        "relu": np.maximum(y, 0),
        "gelu": y * 0.5 * (1 + keras.ops.convert_to_numpy(erf)),
        "any": y,
    }[act]
    assert facts == ({"any": "linear"} if act == "any" else {})
    ours = x @ weight.T + bias
    theirs = y @ made["classifier.weight"].T + made["classifier.bias"]
    assert np.abs(ours - theirs).max() < 2e-5 * np.abs(ours).max()


def test_a_mean_goes_to_sentence_transformers_and_is_refused_by_transformers(tmp_path):
    run = grown_run(TEXT, tmp_path / "run", pool="mean")
    with pytest.raises(
        BadInput, match="classifies by the first token, and this run by 'mean'"
    ) as e:
        export(run, "transformers", tmp_path / "out")
    assert e.value.hint == "--to sentence-transformers pools as the run does"
    folder = export(run, "sentence-transformers", tmp_path / "out")
    modules = [(each["path"], each["type"]) for each in read(folder, "modules.json")]
    assert modules == [
        ("", "sentence_transformers.models.Transformer"),
        ("1_Pooling", "sentence_transformers.models.Pooling"),
        ("2_Dense", "sentence_transformers.models.Dense"),
    ]
    pooling = read(folder, "1_Pooling/config.json")
    assert [key for key, value in pooling.items() if value is True] == ["pooling_mode_mean_tokens"]
    assert pooling["word_embedding_dimension"] == 24
    held = tensors(folder / "2_Dense")
    assert (held["linear.weight"] == drain(run.model)["classifier.weight"]).all()


def test_a_vector_goes_to_sentence_transformers_through_the_pooler(tmp_path):
    run = grown_run(TEXT, tmp_path / "run")
    folder = export(run, "sentence-transformers", tmp_path / "out")
    kinds = [each["type"].rpartition(".")[2] for each in read(folder, "modules.json")]
    assert kinds == ["Transformer", "Pooling", "Dense", "Dense"]
    assert read(folder, "2_Dense/config.json")["activation_function"].endswith(".Tanh")
    assert read(folder, "3_Dense/config.json")["activation_function"].endswith(".Identity")
    assert not any(name.startswith("pooler") for name in tensors(folder))


@pytest.mark.parametrize(
    ("kind", "to", "message", "hint"),
    [
        ("bert", "timm", "timm has no network for texts", "--to transformers"),
        ("resnet", "transformers", "transformers has no resnet of its own", "--to timm"),
        ("resnet", "sentence-transformers", "encodes texts, and .* takes images", ""),
    ],
)
def test_what_a_library_has_not_is_refused(tiny, tmp_path, kind, to, message, hint):
    with pytest.raises(BadInput, match=message) as raised:
        export(tiny(kind), to, tmp_path / "out")
    assert hint in raised.value.hint
    assert not any(tmp_path.iterdir())


def test_a_head_that_pools_otherwise_is_refused(tmp_path):
    run = grown_run({**VIT, "architectures": ["ViTModel"]}, tmp_path / "run")
    with pytest.raises(
        BadInput, match="ViTForImageClassification cannot classify with pooler True"
    ):
        export(run, "transformers", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_number_that_timm_cannot_be_told_is_refused(tmp_path):
    run = grown_run({**VIT, "architectures": ["ViTForImageClassification"]}, tmp_path / "run")
    with pytest.raises(BadInput, match="cannot be told norm_layer"):
        export(run, "timm", tmp_path / "out")


def test_an_unknown_library_is_refused_by_name(tiny, tmp_path):
    with pytest.raises(
        UnknownName, match="no library or format to export to named 'tim'"
    ) as raised:
        export(tiny("resnet"), "tim", tmp_path / "out")
    assert raised.value.hint == "did you mean timm?"


def test_a_folder_that_is_there_is_left_alone(image_run, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(BadInput, match="exists already"):
        export(image_run, "timm", tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


def test_an_export_that_fails_leaves_nothing(image_run, tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise ZooflowError("no room")

    monkeypatch.setattr("zooflow.exports.timm_folder.write_json", full)
    with pytest.raises(ZooflowError, match="no room"):
        export(image_run, "timm", tmp_path / "out")
    assert not any(tmp_path.iterdir())


def test_a_damaged_run_is_refused(image_run, tmp_path):
    shutil.copytree(image_run.folder, tmp_path / "run")
    (tmp_path / "run" / "model" / "config.json").write_text("{")
    with pytest.raises(BadInput, match="cannot be read"):
        export(tmp_path / "run", "timm", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_the_command_writes_a_folder_and_tells_how_it_loads(
    image_run, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    arguments = ["export", str(image_run.folder), "--to", "timm"]
    assert zooflow_run(group, arguments) == 0
    out, err = capsys.readouterr()
    assert out == "exports/run-timm\n"
    loads = "timm.create_model('local-dir:exports/run-timm', pretrained=True)"
    assert err == f"It loads by {loads}\n"
    assert zooflow_run(group, [*arguments, "--out", "again", "--json", "--quiet"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["folder"] == "again"
    assert err == ""
    one, two = (Path(name, "model.safetensors") for name in ("exports/run-timm", "again"))
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere/run", "--to", "timm"], "no model named 'nowhere/run'"),
        (["resnit18", "--to", "timm"], "no model named 'resnit18'"),
        (["{run}"], "missing option '--to'"),
        ([], "missing argument 'WHAT'"),
        (["{run}", "--to", "transformers"], "transformers has no resnet of its own"),
        (["{run}", "--to", "timm", "--out", "{run}"], "exists already"),
    ],
)
def test_misuse_of_the_command_is_one_sentence(
    image_run, tmp_path, monkeypatch, capsys, arguments, message
):
    monkeypatch.chdir(tmp_path)
    given = [each.format(run=image_run.folder) for each in arguments]
    assert zooflow_run(group, ["export", *given]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert message in err.splitlines()[0]
    assert len(err.splitlines()) <= 2
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("kind", [name for name in families() if hasattr(family(name), "config")])
def test_a_config_for_transformers_is_read_back_as_the_same_numbers(kind):
    module = family(kind)
    for name, numbers in list(module.VARIANTS.items())[:3]:
        try:
            facts = module.config(numbers)  # type: ignore[attr-defined]
        except BadInput:
            continue  # transformers has no such network
        if getattr(module, "INPUT", "images") == "images":
            facts["image_size"] = 384
        found = module.arguments(json.loads(json.dumps(facts)))  # type: ignore[attr-defined]
        usual = defaults(kind)
        for key, value in numbers.items():
            if key in found:
                said = found.get(key, usual.get(key))
                assert np.array_equal(said, value), (name, key)
