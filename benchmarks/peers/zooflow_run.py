"""zooflow, as `zooflow finetune` runs it."""

import json
from pathlib import Path
from typing import Any

from job import Job, main

from zooflow.backend import choose_backend, start

choose_backend()
start()
import keras  # noqa: E402 (after the choice)
import matplotlib.figure  # noqa: E402, F401 (imported late, and counted among the imports)
import scipy.optimize  # noqa: E402, F401

from zooflow import Augment, Classify, ImageFolder, Phase, Recipe, Table, finetune  # noqa: E402


def work(job: Job) -> dict[str, Any]:
    """Run a recipe, from the files to the saved run."""
    data = Path(job.data)
    if (data / "train.csv").is_file():
        source = Table(str(data / "train.csv"), validation=str(data / "validation.csv"))
    else:
        source = ImageFolder(job.data)
    recipe = Recipe(
        backbone=job.name,
        data=source,
        task=Classify(dropout=0.0),
        phases=(Phase(job.part, epochs=job.epochs, lr=job.lr, patience=job.epochs),),
        batch=job.batch,
        seed=job.seed,
        precision="float32" if job.precision == "float32" else "mixed_bfloat16",
        augment=Augment(crop=job.crop, flip=True) if job.crop else None,
        cache=job.cache,
    )
    finetune(recipe, job.out)
    return {
        "accuracy": max(row["val_accuracy"] for row in rows(job, "metrics")),
        "epoch_seconds": [row["seconds"] for row in rows(job, "times")],
    }


def rows(job: Job, name: str) -> list[dict[str, Any]]:
    """Read what the run says of each epoch."""
    lines = Path(job.out, f"{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


if __name__ == "__main__":
    main(work, "zooflow", "keras", keras.backend.backend())
