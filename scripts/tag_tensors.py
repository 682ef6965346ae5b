"""Write what timm says of the networks of its pretrained tags: for scripts/parity_tags.py.

    $ PYTHON scripts/tag_tensors.py FILE

PYTHON has timm. FILE holds the names of architectures as JSON, and then for each of their tags what
stands in config.json, the shapes of all tensors, and of those that a classifier of five labels has.
No weight takes memory.
"""

import json
import sys
from pathlib import Path

import timm
import torch

Shapes = dict[str, list[int]]


def main(file: Path) -> None:
    """Replace the names of architectures by what is known of their tags."""
    known = set(json.loads(file.read_text("utf-8")))
    said, ends = {}, {}
    for tag in timm.list_pretrained():
        if (name := tag.partition(".")[0]) in known:
            model = made(tag)
            config = {"architecture": name, "pretrained_cfg": model.pretrained_cfg}
            held = shapes(model)
            network = json.dumps([name, held])
            if network not in ends:
                ends[network] = classifier(tag)
            said[tag] = config, held, ends[network]
    file.write_text(json.dumps(said), "utf-8")


def made(tag: str, **arguments: int) -> torch.nn.Module:
    """Make a network without memory for its weights."""
    with torch.device("meta"):
        return timm.create_model(tag, **arguments)


def shapes(model: torch.nn.Module) -> Shapes:
    """Give the shapes of a network's tensors by name."""
    return {name: list(each.shape) for name, each in model.state_dict().items()}


def classifier(tag: str) -> Shapes:
    """Give those that it has for its labels alone, save counts that timm does not ask for."""
    alone = made(tag, num_classes=0).state_dict()
    return {
        name: shape
        for name, shape in shapes(made(tag, num_classes=5)).items()
        if name not in alone and not name.endswith(".num_batches_tracked")
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
