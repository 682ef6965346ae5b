"""A folder that transformers loads."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from ..cards import ImageInput
from ..checkpoints import save_safetensors
from ..errors import BadInput
from ..run.folder import write_json
from ..zoo import numbers
from ..zoo.families import family
from ..zoo.processors import processor_config
from .heads import ALONE, HEADS, Classifier, Tensors
from .network import Network

# A token that only pretraining reads, but that their classes hold: how many axes it has.
MASKS = {"dinov2": 2, "dinov2_with_registers": 2, "dinov3_vit": 3}
OWN_CLASS = {"siglip_text_model": "SiglipTextModel"}  # of what no auto class knows
PROJECTED = {  # what the classes call a tower and its projection, which the auto classes leave out
    "clip_vision_model": ("vision_model", "visual_projection", "CLIPVisionModelWithProjection"),
    "clip_text_model": ("text_model", "text_projection", "CLIPTextModelWithProjection"),
}
OTHERWISE = "--to timm; where timm is installed, transformers' AutoModels read that folder too"


def write_transformers(network: Network, folder: Path) -> str:
    """Write config.json, model.safetensors, and the files of the processor or the tokenizer.

    Returns:
        The Python that loads it.

    Raises:
        BadInput: transformers has no such network, or no class that classifies as it does.
    """
    facts, tensors = body(network)
    loader = facts.get("architectures", ["AutoModel"])[0]
    if network.classifier is not None:
        if (kind := facts["model_type"]) not in HEADS:
            raise BadInput(f"transformers has no class that classifies by a {kind}", hint=ALONE)
        given = Classifier(tensors, *network.classifier, network.settings, facts)
        architecture, tensors = HEADS[kind](given)
        takes = "Image" if isinstance(network.card.input, ImageInput) else "Sequence"
        loader = f"AutoModelFor{takes}Classification"
        names = dict(enumerate(network.labels))
        facts |= {
            "architectures": [architecture],
            "id2label": {str(i): label for i, label in names.items()},
            "label2id": {label: i for i, label in names.items()},
            "problem_type": "single_label_classification",
        }
    write_body(network, facts, tensors, folder)
    return f"{loader}.from_pretrained('{{}}')"


def body(network: Network) -> tuple[dict[str, Any], Tensors]:
    """Say in transformers' words what the backbone is: its config, and its tensors.

    Raises:
        BadInput: transformers has no such network.
    """
    card = network.card
    kind = family(card.family)
    if not (write := getattr(kind, "config", None)):
        raise BadInput(
            f"transformers has no {card.family} of its own, such as {card.name}",
            hint=OTHERWISE,
        )
    try:
        facts = write(numbers(card))
    except BadInput as error:
        raise BadInput(str(error), hint=error.hint or OTHERWISE) from error
    if isinstance(card.input, ImageInput):
        height, width = card.input.size
        facts.setdefault("image_size", height if height == width else [height, width])
    else:  # their own default may lie beyond the vocabulary
        facts.setdefault("pad_token_id", network.tokenizer.pad if network.tokenizer else 0)
    spell = getattr(kind, "SPELLINGS", {}).get("transformers")
    tensors = spell(numbers(card)).write(network.tensors) if spell else dict(network.tensors)
    if axes := MASKS.get(facts["model_type"]):
        shape = (1,) * (axes - 1) + (facts["hidden_size"],)
        tensors.setdefault("embeddings.mask_token", np.zeros(shape, "float32"))
    if facts["model_type"] in OWN_CLASS:
        facts["architectures"] = [OWN_CLASS[facts["model_type"]]]
    tower, projection, whole = PROJECTED.get(facts["model_type"], ("", "", ""))
    if any(name.startswith(f"{projection}.") for name in tensors):
        facts["architectures"] = [whole]
        tensors = {
            name if name.startswith(projection) else f"{tower}.{name}": tensor
            for name, tensor in tensors.items()
        }
    return facts, tensors


def write_body(
    network: Network, facts: dict[str, Any], tensors: dict[str, np.ndarray], folder: Path
) -> None:
    """Write a network's config, its weights, and what prepares its inputs."""
    card = network.card
    if isinstance(card.input, ImageInput):
        write_json(folder / "preprocessor_config.json", processor_config(card.input))
    elif network.tokenizer:
        network.tokenizer.save(folder)
        file = folder / "tokenizer_config.json"
        said = json.loads(file.read_text("utf-8"))
        write_json(file, {**said, "model_max_length": card.input.length})
    save_safetensors(tensors, folder / "model.safetensors")
    write_json(folder / "config.json", facts)
