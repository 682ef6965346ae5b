"""The notation of EfficientNet's blocks, which timm and MnasNet write: ir_r2_k3_s2_e6_c24_se0.25.

Paper: Tan et al., MnasNet, 2018. arXiv:1807.11626
"""

import dataclasses
import math
import re
from dataclasses import dataclass

ACTIVATIONS = {"re": "relu", "r6": "relu6", "sw": "silu"}


@dataclass(frozen=True)
class Block:
    """What a notation says.

    Args:
        kind: "cn" a convolution, "ds" depthwise-separable, "dsa" that with an activation at the
            end, "ir" inverted residual, "er" with a full convolution instead.
        kernel: side of the window.
        stride: its step.
        channels: that come out, before scaling.
        expand: times the channels that come in are those within.
        se: part of the channels within that squeeze-and-excitation is computed from.
        act: activation, where it is not the network's.
        skip: add the shortcut where the shape allows it.
        group_size: channels in a group of the convolution, where it is not the network's.
        force_in: channels that are taken for those that come in, before scaling; 0 for the real.
        s2d: 1 where height and width are first folded into channels, 2 while they are.
    """

    kind: str
    kernel: int
    stride: int
    channels: int
    expand: float = 1.0
    se: float = 0.0
    act: str = ""
    skip: bool = True
    group_size: int = 0
    force_in: int = 0
    s2d: int = 0


def decode(notation: str) -> tuple[Block, int]:
    """Read the notation of a block, and how often it is repeated."""
    kind, *options = notation.split("_")
    said: dict[str, str] = {}
    for option in options:
        key, value = re.fullmatch(r"([a-z]+?)(\d.*|re|r6|sw|)", option).groups()  # type: ignore
        said[key] = value
    expand = float(said.get("e", 1)) if kind in ("ir", "er") else 1.0
    block = Block(
        kind=kind,
        kernel=int(said["k"]),
        stride=int(said["s"]),
        channels=int(said["c"]),
        expand=expand,
        se=float(said.get("se", 0)) / expand,
        act=ACTIVATIONS[said["n"]] if "n" in said else "",
        skip="skip" in said if kind == "cn" else kind != "dsa" and "noskip" not in said,
        group_size=int(said.get("gs", 0)),
        force_in=int(said.get("fc", 0)),
        s2d=int(said.get("d", 0)),
    )
    return block, int(said["r"])


def stages(
    arch: tuple[tuple[str, ...], ...],
    depth: float | tuple[float, ...] = 1.0,
    *,
    depth_trunc: str = "ceil",
    fix_first_last: bool = False,
) -> list[list[Block]]:
    """Lay out every block of a network.

    Args:
        arch: notations of the blocks of each stage.
        depth: scales the blocks of every stage, or of each.
        depth_trunc: "ceil" or "round" to whole blocks.
        fix_first_last: leave the depth of the first and the last stage.
    """
    last = len(arch) - 1
    factors = [depth] * len(arch) if isinstance(depth, float | int) else depth
    plan = []
    for i, (notations, factor) in enumerate(zip(arch, factors, strict=True)):
        decoded = [decode(notation) for notation in notations]
        fixed = fix_first_last and i in (0, last)
        counts = repeats([count for _, count in decoded], 1.0 if fixed else factor, depth_trunc)
        blocks = [b for (b, _), count in zip(decoded, counts, strict=True) for _ in range(count)]
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
                expand, se = block.expand / 4, block.se * 4
                block = dataclasses.replace(block, stride=1, expand=expand, se=se, s2d=0)
            elif inside:
                block = dataclasses.replace(block, s2d=2)
            elif block.s2d:
                inside = True
                block = dataclasses.replace(block, s2d=1, se=block.se / 4)
            result[-1].append(block)
    return result
