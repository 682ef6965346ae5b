"""Write a backbone's weights for the peers, and tell which tensors learn in a phase.

    $ python benchmarks/export_weights.py NAME LIBRARY FOLDER PART [--random]

LIBRARY is timm or transformers. The names of what learns go to stdout, as JSON.
"""

import json
import sys
from pathlib import Path

import zooflow
from zooflow.backend import seed
from zooflow.freeze import thaw


def main(name: str, library: str, folder: str, part: str, *options: str) -> None:
    """Export, unless the folder is there, and print the names."""
    seed(0)
    backbone = zooflow.load(name, pretrained="--random" not in options)
    if not Path(folder).exists():
        zooflow.export(backbone, library, folder)
    model = backbone.whole
    thaw(model, backbone, part)
    learns = [layer.name.replace("-", ".") for layer in model.layers if layer.trainable_weights]
    print(json.dumps(learns))


if __name__ == "__main__":
    main(*sys.argv[1:])
