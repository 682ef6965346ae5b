"""Cards for checkpoints without one, from the config.json that lies beside the weights."""

import json
import re
from pathlib import Path
from typing import Any

from ..cards import Card, ImageInput, TextInput
from ..checkpoints import open_checkpoint
from ..errors import BadCheckpoint
from .families import family, family_of_model_type, family_of_variant


def card_from_folder(folder: Path, *, name: str, source: str) -> Card:
    """Derive the card of a checkpoint folder that timm or transformers wrote.

    Args:
        folder: holds config.json and the weights.
        name: what the user calls it.
        source: URI that the folder came from.

    Raises:
        BadCheckpoint: no config.json, or it is not one that says what the network is.
        UnknownName: an architecture or a model type that no family traces.
    """
    config = _json(folder / "config.json")
    if isinstance(config.get("architecture"), str):
        return _timm(config, name=name, source=source)
    if isinstance(config.get("model_type"), str):
        return _transformers(config, folder, name=name, source=source)
    raise BadCheckpoint(
        f"{folder / 'config.json'} names neither a timm architecture nor a model_type",
        hint="zooflow loads folders that timm or transformers wrote",
    )


def _timm(config: dict[str, Any], *, name: str, source: str) -> Card:
    variant = config["architecture"]
    facts = {**config, **config.get("pretrained_cfg", {})}
    channels, *size = facts.get("input_size", (3, 224, 224))
    if channels != 3:
        raise BadCheckpoint(f"{name} takes images of {channels} channels; zooflow feeds 3")
    arguments = dict(config.get("model_args", {}))
    if side := arguments.pop("img_size", None):
        size = side if isinstance(side, list) else [side, side]
    return Card(
        name=name,
        title=f"{variant}, from {source}",
        family=family_of_variant(variant),
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


def _transformers(config: dict[str, Any], folder: Path, *, name: str, source: str) -> Card:
    kind = family_of_model_type(config["model_type"])
    arguments = family(kind).arguments(config)  # type: ignore[attr-defined]
    pooling = folder / "1_Pooling" / "config.json"  # sentence-transformers
    if pooling.is_file():
        arguments["pool"] = _pooling(_json(pooling))
    elif _lacks_pooler(folder):
        arguments["pool"] = "token"
    return Card(
        name=name,
        title=f"{config['model_type']}, from {source}",
        family=kind,
        variant="",
        source=source,
        arguments=arguments,
        input=TextInput(length=_text_length(arguments["max_position_embeddings"], folder)),
    )


def _pooling(config: dict[str, Any]) -> str:
    """Say how sentence-transformers pools: "mean" or "token"."""
    if isinstance(mode := config.get("pooling_mode"), str):
        modes = [mode]
    else:
        modes = [key for key, value in config.items() if key.startswith("pooling_mode_") and value]
    known = {
        "pooling_mode_mean_tokens": "mean",
        "pooling_mode_cls_token": "token",
        "mean": "mean",
        "cls": "token",
    }
    if len(modes) != 1 or modes[0] not in known:
        said = " and ".join(modes) or "nothing"
        raise BadCheckpoint(f"1_Pooling/config.json pools by {said}; zooflow by mean or token")
    return known[modes[0]]


def _lacks_pooler(folder: Path) -> bool:
    """Say whether the weights are there, but none of a pooler, which many a task leaves out."""
    try:
        with open_checkpoint(folder) as checkpoint:
            return not any(re.match(r"(\w+\.)?pooler\.", name) for name in checkpoint)
    except BadCheckpoint:
        return False


def _text_length(most: int, folder: Path) -> int:
    """Find the longest text that the checkpoint was made for, in tokens; most has positions."""
    said = [most]
    for file, key in (
        ("sentence_bert_config.json", "max_seq_length"),
        ("tokenizer_config.json", "model_max_length"),
    ):
        if (folder / file).is_file():
            length = _json(folder / file).get(key)
            said.append(int(length) if isinstance(length, int | float) and length > 0 else most)
    return min(said)


def _json(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise BadCheckpoint(
            f"{path} does not exist", hint="a model folder holds config.json and the weights"
        ) from error
    except ValueError as error:
        raise BadCheckpoint(f"{path} is not JSON: {error}") from error
    if not isinstance(config, dict):
        raise BadCheckpoint(f"{path} holds no JSON object")
    return config
