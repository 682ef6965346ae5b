"""transformers' ViTs and their relatives, small and odd ones, on grown weights."""

import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
import transformers
from grown import grow, image
from safetensors.numpy import load_file, save_file

from .reference import Reference

SMALL = {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 3, "image_size": 40}
SMALL |= {"patch_size": 8}
MLP = SMALL | {"intermediate_size": 96}
ONE = {"num_hidden_layers": 1}
WORDS = {"vocab_size": 50, "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
BASE = {"hidden_size": 768, "num_hidden_layers": 2, "num_attention_heads": 12, "image_size": 64}
NETWORKS: dict[str, tuple[str, dict[str, Any]]] = {  # the class, and its settings
    "transformers-vit": ("ViTModel", MLP),
    "transformers-vit-base": ("ViTModel", BASE),
    "transformers-vit-classifier": ("ViTForImageClassification", MLP),
    "transformers-vit-one-layer": ("ViTModel", MLP | ONE | {"qkv_bias": False}),
    "transformers-vit-oblong": ("ViTModel", MLP | {"image_size": [24, 56]}),
    "transformers-vit-cut": ("ViTModel", MLP | {"image_size": 43, "patch_size": 7}),
    "transformers-vit-relu": (
        "ViTModel",
        MLP | {"hidden_size": 51, "intermediate_size": 100, "hidden_act": "relu"},
    ),
    "transformers-vit-gelu_new": (
        "ViTModel",
        MLP | {"hidden_act": "gelu_new", "layer_norm_eps": 1e-2, "patch_size": [4, 4]},
    ),
    "transformers-deit": ("DeiTModel", MLP),
    "transformers-deit-classifier": ("DeiTForImageClassification", MLP | {"hidden_act": "silu"}),
    "transformers-deit-teacher": ("DeiTForImageClassificationWithTeacher", MLP | ONE),
    "transformers-vit_msn": ("ViTMSNModel", MLP),
    "transformers-vit_mae": ("ViTMAEModel", MLP | {"mask_ratio": 0.0}),
    "transformers-dinov2": ("Dinov2Model", SMALL),
    "transformers-dinov2-odd": (
        "Dinov2Model",
        SMALL | ONE | {"mlp_ratio": 3, "layerscale_value": 0.1, "qkv_bias": False, "patch_size": 7},
    ),
    "transformers-dinov2-gated": (
        "Dinov2Model",
        SMALL | {"use_swiglu_ffn": True, "hidden_size": 51},
    ),
    "transformers-dinov2-registers": (
        "Dinov2WithRegistersModel",
        SMALL | {"num_register_tokens": 3},
    ),
    "transformers-clip": ("CLIPVisionModelWithProjection", MLP | {"projection_dim": 24}),
    "transformers-clip-bare": ("CLIPVisionModel", MLP | ONE | {"hidden_act": "gelu"}),
    "transformers-clip-whole": (
        "CLIPModel",
        {"vision_config": MLP, "text_config": WORDS, "projection_dim": 20},
    ),
    "transformers-siglip": ("SiglipVisionModel", MLP),
    "transformers-siglip-odd": (
        "SiglipVisionModel",
        MLP | ONE | {"patch_size": 7, "hidden_act": "relu", "vision_use_head": False},
    ),
    "transformers-siglip-whole": ("SiglipModel", {"vision_config": MLP, "text_config": WORDS}),
}
PROCESSORS = {  # by the beginning of a class, in turn
    "ViT": transformers.ViTImageProcessor,
    "DeiT": transformers.DeiTImageProcessor,
    "Dinov2": transformers.BitImageProcessor,
    "CLIP": transformers.CLIPImageProcessor,
    "Siglip": transformers.SiglipImageProcessor,
}
PREFIX = r"(vit|deit|dinov2|vision_model)\."  # of a task's or a whole model, before the network's
OTHER = (  # what the whole models hold besides
    r"(cls_|distillation_)?classifier\..+|text_model\..+|text_projection.+|logit_.+"
    r"|embeddings\.mask_token"
)


def reference(name: str) -> Reference:
    """Run one."""
    kind, settings = NETWORKS[name]
    maker = getattr(transformers, kind)
    with TemporaryDirectory() as place:
        folder = Path(place)
        maker(maker.config_class(**settings)).save_pretrained(folder)
        config = json.loads((folder / "config.json").read_text("utf-8"))
        tensors = regrow(folder / "model.safetensors")
        model, found = maker.from_pretrained(folder, output_loading_info=True)
    if any(found.values()):
        raise ValueError(f"{name} does not load: {found}")
    side = config.get("vision_config", config)["image_size"]
    given = {"seed": 0, "size": side if isinstance(side, list) else [side, side]}
    processor = next(which for word, which in PROCESSORS.items() if kind.startswith(word))
    pixels = (image(**given) / 255 - processor.image_mean) / processor.image_std
    with torch.no_grad():
        features, pooled = run(model.eval(), torch.tensor(pixels.transpose(0, 3, 1, 2)).float())
    outputs = {"features": features.numpy(), "pooled": pooled.numpy()}
    return Reference(config, given, tensors, outputs)


def regrow(file: Path) -> dict[str, tuple[int, ...]]:
    """Replace the weights in a file by grown ones; give names and shapes, as zooflow has them."""
    stored = load_file(file)
    shapes = {name: tuple(tensor.shape) for name, tensor in stored.items()}
    plain = {name: re.sub(f"^{PREFIX}", "", name) for name in stored}
    used = [name for name in stored if not re.fullmatch(OTHER, plain[name])]
    grown = {name: grow(plain[name], shapes[name]) for name in used}
    save_file({**stored, **grown}, file, metadata={"format": "pt"})
    return {plain[name]: shapes[name] for name in used}


def run(model: Any, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Give features and pooled features, as this class of models says them."""
    kind = type(model).__name__
    if kind in ("CLIPModel", "SiglipModel"):
        found = model.get_image_features(pixels)
        return found.last_hidden_state, found.pooler_output
    if kind.endswith(("ForImageClassification", "WithTeacher")):
        features = model.base_model(pixels).last_hidden_state
        count = 2 if kind.endswith("WithTeacher") else 1
        return features, features[:, :count].mean(1)
    noise = torch.arange((pixels.shape[-1] // 8) ** 2).float().repeat(len(pixels), 1)
    found = model(pixels, noise=noise) if kind == "ViTMAEModel" else model(pixels)
    features = found.last_hidden_state
    if hasattr(found, "image_embeds"):
        return features, found.image_embeds
    if getattr(found, "pooler_output", None) is not None:
        return features, found.pooler_output
    return features, features.mean(1) if kind.startswith("Siglip") else features[:, 0]
