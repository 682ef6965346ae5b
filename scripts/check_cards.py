"""Hold what the cards state against the graphs that zooflow traces of them.

    $ python scripts/check_cards.py [--write]

A line for each fact that differs, and 1 as exit status; `--write` corrects the cards instead.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

import keras

from zooflow import cards
from zooflow.cards import Card
from zooflow.errors import ZooflowError
from zooflow.zoo import build


def main() -> int:
    """Go through all cards."""
    wrong = 0
    for name in cards.names():
        try:
            card = cards.find(name)
            found = traced(card)
        except ZooflowError as error:
            print(f"{name}: {error}")
            wrong += 1
            continue
        differing = {key: value for key, value in found.items() if getattr(card, key) != value}
        if differing and "--write" in sys.argv:
            write(cards.folder() / f"{name}.md", differing)
            print(f"{name}: wrote {', '.join(differing)}")
            continue
        for key, value in differing.items():
            print(f"{name}: the card states {key} {getattr(card, key)}, the graph has {value}")
        wrong += len(differing)
    print(f"{len(cards.names())} cards, {wrong} of their facts wrong")
    return 1 if wrong else 0


def traced(card: Card) -> dict[str, Any]:
    """Give the facts that a card's graph shows.

    In a stateless scope the graph is traced and no weight is made: a second instead of a minute.
    """
    with keras.StatelessScope(initialize_variables=False):
        backbone = build(card)
        found = {
            "parameters": backbone.whole.count_params(),
            "features": tuple(backbone.features.shape[1:]),
            "blocks": backbone.blocks,
        }
    keras.backend.clear_session()
    return found


def write(path: Path, facts: dict[str, Any]) -> None:
    """State facts in a card; all else stays as it is."""
    opening, stated, prose = path.read_text("utf-8").split("+++\n", 2)
    for key, value in facts.items():
        known = [side or 0 for side in value] if key == "features" else value  # TOML has no null
        line = f"{key} = {json.dumps(known)}\n"
        stated, replaced = re.subn(rf"^{key} = .*\n", line, stated, count=1, flags=re.MULTILINE)
        if not replaced:  # facts stand before the first table
            stated = re.sub(r"(?=\n\[|\Z)", line, stated, count=1)
    path.write_text("+++\n".join((opening, stated, prose)), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
