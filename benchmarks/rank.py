"""How well `zooflow rank` orders backbones: Kendall's tau against their fine-tuned accuracy.

    $ python recipes/data/digits.py data/digits
    $ python benchmarks/rank.py --digits data/digits --fashion /usr/share/datasets/fashion-mnist
    $ python benchmarks/rank.py … --backbones efficientnet_lite0.in1k lite0-noise-0.5 --examples 200

Each backbone is ranked on the training images, then fine-tuned on them by the default phases (once:
not again on the held-out ones too) and scored on the test images. A row of JSON for each backbone
and data set is appended to OUT/rank.jsonl; what stands there is not measured again. Then
OUT/rank.md is written anew. With 500 images all of it took an hour on 2 cores.

Three backbones are pretrained. The others are EfficientNet-Lite0 with noise on its kernels, as a
part of their own spread, and networks that have learned nothing: they spread the
accuracies that are to be told apart.
"""

import argparse
import gzip
import json
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from scipy.stats import kendalltau

from zooflow.backend import choose_backend, start

PRETRAINED = ("efficientnet_lite0.in1k", "efficientnet_lite1.in1k", "efficientnet_lite2.in1k")
LITE0 = "tf_efficientnet_lite0"
NOISE = {"lite0-noise-0.25": 0.25, "lite0-noise-0.5": 0.5, "lite0-noise-1": 1.0}
RANDOM = {"lite0-random": LITE0, "resnet18-random": "resnet18"}
READS = {  # as Lite0 does
    "input_size": [3, 224, 224],
    "interpolation": "bicubic",
    "crop_pct": 0.875,
    "mean": [0.5, 0.5, 0.5],
    "std": [0.5, 0.5, 0.5],
}
BACKBONES = (*PRETRAINED, *NOISE, *RANDOM)
FIGURES = {
    "probe": "linear probe",
    "neighbours": "neighbours",
    "expected": "the mean of both",
    "logme": "LogME",
}
FASHION = {"train": ("train", 2000), "test": ("t10k", 1000)}


def main() -> None:
    """Measure what is not measured yet, and write the table."""
    given = arguments()
    given.out.mkdir(parents=True, exist_ok=True)
    record = given.out / "rank.jsonl"
    sets = {"digits": given.digits, "fashion": given.out / "fashion"}
    if given.fashion and not sets["fashion"].is_dir():
        fashion(given.fashion, sets["fashion"])
    choose_backend(given.backend)
    start()
    lines = record.read_text("utf-8").splitlines() if record.is_file() else []
    rows = [json.loads(line) for line in lines]
    for data, folder in sets.items():
        for name in given.backbones:
            asked = {"data": data, "backbone": name, "examples": given.examples}
            if (
                folder is None
                or not folder.is_dir()
                or any(asked.items() <= r.items() for r in rows)
            ):
                continue
            rows.append({**asked, **measure(name, folder, given)})
            with record.open("a", encoding="utf-8") as file:
                file.write(json.dumps(rows[-1]) + "\n")
            print(rows[-1], flush=True)
    (given.out / "rank.md").write_text(report(rows, given.examples), "utf-8")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--digits", type=Path, help="what recipes/data/digits.py wrote")
    parser.add_argument("--fashion", type=Path, help="Debian's dataset-fashion-mnist")
    parser.add_argument("--backbones", nargs="+", default=BACKBONES, choices=BACKBONES)
    parser.add_argument("--examples", type=int, default=2000, help="most, to learn from")
    parser.add_argument("--backend", choices=("tensorflow", "jax", "torch"))
    parser.add_argument("--out", type=Path, default=Path("runs/rank"))
    return parser.parse_args()


def fashion(source: Path, folder: Path) -> None:
    """Write a part of Fashion-MNIST as FOLDER/train/LABEL/NUMBER.png and FOLDER/test/…."""
    chance = np.random.default_rng(0)
    for part, (prefix, count) in FASHION.items():
        images, labels = (
            read(source / f"{prefix}-{kind}-ubyte.gz") for kind in ("images-idx3", "labels-idx1")
        )
        for i in chance.permutation(len(images))[:count]:
            place = folder / part / str(labels[i])
            place.mkdir(parents=True, exist_ok=True)
            Image.fromarray(images[i]).save(place / f"{i:05}.png")


def read(path: Path) -> np.ndarray:
    """Read an array in the IDX format: its axes in the fourth byte, their lengths, the values."""
    content = gzip.decompress(path.read_bytes())
    axes = content[3]
    shape = np.frombuffer(content, ">u4", axes, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def measure(name: str, folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Rank a backbone and fine-tune it."""
    from zooflow import ImageFolder, Recipe, finetune, rank

    backbone = name if name in PRETRAINED else str(degraded(name, given.out / "backbones" / name))
    train = few(folder / "train", given.out / f"{folder.name}-{given.examples}", given.examples)
    began = time.monotonic()
    (row,) = rank(ImageFolder(str(train)), [backbone], budget=3600)
    if not row.scores:
        raise SystemExit(f"{name}: {row.reason}")
    ranked = time.monotonic()
    run = given.out / "run"
    shutil.rmtree(run, ignore_errors=True)
    learned = finetune(Recipe(backbone, ImageFolder(str(train)), refit=False), run)
    tuned = time.monotonic()
    return {
        **{figure: getattr(row.scores, figure) for figure in FIGURES},
        "accuracy": learned.evaluate(ImageFolder(str(folder / "test"))).accuracy,
        "rank_seconds": round(ranked - began, 1),
        "tune_seconds": round(tuned - ranked, 1),
    }


def few(source: Path, folder: Path, examples: int) -> Path:
    """Copy some images of each label, so that there are as many as that at most."""
    labels = sorted(path for path in source.iterdir() if path.is_dir())
    if not folder.is_dir():
        for label in labels:
            (folder / label.name).mkdir(parents=True)
            images = sorted(label.iterdir())
            chosen = np.random.default_rng(0).permutation(len(images))
            for i in chosen[: max(2, examples // len(labels))]:
                shutil.copy(images[i], folder / label.name)
    return folder


def degraded(name: str, folder: Path) -> Path:
    """Write a backbone that knows less, as a folder."""
    import keras

    from zooflow import load
    from zooflow.checkpoints import save_safetensors
    from zooflow.convert import drain
    from zooflow.zoo import build
    from zooflow.zoo.configs import card_from_folder

    if (folder / "model.safetensors").is_file():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(
        json.dumps({"architecture": RANDOM.get(name, LITE0), "pretrained_cfg": READS})
    )
    keras.utils.set_random_seed(0)
    if name in RANDOM:
        tensors = drain(build(card_from_folder(folder, name=name, source=str(folder))).whole)
    else:
        tensors, chance = drain(load(PRETRAINED[0]).whole), np.random.default_rng(0)
        for tensor, values in tensors.items():
            if values.ndim > 1:
                noise = chance.normal(0, NOISE[name] * values.std(), values.shape)
                tensors[tensor] = (values + noise).astype("float32")
    save_safetensors(tensors, folder / "model.safetensors")
    return folder


def report(rows: list[dict[str, Any]], examples: int) -> str:
    """Write the rows and the taus as Markdown."""
    own = [row for row in rows if row["examples"] == examples]
    lines = [
        "# How well `zooflow rank` orders backbones",
        "",
        "Made by `benchmarks/rank.py`, which tells of the backbones. Ranked and fine-tuned on at",
        f"most {examples:,} images; sorted by test accuracy.",
        "",
        "| data | backbone | "
        + " | ".join(FIGURES.values())
        + " | fine-tuned | ranking, s | tuning, s |",
        "|---|---|" + "--:|" * (len(FIGURES) + 3),
    ]
    for row in sorted(own, key=lambda row: (row["data"], -row["accuracy"])):
        figures = " | ".join(f"{row[each]:.3f}" for each in (*FIGURES, "accuracy"))
        times = f"{row['rank_seconds']:.0f} | {row['tune_seconds']:.0f}"
        lines.append(f"| {row['data']} | {row['backbone']} | {figures} | {times} |")
    lines += ["", "Kendall's tau between a figure and the fine-tuned accuracy:", ""]
    for data in sorted({row["data"] for row in own}):
        each = [row for row in own if row["data"] == data]
        truth = [row["accuracy"] for row in each]
        taus = ", ".join(
            f"{title} {kendalltau([row[figure] for row in each], truth).statistic:.2f}"
            for figure, title in FIGURES.items()
        )
        lines.append(f"- {data}, {len(each)} backbones: {taus}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
