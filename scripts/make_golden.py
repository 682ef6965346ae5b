"""Write goldens: what timm and transformers say on grown weights.

    $ PYTHON scripts/make_golden.py resnet tests/golden
    $ PYTHON scripts/make_golden.py resnet fresh --values 4096 --names resnet18 resnet50

PYTHON has timm and transformers, and no keras. A golden holds the config.json of an architecture,
the hash of its tensors' names and shapes, the input, and a few values of the features.
"""

import argparse
import hashlib
import json
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from goldens.reference import Reference
from grown import sample


def golden(reference: Reference, values: int) -> dict[str, Any]:
    """Reduce a reference to what a test needs."""
    lines = sorted(f"{name} {shape}" for name, shape in reference.tensors.items())
    return {
        "config": reference.config,
        "given": reference.given,
        "tensors": len(lines),
        "inventory": hashlib.sha256("\n".join(lines).encode()).hexdigest(),
        **{name: reduced(output, values) for name, output in reference.outputs.items()},
    }


def reduced(output: np.ndarray, values: int) -> dict[str, Any]:
    """Keep the shape, the largest size and some values."""
    if not np.isfinite(output).all():
        raise ValueError("not finite")
    return {
        "shape": list(output.shape),
        "max": float(np.abs(output).max()),
        "values": [float(f"{value:.8g}") for value in sample(output, values)],
    }


def main() -> None:
    """Write one JSON file for a family."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("family", help="a module of scripts/goldens")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--values", type=int, default=24, help="values kept of each output")
    parser.add_argument("--names", nargs="*", help="only these architectures")
    arguments = parser.parse_args()
    family = import_module(f"goldens.{arguments.family}")
    names = arguments.names or family.names()
    left_out = {
        name: why
        for name in names
        for part, why in family.LEFT_OUT.items()
        if re.fullmatch(part, name)
    }
    lines = []
    for name in names:
        if name not in left_out:
            print(name, file=sys.stderr, flush=True)
            found = json.dumps(golden(family.reference(name), arguments.values))
            lines.append(f"{json.dumps(name)}: {found}")
    lines.append(f'"left out": {json.dumps(left_out)}')
    lines.append(f'"quick": {json.dumps(family.QUICK)}')
    arguments.folder.mkdir(parents=True, exist_ok=True)
    file = arguments.folder / f"{arguments.family}.json"
    file.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main()
