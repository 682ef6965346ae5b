"""Time and memory of loading a network, against timm and transformers.

    $ python benchmarks/load.py REFERENCE_PYTHON [bert vit resnet]

REFERENCE_PYTHON has timm, transformers and torch. Each load has a process of its own, and the sides
take turns. Imports are not counted, but in the column that says so. transformers maps the file and
reads a weight when it is used first, so the first answer is timed too.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROUNDS = 3
TOKENS = np.ones((1, 128), "int32")
PIXELS = np.zeros((1, 224, 224, 3), "float32")
NAMES = {  # what is loaded, with random weights
    "bert": "bert-base-uncased",
    "vit": "vit_base_patch16_224.augreg2_in21k_ft_in1k",
    "resnet": "resnet50.a1_in1k",
}
COLUMNS = (
    *("import s", "load s", "load CPU s", "first answer s", "first answer CPU s"),
    *("peak MiB", "peak - imports MiB"),
)


def zooflow_side(kind: str) -> tuple[Callable[[str], Any], Callable[[Any], Any]]:
    """Give how zooflow loads and answers."""
    import zooflow.zoo

    def answer(model: Any) -> Any:
        given = [TOKENS] * len(model.inputs) if kind == "bert" else PIXELS
        return model(given, training=False)

    return lambda folder: zooflow.zoo.load(folder).whole, answer


def reference_side(kind: str) -> tuple[Callable[[str], Any], Callable[[Any], Any]]:
    """Give how timm or transformers loads and answers."""
    import torch

    torch.set_grad_enabled(False)
    if kind == "bert":
        from transformers import BertModel

        return BertModel.from_pretrained, lambda model: model(torch.tensor(TOKENS).long())
    import timm

    pixels = torch.tensor(PIXELS.transpose(0, 3, 1, 2))
    return (
        lambda folder: timm.create_model(f"local-dir:{folder}", pretrained=True, num_classes=0),
        lambda model: model.eval()(pixels),
    )


SIDES = {"zooflow": zooflow_side, "reference": reference_side}


def child(side: str, kind: str, folder: str) -> None:
    """Print the figures of one load."""
    begin = time.perf_counter()
    load, answer = SIDES[side](kind)
    start, before = clocks(), memory("VmRSS")
    model = load(folder)
    loaded = clocks() - start
    answer(model)
    answered = clocks() - start
    most = memory("VmHWM")
    print(json.dumps([start[0] - begin, *loaded, *answered, most, most - before]))


def clocks() -> np.ndarray:
    """Read the wall's clock and the processors', in seconds."""
    return np.array([time.perf_counter(), time.process_time()])


def memory(kind: str) -> float:
    """Read a figure of this process, in MiB; getrusage would give the parent's where it is more."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{kind}:")) / 1024


def write(kind: str, folder: Path) -> None:
    """Write a checkpoint with random weights."""
    import zooflow

    backbone = zooflow.load(NAMES[kind], pretrained=False)
    zooflow.export(backbone, "transformers" if kind == "bert" else "timm", folder)


def main(python: str, *kinds: str) -> None:
    """Print a table of medians for each kind."""
    print(f"medians of {ROUNDS}, KERAS_BACKEND={os.environ.get('KERAS_BACKEND', 'tensorflow')}")
    for kind in kinds or NAMES:
        with tempfile.TemporaryDirectory() as place:
            folder = f"{place}/{kind}"
            subprocess.run([sys.executable, __file__, "--write", kind, folder], check=True)
            compare(kind, folder, python)


def compare(kind: str, folder: str, python: str) -> None:
    """Print a table of medians."""
    figures: dict[str, list[list[float]]] = {side: [] for side in SIDES}
    for _ in range(ROUNDS):
        for side, interpreter in (("zooflow", sys.executable), ("reference", python)):
            command = [interpreter, __file__, "--child", side, kind, folder]
            said = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
            figures[side].append(json.loads(said.splitlines()[-1]))
    print(f"{NAMES[kind]:46}{'zooflow':>10}{'reference':>10}{'ratio':>8}")
    medians = [np.median(figures[side], axis=0) for side in SIDES]
    for name, ours, theirs in zip(COLUMNS, *medians, strict=True):
        print(f"  {name:44}{ours:10.2f}{theirs:10.2f}{ours / theirs:8.2f}")


if __name__ == "__main__":
    if sys.argv[1] == "--child":
        child(*sys.argv[2:])
    elif sys.argv[1] == "--write":
        write(sys.argv[2], Path(sys.argv[3]))
    else:
        main(*sys.argv[1:])
