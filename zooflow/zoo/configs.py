"""Cards for checkpoints without one, from the config.json that lies beside the weights."""

import dataclasses
from collections.abc import Collection
from pathlib import Path
from typing import Any

from .. import cards
from ..cards import Card, ImageInput
from ..errors import BadCheckpoint
from .absent import without_absent
from .families import family, family_of_model_type, family_of_variant
from .image_card import image_card
from .json_files import read_json
from .text_card import text_card
from .towers import text_tower_card, tower_config

# Of timm's model_args, those that change nothing but how a network learns.
LEARNING = """
    num_classes drop_rate drop_path_rate drop_block_rate attn_drop_rate proj_drop_rate pos_drop_rate
    patch_drop_rate weight_init fix_init zero_init_last head_init_scale head_init_value
    rope_shift_coords rope_jitter_coords rope_rescale_coords
"""


def card_from_folder(
    folder: Path,
    *,
    name: str,
    source: str,
    variant: str = "",
    tower: str = "",
    tensors: Collection[str] | None = None,
) -> Card:
    """Derive the card of a checkpoint folder that timm or transformers wrote.

    Args:
        folder: holds config.json and, unless `tensors` names what they hold, the weights.
        name: what the user calls it.
        source: URI that the folder came from.
        variant: timm's architecture, where not the one that config.json names: some tags share the
            files of another.
        tower: "text" or "image", of a checkpoint that holds both; "" for that of images.
        tensors: names of those in the weights, where these are not in the folder.

    Raises:
        BadCheckpoint: no config.json, or it is not one that says what the network is.
        UnknownName: an architecture or a model type that no family traces.
    """
    config = read_json(folder / "config.json")
    if isinstance(config.get("card"), dict):
        return _tuned(config["card"], folder, name=name, source=source)
    if isinstance(config.get("architecture"), str):
        config |= {"architecture": variant or config["architecture"]}
        return _timm(config, name=name, source=source)
    if isinstance(config.get("model_type"), str):
        config = tower_config(config, tower)
        kind = family(family_of_model_type(config["model_type"]))
        make = text_card if getattr(kind, "INPUT", "images") == "texts" else image_card
        make = text_tower_card if getattr(kind, "TOWER", False) else make
        card = make(config, folder, name=name, source=source)
        arguments = without_absent(card.arguments, kind=card.family, held=tensors, folder=folder)
        return dataclasses.replace(card, arguments=arguments)
    raise BadCheckpoint(
        f"{folder / 'config.json'} names neither a timm architecture nor a model_type",
        hint="zooflow loads folders that timm or transformers wrote",
    )


def _tuned(facts: dict[str, Any], folder: Path, *, name: str, source: str) -> Card:
    """Take over the card that a run has of its backbone; its tensors have our names by now."""
    try:
        card = cards.from_facts(facts | {"input": read_json(folder / "preprocessing.json")})
    except (ValueError, TypeError) as error:
        raise BadCheckpoint(f"{folder / 'config.json'} holds no card: {error}") from error
    if not card.family:
        raise BadCheckpoint(
            f"{source} was tuned from a Keras model, {card.name}, that no family traces",
            hint=f"zooflow.load_run({source!r}).model is its graph",
        )
    return dataclasses.replace(card, name=name, source=source, spelling="", sha256={})


def _timm(config: dict[str, Any], *, name: str, source: str) -> Card:
    variant = config["architecture"]
    facts = {**config, **config.get("pretrained_cfg", {})}
    channels, *size = facts.get("input_size", (3, 224, 224))
    if channels != 3:
        raise BadCheckpoint(f"{name} takes images of {channels} channels; zooflow feeds 3")
    given = config.get("model_args", {})
    arguments = {key: value for key, value in given.items() if key not in LEARNING.split()}
    kind = family_of_variant(variant)
    of_tag: dict[str, dict[str, Any]] = getattr(family(kind), "TAGS", {})  # what timm says by tag
    arguments = {**of_tag.get(str(facts.get("tag") or ""), {}), **arguments}
    if side := arguments.pop("img_size", None):
        size = side if isinstance(side, list) else [side, side]
    return Card(
        name=name,
        title=f"{variant}, from {source}",
        family=kind,
        variant=variant,
        source=source,
        arguments=arguments,
        license=facts.get("license") or "unknown",
        paper=f"arXiv:{facts['paper_ids']}" if facts.get("paper_ids") else "",
        input=ImageInput(
            size=(size[0], size[1]),
            crop=facts.get("crop_pct") or 0.875,
            crop_mode=facts.get("crop_mode") or "center",
            interpolation=facts.get("interpolation") or "bicubic",
            mean=tuple(facts.get("mean") or ImageInput.mean),
            std=tuple(facts.get("std") or ImageInput.std),
        ),
    )
