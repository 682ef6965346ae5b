"""A .keras file, which Keras loads on any of its backends."""

from functools import partial
from pathlib import Path

import keras

from .serving import Ask, Serving, asked, modules


def write(serving: Serving, folder: Path, quantize: str | None) -> str:
    """Write model.keras; give what loads it, with the modules whose layers it has."""
    serving.model.save(folder / "model.keras")
    loads = "keras.saving.load_model('{}/model.keras')"
    own = ", ".join(modules(serving.model))
    return f"import {own}; {loads}" if own else loads


def open_file(folder: Path) -> Ask:
    """Load the file in Keras."""
    model = keras.saving.load_model(folder / "model.keras", compile=False)
    return partial(asked, model)
