"""Grown weights: each tensor drawn from a generator seeded by its own name.

So a golden need not store weights: the references and zooflow grow the same ones.
"""

import hashlib
import math
import re

import numpy as np

DAMPED = {  # scales that are made smaller, or errors would grow with depth: pattern to factor
    r"s\d\.b\d+\..+": 0.6,  # RegNet
    r"stages\.\d+\.\d+\.conv_(kxk\.\d|scale).+": 0.4,  # MobileOne
    r"stages\.\d+\.\d+\.(conv|identity).*": 0.6,  # ByobNet
    r".*\.norm\d_post\.weight": 0.4,  # FocalNet
    # FastViT, whose early blocks would drown the last ones
    r".+\.(large_conv|small_conv|token_mixer\.(mixer|norm)|mlp\.conv)\..*bn\.weight": 0.3,
    r"patch_embed\.backbone\.stages\..+\.norm3\.weight": 0.5,  # hybrid ViTs
}


def grow(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Grow the tensor of a name.

    Its size keeps activations within float32 in deep networks and different between inputs, so
    that what the last layer says depends on every layer.

    Args:
        name: of the checkpoint tensor.
        shape: PyTorch's.

    Returns:
        float32 of that shape; int64 zeros for counters and positions.
    """
    if name.endswith(("num_batches_tracked", "position_ids")):
        return np.zeros(shape, "int64")
    draw = np.random.default_rng(int(hashlib.sha256(name.encode()).hexdigest()[:16], 16))
    if name.endswith("running_var"):
        return draw.uniform(0.5, 1.5, shape).astype("float32")
    if len(shape) == 1 and name.endswith(("weight", "gamma")):
        depth = re.search(r"\.(\d+)\.bn\d\.", name)  # residual sums would grow without bound
        factor = next((f for pattern, f in DAMPED.items() if re.fullmatch(pattern, name)), 1.0)
        scales = draw.uniform(1, 1.4, shape) / (1 + int(depth[1]) if depth else 1) ** 0.5
        return (scales * factor).astype("float32")
    if re.search(r"(_scale\d|\.act\d?)\.scale$", name):  # MetaFormer, which multiplies in a row
        return draw.uniform(0.8, 1.2, shape).astype("float32")
    if name.endswith(".lab.scale"):  # hgnet's, which follow each other without a norm to amplify
        return draw.uniform(0.8, 1.6, shape).astype("float32")
    if name.endswith("gain"):  # NFNet, whose gains stand in for norms
        return np.asarray(draw.uniform(0.5, 1, shape), "float32")
    if len(shape) < 2:
        return draw.normal(0, 0.1, shape).astype("float32")
    spread = 1.2 / math.sqrt(math.prod(shape[1:]))
    if re.fullmatch(r"stages\.\d+\.blocks\.\d+\.attn\.fc\d\.weight", name):
        spread /= 20  # CSPNet, whose gates would turn rounding errors into others
    if re.fullmatch(r".+\.layer_scale(_\d)?\.gamma", name):  # FastViT, whose blocks add up
        spread *= 0.2
    if name.endswith(".modulation.proj.weight"):  # FocalNet, whose products let errors grow
        spread *= 0.3
    return (draw.standard_normal(shape, "float32") * np.float32(spread)).astype("float32")


def image(seed: int, size: tuple[int, int], batch: int = 2) -> np.ndarray:
    """Draw smooth images valued 0 to 255, (batch, height, width, 3)."""
    draw = np.random.default_rng(seed)
    coarse = draw.uniform(0, 255, (batch, 8, 8, 3))
    rows, columns = (np.linspace(0, 7, side).round().astype(int) for side in size)
    noise = draw.normal(0, 10, (batch, *size, 3))
    return np.clip(coarse[:, rows][:, :, columns] + noise, 0, 255).astype("float32")


def tokens(
    seed: int, vocabulary: int, length: int, batch: int = 2, padding: int = 0
) -> dict[str, np.ndarray]:
    """Draw token ids of two segments, the later texts shorter and padded."""
    draw = np.random.default_rng(seed)
    mask = np.arange(length) < length - 3 * np.arange(batch)[:, None]
    segments = np.broadcast_to(np.arange(length) >= length // 2, mask.shape) & mask
    ids = np.where(mask, draw.integers(5, vocabulary, (batch, length)), padding)
    named = {"input_ids": ids, "attention_mask": mask, "token_type_ids": segments}
    return {name: array.astype("int32") for name, array in named.items()}


def sample(array: np.ndarray, count: int) -> np.ndarray:
    """Take values from seeded places of an array, always the same ones for a size."""
    return array.ravel()[np.random.default_rng(0).integers(0, array.size, count)]
