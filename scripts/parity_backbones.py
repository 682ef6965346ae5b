"""Compare every variant of a family with timm or transformers, live, on grown weights.

    $ python scripts/parity_backbones.py REFERENCE_PYTHON [--quick] [resnet efficientnet]

REFERENCE_PYTHON has timm and transformers; the two sides never share a process. --quick takes the
few variants that the tests take by default.
"""

import gc
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import keras

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))
import test_backbones as tests  # noqa: E402 (found by the line above)

LIMIT = 1e-4  # relative to the largest feature


def main(python: str, *given: str) -> int:
    """Print the largest differences of each family; give 1 if one is beyond the limit."""
    families = [name for name in given if name[0] != "-"] or list(tests.GOLDENS)
    worst = max(compare(python, family, "--quick" in given) for family in families)
    return int(worst > LIMIT)


def measured(goldens: dict[str, Any]) -> dict[str, float]:
    """Say how far each network is from its golden; inf where its tensors are others."""
    differences: dict[str, float] = {}
    for name, golden in goldens.items():
        with tempfile.TemporaryDirectory() as folder:
            inventory, *outputs = tests.computed(golden, Path(folder))
        keras.backend.clear_session()
        gc.collect()
        pairs = zip(outputs, (golden["features"], golden["pooled"]), strict=True)
        differences[name] = max(tests.difference(*pair) for pair in pairs)
        if tests.hashed(inventory) != golden["inventory"]:
            differences[name] = float("inf")
        print(f"{differences[name]:.1e}  {name}", file=sys.stderr, flush=True)
    return differences


def compare(python: str, family: str, quick: bool) -> float:
    """Compare the variants of a family; give the largest difference."""
    with tempfile.TemporaryDirectory() as folder:
        script = [python, str(HERE / "make_golden.py"), family, folder, "--values", "4096"]
        if quick:
            script += ["--names", *tests.QUICK[family]]
        subprocess.run(script, check=True)
        goldens = json.loads((Path(folder) / f"{family}.json").read_text("utf-8"))
        left_out = goldens.pop("left out")
        del goldens["quick"]
        differences = measured(goldens)
    ranked = sorted(differences.items(), key=lambda pair: -pair[1])
    print(f"{family}: {len(ranked)} variants, backend {keras.backend.backend()}; worst:")
    print("\n".join(f"  {value:.1e}  {name}" for name, value in ranked[:10]))
    if left_out and not quick:
        print(f"  left out: {json.dumps(left_out, indent=2)}")
    return ranked[0][1]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
