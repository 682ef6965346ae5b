"""Grown weights: each tensor drawn from a generator seeded by its own name.

So a golden need not store weights: the references and zooflow grow the same ones.
"""

import hashlib
import math
import re

import numpy as np


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
        return (draw.uniform(1, 1.4, shape) / (1 + int(depth[1]) if depth else 1) ** 0.5).astype(
            "float32"
        )
    if len(shape) < 2:
        return draw.normal(0, 0.1, shape).astype("float32")
    spread = 1.2 / math.sqrt(math.prod(shape[1:]))
    return (draw.standard_normal(shape, "float32") * np.float32(spread)).astype("float32")


def image(seed: int, size: tuple[int, int], batch: int = 2) -> np.ndarray:
    """Draw smooth images valued 0 to 255, (batch, height, width, 3)."""
    draw = np.random.default_rng(seed)
    coarse = draw.uniform(0, 255, (batch, 8, 8, 3))
    rows, columns = (np.linspace(0, 7, side).round().astype(int) for side in size)
    noise = draw.normal(0, 10, (batch, *size, 3))
    return np.clip(coarse[:, rows][:, :, columns] + noise, 0, 255).astype("float32")


def tokens(seed: int, vocabulary: int, length: int, batch: int = 2) -> dict[str, np.ndarray]:
    """Draw token ids of two segments, the later texts shorter, padded with 0."""
    draw = np.random.default_rng(seed)
    mask = np.arange(length) < length - 3 * np.arange(batch)[:, None]
    segments = np.broadcast_to(np.arange(length) >= length // 2, mask.shape) & mask
    ids = draw.integers(5, vocabulary, (batch, length)) * mask
    named = {"input_ids": ids, "attention_mask": mask, "token_type_ids": segments}
    return {name: array.astype("int32") for name, array in named.items()}


def sample(array: np.ndarray, count: int) -> np.ndarray:
    """Take values from seeded places of an array, always the same ones for a size."""
    return array.ravel()[np.random.default_rng(0).integers(0, array.size, count)]
