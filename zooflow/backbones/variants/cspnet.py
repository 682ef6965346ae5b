"""timm's CSPNets and DarkNets: their numbers, as the fields of timm's configurations."""

from typing import Any

Numbers = dict[str, Any]

ONE: Numbers = {"out_chs": (32,), "stride": 1}
MAX: Numbers = {"out_chs": (64,), "kernel_size": 7, "stride": 4, "pool": "max"}
MAX_D: Numbers = {"out_chs": (32, 32, 64), "stride": 4, "pool": "max"}
DOUBLING = (64, 128, 256, 512, 1024)
DARK: Numbers = {"bottle_ratio": 0.5, "stage_type": "dark", "block_type": "dark"}
SE: Numbers = {"attn_layer": "se"}
SE4: Numbers = SE | {"attn_kwargs": {"rd_ratio": 0.25}}
EDGE: Numbers = {"block_type": "edge", "bottle_ratio": 1.5}


def _resnet(stem: Numbers, width: int, **stages: Any) -> Numbers:
    """Four stages after a maximum pooling."""
    sizes = {"depth": (3, 3, 5, 2), "out_chs": tuple(width * 2**i for i in range(4))}
    return {"stem": stem, "stages": sizes | {"stride": (1, 2), "cross_linear": True} | stages}


def _dark(*depth: int, **stages: Any) -> Numbers:
    """Five stages, the first at half the height and width."""
    return {"stem": ONE, "stages": {"depth": depth, "out_chs": DOUBLING} | DARK | stages}


def _cs3(
    width: float = 1.0, depth: float = 1.0, *, focus: bool = False, stages: Numbers | None = None
) -> Numbers:
    """Four stages after a stem of two convolutions, or of a large one."""
    chosen = {
        "depth": tuple(int(blocks * depth) for blocks in (3, 6, 9, 3)),
        "out_chs": tuple(int(channels * width) for channels in (128, 256, 512, 1024)),
        "block_ratio": 0.5,
        "stage_type": "cs3",
        "block_type": "dark",
    }
    small = {"out_chs": (int(32 * width), int(64 * width))}
    large = {"out_chs": (int(64 * width),), "kernel_size": 6}
    stem = large if focus else small
    return {"stem": stem, "stages": chosen | (stages or {}), "act_layer": "silu"}


VARIANTS: dict[str, Numbers] = {
    "cs3darknet_focus_l": _cs3(focus=True),
    "cs3darknet_focus_m": _cs3(0.75, 0.67, focus=True),
    "cs3darknet_focus_s": _cs3(0.5, 0.5, focus=True),
    "cs3darknet_focus_x": _cs3(1.25, 1.33, focus=True),
    "cs3darknet_l": _cs3(),
    "cs3darknet_m": _cs3(0.75, 0.67),
    "cs3darknet_s": _cs3(0.5, 0.5),
    "cs3darknet_x": _cs3(1.25, 1.33),
    "cs3edgenet_x": _cs3(1.25, 1.33, stages=EDGE),
    "cs3se_edgenet_x": _cs3(1.25, 1.33, stages=EDGE | SE4),
    "cs3sedarknet_l": _cs3(stages=SE4),
    "cs3sedarknet_x": _cs3(1.25, 1.33, stages=SE),
    "cs3sedarknet_xdw": {
        "stem": {"out_chs": (32, 64)},
        "stages": {
            "depth": (3, 6, 12, 4),
            "out_chs": (256, 512, 1024, 2048),
            "groups": (1, 1, 256, 512),
            "bottle_ratio": 0.5,
            "block_ratio": 0.5,
            **SE,
        },
        "act_layer": "silu",
    },
    "cspdarknet53": _dark(
        1,
        2,
        8,
        8,
        4,
        stage_type="csp",
        expand_ratio=(2.0, 1.0),
        bottle_ratio=(0.5, 1.0),
        block_ratio=(1.0, 0.5),
        down_growth=True,
    ),
    "cspresnet50": _resnet(MAX, 128, expand_ratio=2.0, bottle_ratio=0.5),
    "cspresnet50d": _resnet(MAX_D, 128, expand_ratio=2.0, bottle_ratio=0.5),
    "cspresnet50w": _resnet(MAX_D, 256, bottle_ratio=0.25, block_ratio=0.5),
    "cspresnext50": _resnet(MAX, 256, groups=32, block_ratio=0.5),
    "darknet17": _dark(1, 1, 1, 1, 1),
    "darknet21": _dark(1, 1, 1, 2, 2),
    "darknet53": _dark(1, 2, 8, 8, 4),
    "darknetaa53": _dark(1, 2, 8, 8, 4, avg_down=True),
    "sedarknet21": _dark(1, 1, 1, 2, 2, attn_layer="se"),
}
