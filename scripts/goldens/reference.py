"""What a library computes, and how timm is asked."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import timm
import torch
from grown import grow, image
from safetensors.torch import load_file, save_file
from transformers import PreTrainedModel


@dataclass(frozen=True)
class Reference:
    """An architecture as the library that it comes from computes it.

    Args:
        config: its config.json.
        given: arguments of `grown.image` or `grown.tokens`.
        tensors: names and shapes of the backbone's tensors, without its classifier.
        outputs: "features" and "pooled", channels last.
    """

    config: dict[str, Any]
    given: dict[str, Any]
    tensors: dict[str, tuple[int, ...]]
    outputs: dict[str, np.ndarray]


def timm_names(*modules: str) -> Iterator[str]:
    """List the architectures that timm registers in modules."""
    for module in modules:
        yield from timm.list_models(module=module)


def run_timm(
    name: str, *, size: tuple[int, int] = (72, 88), arguments: dict[str, Any] | None = None
) -> Reference:
    """Run a timm architecture on grown weights.

    Args:
        name: of the architecture.
        size: height and width of the images, where the architecture does not fix them.
        arguments: for timm.create_model, what a config.json calls `model_args`.
    """
    arguments = arguments or {}
    model = timm.create_model(name, num_classes=0, **arguments)
    cfg = model.pretrained_cfg
    size = cfg["input_size"][1:] if cfg.get("fixed_input_size") else size
    return run_model(name, model, size, arguments)


def run_model(
    name: str, model: torch.nn.Module, size: tuple[int, int], arguments: dict[str, Any]
) -> Reference:
    """Grow the weights of a timm model and run it."""
    tensors = grow_into(model.eval())
    given = {"seed": 0, "size": list(size)}
    cfg = model.pretrained_cfg
    pixels = (image(**given) / 255 - cfg["mean"]) / cfg["std"]
    with torch.no_grad():
        features = model.forward_features(torch.tensor(pixels.transpose(0, 3, 1, 2)).float())
        pooled = model.forward_head(features, pre_logits=True)
    facts = {"input_size": [3, *size], "mean": cfg["mean"], "std": cfg["std"]}
    config = {"architecture": name, "model_args": arguments, "pretrained_cfg": facts}
    first = features.ndim == 4 and getattr(model, "output_fmt", "NCHW") == "NCHW"  # channels
    last = features.permute(0, 2, 3, 1) if first else features
    return Reference(config, given, tensors, {"features": last.numpy(), "pooled": pooled.numpy()})


def run_transformers(
    model: PreTrainedModel,
    *,
    mean: tuple[float, ...] = (0.5,) * 3,
    std: tuple[float, ...] = (0.5,) * 3,
) -> Reference:
    """Run a transformers network of images on grown weights, named as its files name them.

    Args:
        model: of the `image_size` in its config.
        mean: of its usual processor.
        std: of the same.
    """
    side = model.config.image_size
    given = {"seed": 0, "size": list(side) if isinstance(side, list | tuple) else [side, side]}
    pixels = torch.tensor((image(**given) / 255 - mean) / std).float()
    with TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        config = json.loads((Path(folder) / "config.json").read_text("utf-8"))
        file = Path(folder) / "model.safetensors"
        shapes = {name: tuple(tensor.shape) for name, tensor in load_file(file).items()}
        save_file({name: torch.tensor(grow(name, shapes[name])) for name in shapes}, file)
        model = type(model).from_pretrained(folder).eval()
    with torch.no_grad():
        found = model(pixels.permute(0, 3, 1, 2))
    features = found.last_hidden_state
    last = features.permute(0, 2, 3, 1) if features.ndim == 4 else features
    outputs = {"features": last.numpy(), "pooled": found.pooler_output.numpy()}
    return Reference(config, given, shapes, outputs)


def grow_into(model: torch.nn.Module) -> dict[str, tuple[int, ...]]:
    """Replace the tensors of a model by grown ones, one at a time; give names and shapes."""
    state = model.state_dict()
    for name, tensor in state.items():
        tensor.copy_(torch.tensor(grow(name, tuple(tensor.shape))))
    return {name: tuple(t.shape) for name, t in state.items() if t.is_floating_point()}
