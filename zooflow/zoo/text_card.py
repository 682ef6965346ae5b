"""Cards for encoders of texts that transformers or sentence-transformers wrote."""

import re
from pathlib import Path
from typing import Any

from ..cards import Card, TextInput
from ..checkpoints import open_checkpoint
from ..errors import BadCheckpoint
from .families import family, family_of_model_type
from .json_files import read_json


def text_card(config: dict[str, Any], folder: Path, *, name: str, source: str) -> Card:
    """Derive the card of an encoder of texts.

    Raises:
        BadCheckpoint: a setting that zooflow does not trace.
    """
    kind = family_of_model_type(config["model_type"])
    arguments = family(kind).arguments(config)  # type: ignore[attr-defined]
    pooling = folder / "1_Pooling" / "config.json"  # sentence-transformers
    if pooling.is_file():
        arguments["pool"] = _pooling(read_json(pooling))
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
            length = read_json(folder / file).get(key)
            said.append(int(length) if isinstance(length, int | float) and length > 0 else most)
    return min(said)
