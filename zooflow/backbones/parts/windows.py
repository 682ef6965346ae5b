"""Windows: images cut into small squares within which pixels attend to each other."""

import math
from typing import Any

import numpy as np
from keras import KerasTensor, initializers, layers, ops

from . import registered

Pair = tuple[int, int]  # rows and columns


@registered
class Windows(layers.Layer):
    """Cut images into windows, in each of which the pixels stand in a row.

    Paper: Liu et al., Swin Transformer, 2021. arXiv:2103.14030

    Args:
        window: its height and width in pixels; zeros fill the images up at the bottom and right.
        shift: how far the images are rolled up and to the left before they are cut.
        grid: put pixels into a window that are as far apart as windows fit into the images.
        fill_first: fill up before rolling, not after.
    """

    def __init__(
        self,
        window: Pair,
        shift: Pair = (0, 0),
        grid: bool = False,
        fill_first: bool = False,
        **settings: Any,
    ):
        super().__init__(**settings)
        self.window: Pair = window[0], window[1]
        self.shift: Pair = shift[0], shift[1]
        self.grid = grid
        self.fill_first = fill_first

    def call(self, x: KerasTensor) -> KerasTensor:
        """Cut x, (batch, height, width, channels), to (batch, windows, pixels, channels)."""
        x = self._roll(self._fill(x)) if self.fill_first else self._fill(self._roll(x))
        cuts, order = _cuts(x.shape[1:3], self.window, self.grid)
        x = ops.transpose(ops.reshape(x, (-1, *cuts, x.shape[-1])), order)
        return ops.reshape(x, (-1, math.prod(x.shape[1:3]), math.prod(self.window), x.shape[-1]))

    def _fill(self, x: KerasTensor) -> KerasTensor:
        height, width = x.shape[1:3]
        rows, columns = filled((height, width), self.window)
        if (rows, columns) == (height, width):
            return x
        return ops.pad(x, [(0, 0), (0, rows - height), (0, columns - width), (0, 0)])

    def _roll(self, x: KerasTensor) -> KerasTensor:
        back = tuple(-side for side in self.shift)
        return ops.roll(x, back, axis=(1, 2)) if any(back) else x

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        names = ("window", "shift", "grid", "fill_first")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


@registered
class Unwindow(Windows):
    """Put windows together to images again: the inverse of `Windows`.

    Args:
        size: height and width of the images in pixels.
        settings: those of `Windows`.
    """

    def __init__(self, size: Pair, window: Pair, **settings: Any):
        super().__init__(window, **settings)
        self.size: Pair = size[0], size[1]

    def call(self, x: KerasTensor) -> KerasTensor:
        """Put x, (batch, windows, pixels, channels), together to (batch, *size, channels)."""
        whole = filled(self.size, self.window)
        cuts, order = _cuts(whole, self.window, self.grid)
        x = ops.reshape(x, (-1, *(cuts[axis - 1] for axis in order[1:-1]), x.shape[-1]))
        x = ops.reshape(
            ops.transpose(x, tuple(np.argsort(order).tolist())), (-1, *whole, x.shape[-1])
        )
        if self.fill_first:
            return self._crop(self._unroll(x))
        return self._unroll(self._crop(x))

    def _crop(self, x: KerasTensor) -> KerasTensor:
        return x[:, : self.size[0], : self.size[1]]

    def _unroll(self, x: KerasTensor) -> KerasTensor:
        return ops.roll(x, self.shift, axis=(1, 2)) if any(self.shift) else x

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "size": self.size}


def filled(size: Pair, window: Pair) -> Pair:
    """Round a size up to whole windows."""
    rows, columns = (-(-side // part) * part for side, part in zip(size, window, strict=True))
    return rows, columns


def _cuts(size: Pair, window: Pair, grid: bool) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Give how height and width fall into parts, and the order: windows, then their pixels."""
    rows, columns = (side // part for side, part in zip(size, window, strict=True))
    if grid:
        return (window[0], rows, window[1], columns), (0, 2, 4, 1, 3, 5)
    return (rows, window[0], columns, window[1]), (0, 1, 3, 2, 4, 5)


@registered
class Separate(layers.Layer):
    """Keep pixels apart that only rolling has brought into one window.

    Args:
        size: height and width of the images in pixels.
        window: its height and width.
        shift: how far the images were rolled.
    """

    def __init__(self, size: Pair, window: Pair, shift: Pair, **settings: Any):
        super().__init__(**settings)
        self.size, self.window, self.shift = size, window, shift
        sides = zip(filled(size, window), window, shift, strict=True)
        rows, columns = (_regions(*side) for side in sides)
        cuts, order = _cuts((len(rows), len(columns)), self.window, grid=False)
        regions = (3 * rows[:, None] + columns).reshape(1, *cuts, 1).transpose(order)
        self.regions = regions.reshape(-1, math.prod(window))

    def call(self, bias: KerasTensor) -> KerasTensor:
        """Add a bar to the bias of attention.

        Args:
            bias: (heads, pixels, pixels).

        Returns:
            (windows, heads, pixels, pixels).
        """
        regions = ops.convert_to_tensor(self.regions)
        apart = ops.not_equal(regions[:, None, :, None], regions[:, None, None, :])
        return bias - 100 * ops.cast(apart, bias.dtype)

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        own = {"size": self.size, "window": self.window, "shift": self.shift}
        return {**super().get_config(), **own}


def _regions(side: int, window: int, shift: int) -> np.ndarray:
    """Number the stretches of a rolled side that were apart before, 0 to 2."""
    places = np.arange(side)
    if not shift:
        return 0 * places
    return (places >= side - window).astype(int) + (places >= side - shift)


@registered
class WindowAttention(layers.Layer):
    """Mix values by the likeness of queries and keys, in heads, in each window by itself.

    Args:
        heads: parts of the width that attend on their own.
    """

    def __init__(self, heads: int, **settings: Any):
        super().__init__(**settings)
        self.heads = heads

    def call(
        self, q: KerasTensor, k: KerasTensor, v: KerasTensor, bias: KerasTensor | None = None
    ) -> KerasTensor:
        """Attend.

        Args:
            q: queries, (batch, windows, pixels, width).
            k: keys, likewise.
            v: values, likewise.
            bias: added to the likeness, (heads, pixels, pixels), with windows before the heads
                where they differ.
        """
        q, k, v = (self._split(x) for x in (q, k, v))
        likeness = ops.cast(self.likeness(q, k), "float32")
        if bias is not None:
            likeness = likeness + ops.cast(bias, "float32")
        y = ops.matmul(ops.cast(ops.softmax(likeness), v.dtype), v)
        y = ops.transpose(y, (0, 1, 3, 2, 4))
        return ops.reshape(y, (-1, *y.shape[1:3], y.shape[3] * y.shape[4]))

    def _split(self, x: KerasTensor) -> KerasTensor:
        x = ops.reshape(x, (-1, *x.shape[1:3], self.heads, x.shape[-1] // self.heads))
        return ops.transpose(x, (0, 1, 3, 2, 4))

    def likeness(self, q: KerasTensor, k: KerasTensor) -> KerasTensor:
        """Compare q and k, (batch, windows, heads, pixels, width / heads)."""
        return ops.matmul(q * q.shape[-1] ** -0.5, ops.swapaxes(k, -2, -1))

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "heads": self.heads}


@registered
class CosineAttention(WindowAttention):
    """Compare queries and keys by their directions alone, as sharply as each head has learned.

    Paper: Liu et al., Swin Transformer V2, 2021. arXiv:2111.09883
    """

    tensors = {"logit_scale": "logit_scale"}  # noqa: RUF012 (read by convert)

    def build(self, *shapes: Any) -> None:
        """Make the sharpness of each head."""
        ten = initializers.Constant(math.log(10))
        self.logit_scale = self.add_weight(
            shape=(self.heads, 1, 1), initializer=ten, name="logit_scale"
        )

    def likeness(self, q: KerasTensor, k: KerasTensor) -> KerasTensor:
        """Compare q and k, (batch, windows, heads, pixels, width / heads)."""
        q, k = (ops.normalize(x, axis=-1, epsilon=1e-12) for x in (q, k))
        sharpness = ops.exp(ops.minimum(self.logit_scale, math.log(100)))
        return ops.matmul(q * sharpness, ops.swapaxes(k, -2, -1))
