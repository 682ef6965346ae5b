"""The notation of EfficientNet's blocks, which timm and MnasNet write: ir_r2_k3_s2_e6_c24_se0.25.

Paper: Tan et al., MnasNet, 2018. arXiv:1807.11626
"""

import dataclasses
import math
import re
from dataclasses import dataclass

ACTIVATIONS = {"re": "relu", "r6": "relu6", "sw": "silu", "hs": "hard_swish", "mi": "mish"}
Kernel = int | tuple[int, ...]


@dataclass(frozen=True)
class Block:
    """What a notation says.

    Args:
        kind: "cn" a convolution, "ds" depthwise-separable, "dsa" that with an activation at the
            end, "ir" inverted residual, "er" with a full convolution instead, "uir" with depthwise
            ones around, "mqa" attention.
        kernel: side of the window; of several, each takes its share of the channels.
        stride: its step.
        channels: that come out, before scaling.
        expand: times the channels that come in are those within.
        se: part of the channels that squeeze-and-excitation is computed from.
        act: activation, where it is not the network's.
        skip: add the shortcut where the shape allows it.
        group_size: channels in a group of the convolution, where it is not the network's.
        force_in: channels that are taken for those that come in, before scaling; 0 for the real.
        s2d: 1 where height and width are first folded into channels, 2 while they are.
        start: window of the convolution before; 0 for none.
        end: window of the convolution after; 0 for none.
        experts: convolutions that each image blends; 0 for a plain one.
        heads: of attention.
        head_width: their channels.
        pace: stride of keys and values.
    """

    kind: str
    kernel: Kernel
    stride: int
    channels: int
    expand: float = 1.0
    se: float = 0.0
    act: str = ""
    skip: bool = True
    group_size: int = 0
    force_in: int = 0
    s2d: int = 0
    start: Kernel = 1
    end: Kernel = 1
    experts: int = 0
    heads: int = 0
    head_width: int = 0
    pace: int = 1


def decode(notation: str) -> tuple[Block, int]:
    """Read the notation of a block, and how often it is repeated."""
    kind, *options = notation.split("_")
    said: dict[str, str] = {}
    for option in options:
        key, value = re.fullmatch(r"([a-z]+?)(\d.*|re|r6|sw|hs|mi|)", option).groups()  # type: ignore
        said[key] = value
    attends = kind == "mqa"
    around = "0" if kind == "uir" else "1"
    block = Block(
        kind=kind,
        kernel=window(said["k"]),
        stride=int(said["s"]),
        channels=int(said["c"]),
        expand=float(said.get("e", 1)) if kind in ("ir", "er", "uir") else 1.0,
        se=float(said.get("se", 0)),
        act=ACTIVATIONS[said["n"]] if "n" in said else "",
        skip="skip" in said if kind == "cn" else kind != "dsa" and "noskip" not in said,
        group_size=int(said.get("gs", 0)),
        force_in=int(said.get("fc", 0)),
        s2d=0 if attends else int(said.get("d", 0)),
        start=window(said.get("a", around)),
        end=window(said.get("p", around)),
        experts=int(said.get("cc", 0)),
        heads=int(said.get("h", 0)),
        head_width=int(said.get("d", 0)) if attends else 0,
        pace=int(said.get("v", 1)),
    )
    return block, int(said["r"])


def window(said: str) -> Kernel:
    """Read the side of a window, or of several: "3", "3.5.7"."""
    first, *rest = (int(side) for side in said.split("."))
    return (first, *rest) if rest else first


def stages(
    arch: tuple[tuple[str, ...], ...],
    depth: float | tuple[float, ...] = 1.0,
    *,
    depth_trunc: str = "ceil",
    fix_first_last: bool = False,
    experts: int = 1,
) -> list[list[Block]]:
    """Lay out every block of a network.

    Args:
        arch: notations of the blocks of each stage.
        depth: scales the blocks of every stage, or of each.
        depth_trunc: "ceil" or "round" to whole blocks.
        fix_first_last: leave the depth of the first and the last stage.
        experts: multiplies those of every block.
    """
    last = len(arch) - 1
    factors = [depth] * len(arch) if isinstance(depth, float | int) else depth
    plan = []
    for i, (notations, factor) in enumerate(zip(arch, factors, strict=True)):
        decoded = [decode(notation) for notation in notations]
        fixed = fix_first_last and i in (0, last)
        counts = repeats([count for _, count in decoded], 1.0 if fixed else factor, depth_trunc)
        blocks = [
            dataclasses.replace(block, experts=experts * block.experts)
            for (block, _), count in zip(decoded, counts, strict=True)
            for _ in range(count)
        ]
        plan.append(blocks[:1] + [dataclasses.replace(block, stride=1) for block in blocks[1:]])
    return folded(plan)


def repeats(counts: list[int], factor: float, trunc: str) -> list[int]:
    """Scale how often the blocks of a stage are repeated, the later ones first."""
    total = sum(counts)
    scaled = max(1, round(total * factor)) if trunc == "round" else math.ceil(total * factor)
    result = []
    for count in reversed(counts):
        result.append(max(1, round(count / total * scaled)))
        total, scaled = total - count, scaled - result[-1]
    return result[::-1]


def folded(plan: list[list[Block]]) -> list[list[Block]]:
    """Follow the region in which height and width are folded into channels, to the next stride."""
    inside = False
    result = []
    for stage in plan:
        result.append([])
        for block in stage:
            if inside and block.stride == 2:
                inside = False
                block = dataclasses.replace(block, stride=1, expand=block.expand / 4, s2d=0)
            elif inside:
                block = dataclasses.replace(block, s2d=2)
            elif block.s2d:
                inside = True
                block = dataclasses.replace(block, s2d=1, se=block.se / 4)
            result[-1].append(block)
    return result
