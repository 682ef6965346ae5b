"""Cards for networks of images that transformers wrote."""

import dataclasses
from pathlib import Path
from typing import Any

from ..cards import Card, ImageInput
from ..errors import BadCheckpoint
from .families import family, family_of_model_type
from .json_files import read_json
from .processors import image_input


def image_card(config: dict[str, Any], folder: Path, *, name: str, source: str) -> Card:
    """Derive the card of a network of images.

    Args:
        config: of the network, what config.json holds.
        folder: where the weights and preprocessor_config.json lie.
        name: what the user calls it.
        source: URI that the folder came from.

    Raises:
        BadCheckpoint: a setting that zooflow does not trace, or a processor that it cannot follow.
    """
    model_type = config["model_type"]
    kind = family_of_model_type(model_type)
    arguments: dict[str, Any] = family(kind).arguments(config)  # type: ignore[attr-defined]
    return Card(
        name=name,
        title=f"{model_type}, from {source}",
        family=kind,
        variant="",
        source=source,
        arguments=arguments,
        spelling="transformers",
        input=_input(config, folder),
    )


def _input(config: dict[str, Any], folder: Path) -> ImageInput:
    """Say what images the network takes: by its processor's file, else by the usual processor."""
    if (folder / "processor_config.json").is_file():  # transformers 5, of images and texts
        whole = read_json(folder / "processor_config.json")
        if isinstance(part := whole.get("image_processor"), dict):
            return image_input(part, config["model_type"])
    if (folder / "preprocessor_config.json").is_file():
        return image_input(read_json(folder / "preprocessor_config.json"), config["model_type"])
    size = config.get("image_size") or 224  # the default of every model type that we know
    size = tuple(size) if isinstance(size, list) else (size, size)
    if not (len(size) == 2 and all(type(side) is int and side > 0 for side in size)):
        raise BadCheckpoint(f"config.json sets image_size to {config['image_size']!r:.80}")
    return dataclasses.replace(image_input({}, config["model_type"]), size=size)
