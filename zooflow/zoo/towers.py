"""The two towers of a CLIP or a SigLIP, each a network of its own in one checkpoint."""

from pathlib import Path
from typing import Any

from ..cards import Card, TextInput
from ..errors import BadCheckpoint, BadInput
from .families import family, family_of_model_type
from .json_files import read_json

WHOLE = {"clip": "clip", "siglip": "siglip", "siglip2": "siglip"}  # and what its towers begin with
BOOKS = {"text_config", "vision_config", "text_config_dict", "vision_config_dict"}
BOOKS |= {"logit_scale_init_value", "initializer_factor", "initializer_range", "projection_dim"}
BOOKS |= {"model_type", "architectures", "transformers_version", "dtype", "torch_dtype"}
BOOKS |= {"_name_or_path", "_commit_hash", "tie_word_embeddings", "is_encoder_decoder", "id2label"}
BOOKS |= {"label2id", "problem_type", "return_dict", "_attn_implementation_autoset"}


def tower_config(config: dict[str, Any], tower: str) -> dict[str, Any]:
    """Take one tower's config.json out of the whole's.

    Args:
        config: of the whole; that of a single network is given back as it is.
        tower: "image", "text", or "" for the usual one, which is the image's.

    Raises:
        BadInput: a tower was named, and there is but one.
        BadCheckpoint: a setting, or a tower, that zooflow does not trace.
    """
    model_type = config["model_type"]
    if model_type not in WHOLE:
        if tower and not model_type.endswith(
            {"image": "_vision_model", "text": "_text_model"}[tower]
        ):
            raise BadInput(f"a {model_type} has no towers, and so no {tower!r} to load")
        return config
    if unknown := sorted(config.keys() - BOOKS):
        key = unknown[0]
        raise BadCheckpoint(
            f"config.json sets {key} to {config[key]!r:.80}, which zooflow's {model_type} "
            "does not know"
        )
    if model_type == "siglip2" and tower != "text":
        raise BadCheckpoint(
            "the image tower of a siglip2 takes images of any shape, which zooflow does not trace",
            hint="SigLIP 2 of a fixed size has model_type siglip; the text tower loads by #text",
        )
    part = "text" if tower == "text" else "vision"
    given = config.get(f"{part}_config_dict") or config.get(f"{part}_config") or {}
    found = {**given, "model_type": f"{WHOLE[model_type]}_{part}_model"}
    found["architectures"] = config.get("architectures")
    if model_type == "clip":
        found["projection_dim"] = config.get("projection_dim", 512)
    return found


def text_tower_card(config: dict[str, Any], folder: Path, *, name: str, source: str) -> Card:
    """Derive the card of a tower of texts.

    Raises:
        BadCheckpoint: a setting that zooflow does not trace.
    """
    kind = family_of_model_type(config["model_type"])
    arguments: dict[str, Any] = family(kind).arguments(config)  # type: ignore[attr-defined]
    file = folder / "tokenizer_config.json"
    tokenizer = read_json(file) if file.is_file() else {}
    if "pad_token_id" in arguments and (padding := _padding(tokenizer)) is not None:
        arguments["pad_token_id"] = padding
    most, said = arguments["max_position_embeddings"], tokenizer.get("model_max_length")
    return Card(
        name=name,
        title=f"{config['model_type']}, from {source}",
        family=kind,
        variant="",
        source=source,
        arguments=arguments,
        spelling="transformers",
        input=TextInput(length=int(min(most, said)) if said and said > 0 else most),
    )


def _padding(tokenizer: dict[str, Any]) -> int | None:
    """Find the id of the token that a tokenizer pads with; the network's config may be wrong."""
    pad = tokenizer.get("pad_token")
    pad = pad.get("content") if isinstance(pad, dict) else pad
    added = tokenizer.get("added_tokens_decoder") or {}
    ids = [int(number) for number, token in added.items() if pad and token.get("content") == pad]
    return ids[0] if ids else None
