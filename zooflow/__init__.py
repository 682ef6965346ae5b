"""zooflow: pretrained backbones for Keras 3, and recipes that fine-tune them.

Names are imported when they are first used: `import zooflow` alone loads no ML library.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "Augment": "data",
    "Backbone": "zoo",
    "Classify": "tasks",
    "HubDataset": "data",
    "ImageFolder": "data",
    "ImageInput": "cards",
    "Phase": "phase",
    "Recipe": "recipe",
    "Run": "run",
    "Table": "data",
    "TextInput": "cards",
    "ZooflowError": "errors",
    "explain": "explaining",
    "export": "exports",
    "finetune": "train",
    "from_keras": "bridge",
    "load": "zoo",
    "load_run": "run",
    "main": "cli.script",
    "push": "publish",
    "rank": "ranking",
    "reproduce": "train",
    "resume": "train",
}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'zooflow' has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
