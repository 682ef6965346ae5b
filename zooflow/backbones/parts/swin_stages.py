"""What both versions of Swin share: patches, stages that merge them, and windows."""

from collections.abc import Callable, Sequence
from typing import Any

from keras import KerasTensor, layers, ops

from ...errors import BadInput
from . import activation, conv, dense, layer_norm, registered
from .positions import check_size
from .relative import Pair
from .windows import Separate, Unwindow, WindowAttention, Windows


def patches(x: KerasTensor, patch_size: int, width: int, *, positions: bool = False) -> KerasTensor:
    """Project patches to tokens and normalise them.

    Args:
        x: normalised images, (batch, height, width, 3).
        patch_size: side of a patch in pixels.
        width: of a token.
        positions: add learned ones.

    Raises:
        BadInput: patches do not divide the images.
    """
    check_size(x.shape[1:3], patch_size, strict=True)
    proj = "patch_embed-proj"
    x = conv(x, width, patch_size, patch_size, bias=True, padding="valid", name=proj)
    x = layer_norm(x, epsilon=1e-5, name="patch_embed-norm")
    if positions:
        x = PlaceVectors(name="pos_embed")(x)
    return layers.Identity(name="patch_embed")(x)


@registered
class PlaceVectors(layers.Layer):
    """Add a learned vector to each place of an image."""

    tensors = {"positions": ""}  # noqa: RUF012 (read by convert: the tensor bears the layer's name)

    def build(self, shape: tuple[int, ...]) -> None:
        """Make the vectors."""
        _, height, width, channels = shape
        self.positions = self.add_weight(
            shape=(1, height * width, channels), initializer="zeros", name="positions"
        )

    def call(self, x: KerasTensor) -> KerasTensor:
        """Add them to x, (batch, height, width, channels)."""
        return x + ops.reshape(self.positions, (1, *x.shape[1:]))


@registered
class Merge(layers.Layer):
    """Stack every 2 x 2 pixels into one, with zeros where a row or a column is alone."""

    def call(self, x: KerasTensor) -> KerasTensor:
        """Stack x, (batch, height, width, channels): down, then to the right."""
        x = ops.pad(x, [(0, 0), (0, x.shape[1] % 2), (0, x.shape[2] % 2), (0, 0)])
        _, height, width, channels = x.shape
        x = ops.reshape(x, (-1, height // 2, 2, width // 2, 2, channels))
        x = ops.transpose(x, (0, 1, 3, 4, 2, 5))
        return ops.reshape(x, (-1, height // 2, width // 2, 4 * channels))


def per_stage(value: Any, stages: int, argument: str) -> tuple[Any, ...]:
    """Repeat a value for every stage, unless it is one for each.

    Raises:
        BadInput: there are values for another number of stages.
    """
    if not isinstance(value, Sequence):
        return (value,) * stages
    if len(value) != stages:
        raise BadInput(f"{argument} is {value!r}, which is not one for each of {stages} stages")
    return tuple(value)


def windows_of(window_size: Any, stages: int) -> tuple[Pair, ...]:
    """Give rows and columns of each stage's windows.

    Args:
        window_size: a side, or rows and columns, for all stages; or one of these for each.
        stages: how many.
    """
    if isinstance(window_size, Sequence) and len(window_size) == 2:
        alike = all(isinstance(side, int) for side in window_size)
        window_size = (window_size,) * stages if alike else window_size
    sides = per_stage(window_size, stages, "window_size")
    return tuple((side, side) if isinstance(side, int) else tuple(side) for side in sides)


def fit(size: Pair, window: Pair, *, shifted: bool, always: bool) -> tuple[Pair, Pair]:
    """Give the window and the shift of a block.

    Args:
        size: height and width of what comes in.
        window: rows and columns that are wanted.
        shifted: whether it is one of the blocks that shift.
        always: do so in small images too, instead of taking them whole.
    """
    shift = (window[0] // 2, window[1] // 2) if shifted else (0, 0)
    if always:
        return window, shift
    small = [side <= part for side, part in zip(size, window, strict=True)]
    window = (size[0] if small[0] else window[0], size[1] if small[1] else window[1])
    return window, (0 if small[0] else shift[0], 0 if small[1] else shift[1])


def attend(
    x: KerasTensor,
    window: Pair,
    shift: Pair,
    core: WindowAttention,
    project: Callable[[KerasTensor], Sequence[KerasTensor]],
    bias: Callable[[KerasTensor], KerasTensor] | None = None,
    *,
    fill_first: bool = False,
    name: str,
) -> KerasTensor:
    """Let the pixels of each window attend to each other.

    Args:
        x: (batch, height, width, channels).
        window: rows and columns.
        shift: how far images are rolled before they are cut.
        core: mixes values.
        project: gives queries, keys and values.
        bias: gives that of attention, for windows that shift; None for none.
        fill_first: fill up with zeros before rolling.
        name: that those of the layers begin with.
    """
    size, width = x.shape[1:3], x.shape[-1]
    y = Windows(window, shift=shift, fill_first=fill_first, name=f"{name}-windows")(x)
    weights = [bias(y)] if bias else []
    if any(shift):
        weights = [Separate(size, window, shift, name=f"{name}-separate")(*weights)]
    y = core(*project(y), *weights)
    y = dense(y, width, name=f"{name}-proj")
    back = Unwindow(size, window, shift=shift, fill_first=fill_first, name=f"{name}-images")
    return back(y)


def mlp(x: KerasTensor, ratio: float, function: str, *, name: str) -> KerasTensor:
    """Widen, activate, narrow."""
    y = dense(x, int(x.shape[-1] * ratio), name=f"{name}-fc1")
    return dense(activation(y, function, name=f"{name}-act"), x.shape[-1], name=f"{name}-fc2")
