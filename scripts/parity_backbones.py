"""Compare every variant of a family with timm or transformers, live, on grown weights.

    $ python scripts/parity_backbones.py REFERENCE_PYTHON resnet efficientnet

REFERENCE_PYTHON has timm and transformers; the two sides never share a process.
"""

import gc
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
LIMIT = 1e-4  # relative to the largest feature


def main(python: str, *families: str) -> int:
    """Print the largest differences of each family; give 1 if one is beyond the limit."""
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for family in families:
            script = [python, str(HERE / "make_golden.py"), family, folder, "--values", "4096"]
            subprocess.run(script, check=True)
        os.environ["ZOOFLOW_GOLDENS"] = folder
        sys.path.insert(0, str(HERE.parent / "tests"))
        import keras
        import test_backbones as tests

        for family in families:
            differences: dict[str, float] = {}
            for name, golden in tests.GOLDENS[family].items():
                inventory, *outputs = tests.computed(golden, Path(folder))
                keras.backend.clear_session()
                gc.collect()
                pairs = zip(outputs, (golden["features"], golden["pooled"]), strict=True)
                differences[name] = max(tests.difference(*pair) for pair in pairs)
                if tests.hashed(inventory) != golden["inventory"]:
                    differences[name] = float("inf")
                print(f"{differences[name]:.1e}  {name}", file=sys.stderr, flush=True)
            ranked = sorted(differences.items(), key=lambda pair: -pair[1])
            print(f"{family}: {len(ranked)} variants, backend {keras.backend.backend()}; worst:")
            print("\n".join(f"  {value:.1e}  {name}" for name, value in ranked[:10]))
            if tests.LEFT_OUT[family]:
                print(f"  left out: {json.dumps(tests.LEFT_OUT[family], indent=2)}")
            worst = max(worst, ranked[0][1])
    return int(worst > LIMIT)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
