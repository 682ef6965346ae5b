"""What many tests build on: tiny backbones in folders, a few photos, a few texts."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

WORDS = "the parcel is late where my refund invoice please cancel order broken lamp login".split()  # noqa: SIM905
CONFIGS = {
    "resnet": {
        "architecture": "resnet18",
        "model_args": {"layers": [1, 1, 1, 1], "channels": [8, 16, 24, 32]},
        "pretrained_cfg": {"input_size": [3, 32, 32], "crop_pct": 1.0},
    },
    "resnet-0.9": {
        "architecture": "resnet18",
        "model_args": {"layers": [1, 1, 1, 1], "channels": [8, 16, 24, 32]},
        "pretrained_cfg": {"input_size": [3, 32, 32], "crop_pct": 0.9},
    },
    "vit": {
        "architecture": "vit_tiny_patch16_224",
        "model_args": {"embed_dim": 32, "depth": 3, "num_heads": 2, "patch_size": 8},
        "pretrained_cfg": {"input_size": [3, 32, 32], "crop_pct": 1.0},
    },
    "bert": {
        "model_type": "bert",
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "vocab_size": 5 + len(WORDS),
        "max_position_embeddings": 48,
    },
}


@pytest.fixture(scope="session", autouse=True)
def store(tmp_path_factory: pytest.TempPathFactory):
    """Keep features in a folder of the session's own."""
    from zooflow.store import room

    folder = tmp_path_factory.mktemp("store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "cache_folder", lambda: folder)
        yield folder


@pytest.fixture
def empty_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep features where there are none yet."""
    from zooflow.store import room

    monkeypatch.setattr(room, "cache_folder", lambda: tmp_path)
    return tmp_path / "store"


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Give a folder as timm or transformers writes it, with random weights, for a family."""
    made: dict[str, str] = {}

    def folder(family: str) -> str:
        if family not in made:
            made[family] = str(write_tiny(tmp_path_factory.mktemp(f"tiny-{family}"), family))
        return made[family]

    return folder


def write_tiny(folder: Path, family: str) -> Path:
    """Write a tiny backbone with grown weights."""
    from grown import grow

    from zooflow.checkpoints import save_safetensors
    from zooflow.convert import drain
    from zooflow.zoo import build
    from zooflow.zoo.configs import card_from_folder

    (folder / "config.json").write_text(json.dumps(CONFIGS[family]))
    backbone = build(card_from_folder(folder, name=family, source=str(folder)))
    tensors = {name: grow(name, t.shape) for name, t in drain(backbone.whole).items()}
    save_safetensors(tensors, folder / "model.safetensors")
    if family == "bert":
        special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        (folder / "vocab.txt").write_text("\n".join([*special, *WORDS]) + "\n")
    return folder


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give a folder of 36 small photos of three colours."""
    root = tmp_path_factory.mktemp("photos")
    draw = np.random.default_rng(0)
    for label, colour in (
        ("red", (200, 40, 40)),
        ("green", (40, 200, 40)),
        ("blue", (40, 40, 200)),
    ):
        (root / label).mkdir()
        for i in range(12):
            pixels = np.clip(draw.normal(colour, 30, (40, 36, 3)), 0, 255).astype("uint8")
            Image.fromarray(pixels).save(root / label / f"{i}.png")
    return str(root)


@pytest.fixture(scope="session")
def texts(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give a CSV file of 40 short texts with two labels."""
    path = tmp_path_factory.mktemp("texts") / "texts.csv"
    draw = np.random.default_rng(0)
    rows = ["text,label"]
    for i in range(40):
        label = ("money", "parcel")[i % 2]
        words = draw.choice(WORDS, draw.integers(3, 9))
        rows.append(
            f"{'refund invoice' if label == 'money' else 'broken lamp'} {' '.join(words)},{label}"
        )
    path.write_text("\n".join(rows) + "\n")
    return str(path)


@pytest.fixture
def text_recipe(tiny, texts):
    """Give a recipe whose texts are learned in two short phases."""
    from zooflow import Phase, Recipe, Table

    phases = (Phase("head", epochs=2, lr=1e-2), Phase("all", epochs=2, lr=1e-3))
    return Recipe(tiny("bert"), Table(texts, text="text"), phases=phases, batch=8)
