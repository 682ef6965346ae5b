"""Kill a training at random moments, resume it, and hold its end against one that was not killed.

    $ KERAS_BACKEND=jax python tests/kills.py FOLDER --kills 20

Phases, dropout, stochastic depth, mixed and augmented views, balanced sampling, accumulated
gradients, moving averages, a soup, early stopping, batch normalisation and learning once more from
all examples take part. Each trial saves after every step, is killed with SIGKILL up to three times
and then left to end.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from conftest import CONFIGS, write_tiny
from PIL import Image

from zooflow import Augment, Classify, ImageFolder, Phase, Recipe

RESULTS = ("model/model.safetensors", "metrics.jsonl", "losses.jsonl", "validation.csv")
SAVING = "from zooflow.train import state; state.SHARE = state.PAUSE = 0; import zooflow.__main__"
AGAIN = 3  # kills of one run
IMPORTS = 0.3  # part of the time in which nothing is saved yet


def main() -> None:
    """Kill as often as the command line says; fail where one end differs."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    folder = given.folder.resolve()
    folder.mkdir(parents=True)
    prepare(folder)
    whole = folder / "whole"
    zooflow(folder, "finetune", "recipe.json", "--out", str(whole)).wait()
    began = time.monotonic()
    zooflow(folder, "finetune", "recipe.json", "--out", str(folder / "again")).wait()
    lasts = time.monotonic() - began
    chance, kills, saved, trial = random.Random(given.seed), 0, 0, 0
    while kills < given.kills:
        trial += 1
        out = folder / f"run-{trial}"
        for _ in range(chance.randint(1, AGAIN)):
            found = any(out.glob("**/state/*.json"))
            verb = ["resume", str(out)] if out.exists() else begin(out)
            kills += kill(zooflow(folder, *verb), chance.uniform(IMPORTS, 1) * lasts)
            saved += found
        if not (out / "model").exists():
            zooflow(folder, *(["resume", str(out)] if out.exists() else begin(out))).wait()
        for name in RESULTS:
            if (out / name).read_bytes() != (whole / name).read_bytes():
                sys.exit(f"trial {trial}: {name} differs from that of the run that was not killed")
        print(f"trial {trial}: the same, after {kills} kills in all", flush=True)
    print(f"{kills} kills in {trial} runs, {saved} went on from a save: difference 0")


def begin(out: Path) -> list[str]:
    """Give the arguments that begin a run."""
    return ["finetune", "recipe.json", "--out", str(out)]


def prepare(folder: Path) -> None:
    """Write a backbone, photos and a recipe."""
    (folder / "resnet").mkdir()
    CONFIGS["resnet"]["model_args"]["layers"] = [1, 1, 1, 3]  # the last blocks have plain shortcuts
    write_tiny(folder / "resnet", "resnet")
    chance = np.random.default_rng(0)
    for index, label in enumerate(("red", "green", "blue")):
        (folder / "photos" / label).mkdir(parents=True)
        for number in range(24):
            pixels = chance.integers(0, 90, (40, 40, 3), dtype=np.uint8)
            pixels[..., index] += 60
            Image.fromarray(pixels).save(folder / "photos" / label / f"{number}.png")
    recipe = Recipe(
        str(folder / "resnet"),
        ImageFolder(str(folder / "photos")),
        task=Classify(dropout=0.4, label_smoothing=0.1, sampling="balanced", focus=1.0),
        phases=(
            Phase("head", epochs=2, optimizer="lbfgs"),
            Phase("head", epochs=12, lr=1e-2, patience=4),
            Phase("layer4", epochs=12, lr=1e-3, accumulate=2, ema=0.9, patience=4),
        ),
        batch=8,
        augment=Augment(crop=0.6, operations=1, erase=0.3, mixup=0.4, cutmix=1.0),
        views=3,
        soup=3,
        depth=0.2,
        refit=True,
    )
    (folder / "recipe.json").write_text(recipe.to_json(), "utf-8")


def zooflow(folder: Path, *arguments: str) -> subprocess.Popen:
    """Start the command line, saving after every step, with a store of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", SAVING, *arguments, "--quiet"],
        cwd=folder,
        env={**os.environ, "ZOOFLOW_CACHE": str(folder / "cache")},
        stderr=subprocess.DEVNULL,
    )


def kill(process: subprocess.Popen, seconds: float) -> int:
    """Kill a process after some time; say how many were killed."""
    try:
        process.wait(seconds)
        return 0
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return 1


if __name__ == "__main__":
    main()
