"""Cards for encoders of texts that transformers or sentence-transformers wrote."""

import re
from pathlib import Path
from typing import Any

from ..cards import Card, TextInput
from ..checkpoints import open_checkpoint
from ..errors import BadCheckpoint
from . import sentences
from .families import family, family_of_model_type
from .json_files import read_json


def text_card(config: dict[str, Any], folder: Path, *, name: str, source: str) -> Card:
    """Derive the card of an encoder of texts.

    Raises:
        BadCheckpoint: a setting that zooflow does not trace.
    """
    kind = family_of_model_type(config["model_type"])
    arguments = family(kind).arguments(config)  # type: ignore[attr-defined]
    if steps := sentences.steps(folder):
        arguments["pool"] = steps if len(steps) > 1 else steps[0]
    elif arguments.get("pool", "pooler") == "pooler" and _lacks_pooler(folder):
        arguments["pool"] = "token"
    longest = getattr(
        family(kind), "longest", lambda arguments: arguments["max_position_embeddings"]
    )
    return Card(
        name=name,
        title=f"{config['model_type']}, from {source}",
        family=kind,
        variant="",
        source=source,
        arguments=arguments,
        input=TextInput(length=_text_length(longest(arguments), folder)),
    )


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
    for file in (*folder.glob("sentence_*_config.json"), *folder.glob("tokenizer_config.json")):
        key = "model_max_length" if file.name == "tokenizer_config.json" else "max_seq_length"
        length = read_json(file).get(key)
        said.append(int(length) if isinstance(length, int | float) and length > 0 else most)
    return min(said)
