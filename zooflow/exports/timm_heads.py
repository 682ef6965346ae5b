"""How timm's networks classify, where that is not one dense layer of the family's name.

Each function gives the classifier's tensors, and timm's arguments that go with them.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

Tensors = dict[str, np.ndarray]
Spelled = tuple[Tensors, dict[str, Any]]
Head = Callable[[np.ndarray, np.ndarray, dict[str, Any]], Spelled]


def vit(weight: np.ndarray, bias: np.ndarray, settings: dict[str, Any]) -> Spelled:
    """Answer twice where a token was distilled; timm takes the mean of both answers."""
    names = ("head", "head_dist") if settings["distilled"] else ("head",)
    tensors = {f"{name}.weight": weight for name in names}
    return tensors | {f"{name}.bias": bias for name in names}, {}


def resnetv2(weight: np.ndarray, bias: np.ndarray, settings: dict[str, Any]) -> Spelled:
    """Convolve instead."""
    return {"head.fc.weight": weight[:, :, None, None], "head.fc.bias": bias}, {}


def byobnet(weight: np.ndarray, bias: np.ndarray, settings: dict[str, Any]) -> Spelled:
    """Project what attention pools, where it pools."""
    name = "head.proj" if settings["head_type"] == "attn_abs" else "head.fc"
    return {f"{name}.weight": weight, f"{name}.bias": bias}, {}


def metaformer(weight: np.ndarray, bias: np.ndarray, settings: dict[str, Any]) -> Spelled:
    """Leave out the layers that some have before the last one."""
    plain = {"use_mlp_head": False} if settings["use_mlp_head"] else {}
    return {"head.fc.weight": weight, "head.fc.bias": bias}, plain


def repvit(weight: np.ndarray, bias: np.ndarray, settings: dict[str, Any]) -> Spelled:
    """Answer twice, each behind a normalisation that changes nothing."""
    one, zero = np.ones(weight.shape[1], "float32"), np.zeros(weight.shape[1], "float32")
    epsilon = np.float32(1e-5)  # PyTorch's, added to the variance
    parts = {
        "bn.weight": one,
        "bn.bias": zero,
        "bn.running_mean": zero,
        "bn.running_var": one - epsilon,
        "l.weight": weight,
        "l.bias": bias,
    }
    return {
        f"head.{name}.{part}": tensor
        for name in ("head", "head_dist")
        for part, tensor in parts.items()
    }, {}


TIMM_HEADS: dict[str, Head] = {  # by family
    "vit": vit,
    "resnetv2": resnetv2,
    "byobnet": byobnet,
    "metaformer": metaformer,
    "repvit": repvit,
}
