"""What a side of a benchmark is asked to do, and what it says of it. Needs Python alone."""

import gc
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Job:
    """A training, or a part of one.

    Args:
        data: folder with train and validation folders of images, or with tables so called.
        name: of the backbone, as `zooflow.load` takes it.
        weights: the same weights in a folder that timm or transformers loads.
        part: what learns, in zooflow's words; the head always does.
        learns: beginnings of the names of the tensors that learn.
        epochs: passes over the training data.
        lr: top learning rate, of AdamW; it rises over a tenth of the steps and falls as a cosine.
        batch: examples in a step.
        crop: smallest part of a photo that augmentation cuts out, flipped or not; None for none.
        grouped: make batches of texts of like length, where that is an option.
        cache: how zooflow keeps features, in its recipe's words.
        precision: "float32" or "bfloat16" for what is multiplied.
        seed: of all chance.
        out: folder for what is learned; does not exist.
    """

    data: str
    name: str
    weights: str
    part: str
    learns: tuple[str, ...]
    epochs: int
    lr: float
    batch: int
    crop: float | None
    grouped: bool
    cache: str
    precision: str
    seed: int
    out: str

    def teaches(self, tensor: str) -> bool:
        """Tell whether a tensor or a module of the backbone learns, by its dotted name."""
        return any(tensor == name or tensor.startswith(f"{name}.") for name in self.learns)

    def photos(self, part: str) -> tuple[list[str], list[int]]:
        """List the photos of "train" or "validation", with the numbers of their labels."""
        paths = sorted(Path(self.data, part).glob("*/*.jpg"))
        labels = sorted(path.name for path in Path(self.data, "train").iterdir())
        return [str(path) for path in paths], [labels.index(path.parent.name) for path in paths]


def main(work: Callable[[Job], dict[str, Any]], *packages: str) -> None:
    """Do the job that the command line names, and write what it took.

    The command line is: the job's file, the file to write, the time at which the process began.

    Args:
        work: does the job; says at least its best validation accuracy and the epochs' seconds.
        packages: imported ones, whose versions are told.
    """
    source, target, began = sys.argv[1:]
    job = Job(**json.loads(Path(source).read_text("utf-8")))
    imported = time.time() - float(began)
    before = clocks()
    said = work(job)
    gc.collect()  # ends the workers of loaders; their CPU time counts when they have ended
    wall, cpu = (after - start for after, start in zip(clocks(), before, strict=True))
    took = {
        "seconds": wall,
        "cpu_seconds": cpu,
        "import_seconds": imported,
        "peak_memory_mb": peak(),
        "versions": {name: sys.modules[name].__version__ for name in packages},
    }
    Path(target).write_text(json.dumps({**took, **said}), "utf-8")


def clocks() -> tuple[float, float]:
    """Read the wall's clock, and the processor's of this process and its children, in seconds."""
    return time.perf_counter(), sum(os.times()[:4])


def peak() -> float:
    """Read the most memory that this process has had, in MB; loaders' workers do not count."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024 / 1e6
