"""transformers' networks of images on grown weights, under the names that their files hold."""

import json
import re
import tempfile
from pathlib import Path
from typing import Any

import torch
from grown import grow, image
from safetensors.numpy import load_file, save_file

from .reference import Reference

IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
HALF = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)


def run_saved(
    model: Any,
    size: tuple[int, int],
    *,
    scale: tuple[Any, Any] = IMAGENET,
    skip: str,
    made_with: dict[str, Any] | None = None,
) -> Reference:
    """Save a model, grow what the file holds, load it again, and run it.

    Args:
        model: of transformers; those that write config.json write other names than they compute by.
        size: height and width of the images.
        scale: mean and deviation that its processor scales images to.
        skip: pattern of tensors that the features do not depend on.
        made_with: what the model's class was called with, besides the config.
    """
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        file = Path(folder) / "model.safetensors"
        shapes = {name: tensor.shape for name, tensor in load_file(file).items()}
        used = {name: shape for name, shape in shapes.items() if not re.fullmatch(skip, name)}
        save_file(
            {name: grow(name, shape) for name, shape in used.items()},
            file,
            metadata={"format": "pt"},
        )
        config = json.loads((Path(folder) / "config.json").read_text("utf-8"))
        loaded = type(model).from_pretrained(folder, **(made_with or {})).eval()
    given = {"seed": 0, "size": list(size)}
    pixels = ((image(**given) / 255 - scale[0]) / scale[1]).transpose(0, 3, 1, 2)
    with torch.no_grad():
        found = loaded(torch.tensor(pixels).float())
    config |= {"image_size": list(size)}
    outputs = {"features": found.last_hidden_state.numpy(), "pooled": found.pooler_output.numpy()}
    return Reference(config, given, used, outputs)
