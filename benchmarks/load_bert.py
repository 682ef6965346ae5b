"""Time and memory of loading a BERT of base size, against transformers.

    $ python benchmarks/load_bert.py REFERENCE_PYTHON

REFERENCE_PYTHON has transformers and torch. Each load has a process of its own, and the sides take
turns. Imports are not counted, but in the column that says so. transformers maps the file and
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
TOKENS = np.ones((1, 8), "int32")
COLUMNS = (
    *("import s", "load s", "load CPU s", "first answer s", "first answer CPU s"),
    *("peak MiB", "peak - imports MiB"),
)


def zooflow_side() -> tuple[Callable[[str], Any], Callable[[Any], Any]]:
    """Give how zooflow loads and answers."""
    import zooflow.zoo

    names = ("input_ids", "attention_mask", "token_type_ids")
    return lambda folder: zooflow.zoo.load(folder).whole, lambda model: model(
        dict.fromkeys(names, TOKENS), training=False
    )


def transformers_side() -> tuple[Callable[[str], Any], Callable[[Any], Any]]:
    """Give how transformers loads and answers."""
    import torch
    from transformers import BertModel

    torch.set_grad_enabled(False)
    return BertModel.from_pretrained, lambda model: model(torch.tensor(TOKENS).long())


SIDES = {"zooflow": zooflow_side, "transformers": transformers_side}


def child(side: str, folder: str) -> None:
    """Print the figures of one load."""
    begin = time.perf_counter()
    load, answer = SIDES[side]()
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


def write(folder: Path) -> None:
    """Write a checkpoint of base size, with random weights."""
    import keras

    from zooflow.checkpoints import save_safetensors
    from zooflow.convert import drain
    from zooflow.zoo import build
    from zooflow.zoo.configs import card_from_folder

    config = {"model_type": "bert", "architectures": ["BertModel"]}  # the rest is the default
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    backbone = build(card_from_folder(folder, name="base", source="base"))
    save_safetensors(drain(backbone.whole), folder / "model.safetensors")
    keras.utils.clear_session()


def main(python: str) -> None:
    """Print a table of medians."""
    with tempfile.TemporaryDirectory() as place:
        write(Path(place))
        figures: dict[str, list[list[float]]] = {side: [] for side in SIDES}
        for _ in range(ROUNDS):
            for side, interpreter in (("zooflow", sys.executable), ("transformers", python)):
                command = [interpreter, __file__, "--child", side, place]
                said = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
                figures[side].append(json.loads(said.splitlines()[-1]))
    print(f"medians of {ROUNDS}, KERAS_BACKEND={os.environ.get('KERAS_BACKEND', 'tensorflow')}")
    print(f"{'':22}{'zooflow':>12}{'transformers':>14}{'ratio':>8}")
    medians = [np.median(figures[side], axis=0) for side in SIDES]
    for name, ours, theirs in zip(COLUMNS, *medians, strict=True):
        print(f"{name:22}{ours:12.2f}{theirs:14.2f}{ours / theirs:8.2f}")


if __name__ == "__main__":
    if sys.argv[1] == "--child":
        child(*sys.argv[2:])
    else:
        main(*sys.argv[1:])
