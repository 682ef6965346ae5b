"""Hold the full-depth network of every pretrained tag of timm against timm's own: their tensors.

    $ KERAS_BACKEND=torch python scripts/parity_tags.py REFERENCE_PYTHON [eva beit …]

REFERENCE_PYTHON has timm; the two sides never share a process. Names and shapes of all tensors have
to be those that `zooflow.load` takes from the file of the tag, and those of a classifier of five
labels those that `zooflow.export` writes. No weight is drawn or read, nor takes memory, so that
networks of several billion are held against timm's as well.
"""

import gc
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import keras
import numpy as np

from zooflow.backbones.parts.initializers import hollow
from zooflow.backbones.variants import families
from zooflow.convert import paired
from zooflow.exports.network import Network
from zooflow.exports.timm_folder import classifier, sized
from zooflow.zoo import build, spelling
from zooflow.zoo.configs import card_from_folder
from zooflow.zoo.families import family

LABELS = ("ant", "bee", "cat", "dog", "elk")
Shapes = dict[str, list[int]]


def main(python: str, *chosen: str) -> int:
    """Print a line for each family, and what does not pair; give 1 if anything does not."""
    known = {arch: kind for arch, kind in families().items() if kind in chosen or not chosen}
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "tags.json"
        file.write_text(json.dumps(list(known)), "utf-8")
        subprocess.run([python, Path(__file__).with_name("tag_tensors.py"), file], check=True)
        listed = json.loads(file.read_text("utf-8"))
    gc.freeze()  # what was imported need not be looked through after each network
    results = [compare(kind, listed) for kind in sorted(set(known.values()))]
    tags, variants, wrong = map(sum, zip(*results, strict=True))
    print(f"{tags} tags of {variants} architectures take their tensors strictly; {wrong} do not")
    return int(wrong > 0)


def compare(kind: str, listed: dict[str, Any]) -> tuple[int, int, int]:
    """Compare the tags of a family; count the tags and architectures that pair, and the rest."""
    groups: dict[str, list[str]] = defaultdict(list)  # tags of one and the same network
    for tag, (config, *shapes) in listed.items():
        if families()[config["architecture"]] == kind:
            facts = config["pretrained_cfg"]
            ours = getattr(family(kind), "TAGS", {}).get(facts["tag"])
            size = facts["input_size"] if sized(kind) else None
            groups[json.dumps([config["architecture"], ours, size, shapes])].append(tag)
    right, wrong = [], []
    for tags in groups.values():
        try:
            check(tags[0], *listed[tags[0]])
            right += tags
        except Exception as error:  # a network that cannot be built is a mismatch too
            wrong += tags
            print(f"{', '.join(tags)}: {type(error).__name__}: {error}", flush=True)
        keras.backend.clear_session()
        gc.collect()
    variants = {tag.partition(".")[0] for tag in right}
    said = f"; {len(wrong)} tags do not" if wrong else ""
    if groups:
        print(f"{kind}: {len(right)} tags of {len(variants)} architectures{said}", flush=True)
    return len(right), len(variants), len(wrong)


def check(tag: str, config: dict[str, Any], shapes: Shapes, theirs: Shapes) -> None:
    """Build the network of a tag, and pair its tensors as loading and exporting do.

    Raises:
        CheckpointMismatch: names or shapes of a backbone differ.
        ValueError: those of a classifier do.
    """
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "config.json").write_text(json.dumps(config), "utf-8")
        card = card_from_folder(Path(folder), name=tag, source="")
    with hollow(), keras.device("meta"):  # PyTorch's, where nothing has a value
        backbone = build(card)
    kind = family(card.family)
    offered = {name: np.broadcast_to(np.float32(0), shape) for name, shape in shapes.items()}
    ways = {"fresh": getattr(kind, "FRESH", ""), "rules": getattr(kind, "RULES", ())}
    paired(offered, backbone.whole, skip=kind.SKIP, spelling=spelling(card), **ways)
    width = backbone.pooled.shape[-1]
    weight = np.broadcast_to(np.float32(0), (len(LABELS), width))
    heads, arguments = classifier(
        Network(card, {}, (weight, weight[:, 0]), LABELS, width, "", None)
    )
    ours = {name: list(tensor.shape) for name, tensor in heads.items()}
    if theirs and ours != theirs and not arguments:  # else export writes another network
        raise ValueError(f"its classifier is {theirs}, not {ours}")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
