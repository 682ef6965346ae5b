"""Compare every network of a family with its stored golden, and write the table of docs/zoo.md.

    $ KERAS_BACKEND=torch python scripts/zoo_table.py [resnet vit …]

Families that are not named keep the figures of their last comparison, which docs/zoo.json holds.
"""

import datetime
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import keras

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
import test_backbones as tests  # noqa: E402 (found by the line above)
from parity_backbones import LIMIT, measured  # noqa: E402

from zooflow import catalogue  # noqa: E402
from zooflow.backbones import variants  # noqa: E402

FIGURES = ROOT / "docs" / "zoo.json"


def main(*families: str) -> int:
    """Compare families, all if none is named; give 1 if one is beyond the limit."""
    for family in families or tests.GOLDENS:
        found = compare(family)
        figures = json.loads(FIGURES.read_text("utf-8")) if FIGURES.exists() else {}
        figures[family] = found
        FIGURES.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n", "utf-8")
        (ROOT / "docs" / "zoo.md").write_text(table(figures), "utf-8")
        print(family, found, flush=True)
    return int(any(found["largest"] > LIMIT for found in json.loads(FIGURES.read_text()).values()))


def compare(family: str) -> dict[str, Any]:
    """Compare the networks of a family with what timm or transformers said."""
    differences = measured(tests.GOLDENS[family])
    name = max(differences, key=lambda name: differences[name])
    return {
        "networks": len(differences),
        "largest": float(f"{differences[name]:.2g}"),
        "of": name,
        "backend": keras.backend.backend(),
        "date": datetime.date.today().isoformat(),
    }


def table(figures: dict[str, Any]) -> str:
    """Write the page."""
    tags = Counter(variants.families()[tag.partition(".")[0]] for tag in catalogue.tags())
    rows = [
        f"| {family} | {len(variants.table(family))} | {tags[family] or ''} | {f['networks']} "
        f"| {f['largest']:.1e} | {f['of']} | {f['backend']} | {f['date']} |"
        for family, f in sorted(figures.items(), key=lambda item: (-tags[item[0]], item[0]))
    ]
    return (
        "# The zoo, held against timm and transformers\n\n"
        "Written by `scripts/zoo_table.py`. Both sides compute on the same grown weights, on small "
        "images or\ntexts; wide and deep networks with fewer blocks. A network is an architecture, "
        "or an unusual\nconfiguration. The difference is the largest of features and pooled "
        "features, relative to the\nlargest of them; names and shapes of all tensors are equal.\n\n"
        f"{sum(tags.values()):,} pretrained tags of timm 1.0.31, "
        f"{sum(f['networks'] for f in figures.values()):,} networks compared. At full depth\n"
        "`scripts/parity_tags.py` holds the network of every tag against timm's, by the names and "
        "shapes of its\ntensors, and by those of a classifier that `zooflow export` writes.\n\n"
        "| family | variants | timm tags | networks | largest difference | of | backend | date |\n"
        "|---|---|---|---|---|---|---|---|\n" + "\n".join(rows) + "\n"
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
