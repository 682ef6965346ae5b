"""timm's ByobNets: their numbers, under timm's own argument names."""

from typing import Any

Numbers = dict[str, Any]
Stage = tuple[Numbers, ...]


def _stages(
    kind: str,
    depths: tuple[int, ...],
    channels: tuple[int, ...],
    *,
    stride: int = 1,
    groups: int = 0,
    ratio: float = 0.25,
) -> tuple[Stage, ...]:
    return tuple(
        ({"type": kind, "d": d, "c": c, "s": 2 if i else stride, "gs": groups, "br": ratio},)
        for i, (d, c) in enumerate(zip(depths, channels, strict=True))
    )


def _ger(depths: tuple[int, ...], channels: tuple[int, ...], stem: int, features: int) -> Numbers:
    wide = {"type": "bottle", "gs": 1, "br": 3.0}
    blocks = (
        *_stages("basic", depths[:2], channels[:2], stride=2, ratio=1.0),
        *_stages("bottle", depths[2:3], channels[2:3], stride=2),
        ({**wide, "d": depths[3], "c": channels[3], "s": 2},),
        ({**wide, "d": depths[4], "c": channels[4], "s": 1},),
    )
    return {"blocks": blocks, "stem_chs": stem, "stem_pool": "", "num_features": features}


def _rep(
    factors: tuple[float, ...],
    depths: tuple[int, ...] = (4, 6, 16, 1),
    *,
    stem: int = 64,
    groups: int = 0,
) -> Numbers:
    def stage(depth: int, width: float) -> Stage:  # every second block is grouped
        sizes = (int(width) // groups if groups and i % 2 else 0 for i in range(depth))
        return tuple({"type": "rep", "d": 1, "c": width, "gs": size} for size in sizes)

    widths = (64 * 2**i * factor for i, factor in enumerate(factors))
    blocks = tuple(map(stage, depths, widths))
    return {"blocks": blocks, "stem_type": "rep", "stem_chs": stem}


def _one(
    factors: tuple[float, ...],
    *,
    stem: int = 64,
    branches: int = 1,
    squeezed: tuple[int, ...] = (0, 0, 0, 0),
) -> Numbers:
    blocks: list[Stage] = []
    width = stem
    settings = {"num_conv_branches": branches}
    for i, (depth, factor) in enumerate(zip((2, 8, 10, 1), factors, strict=True)):
        stage: list[Numbers] = []
        for j in range(depth):
            attn = {"attn_layer": "se"} if j >= depth - squeezed[i] else {}
            one = {"type": "one", "d": 1, **attn}
            stage.append(one | {"c": width, "gs": 1, "block_kwargs": settings})
            width = 64 * 2**i * factor
            point = {"kernel_size": 1, **settings}
            stage.append(one | {"c": width, "gs": 0, "block_kwargs": point})
        blocks.append(tuple(stage))
    return {"blocks": tuple(blocks), "stem_type": "one", "stem_chs": stem}


def _clip(*depths: int, factor: float = 1.0) -> Numbers:
    return GAP | {
        "blocks": _stages("bottle", depths, WIDTHS),
        "width_factor": factor,
        "head_type": "attn_abs",
    }


def _z(
    depths: tuple[int, ...], channels: tuple[int, ...], group: int, ratio: float = 4.0
) -> Numbers:
    small = len(depths) == 4 and channels[0] == 48
    stem = {"stem_chs": 32} if small else {"stem_chs": 64, "stem_type": "tiered"}
    stride = 2 if small else 1
    stages = _stages("bottle", depths, channels, stride=stride, groups=group, ratio=ratio)
    return {
        "blocks": stages,
        **stem,
        "stem_pool": "",
        "downsample": "",
        "num_features": 4 * channels[-1] if channels[-1] > 400 else 1536 if small else 1792,
        "act_layer": "silu",
        "attn_layer": "se",
        "attn_kwargs": {"rd_ratio": 0.25},
        "block_kwargs": {"bottle_in": True, "linear_out": True},
    }


WIDTHS = (256, 512, 1024, 2048)
GAP: Numbers = {
    "stem_chs": (32, 32, 64),
    "stem_type": "",
    "stem_pool": "avg2",
    "downsample": "avg",
    "aa_layer": "avg",
}
TIERED: Numbers = {"stem_chs": 64, "stem_type": "tiered", "act_layer": "silu"}
Q: Numbers = {"stem_chs": 128, "stem_pool": "", "num_features": 2048, "act_layer": "silu"}
CLIPS: dict[str, Numbers] = {
    "resnet50": _clip(3, 4, 6, 3),
    "resnet50x4": _clip(4, 6, 10, 6, factor=1.25),
    "resnet50x16": _clip(6, 8, 18, 8, factor=1.5),
    "resnet50x64": _clip(3, 15, 36, 10, factor=2.0),
    "resnet101": _clip(3, 4, 23, 3),
}
X26 = TIERED | {"blocks": _stages("bottle", (2, 2, 2, 2), WIDTHS, groups=32)}
X50 = TIERED | {"blocks": _stages("bottle", (3, 4, 6, 3), WIDTHS, groups=32)}
R32 = TIERED | {
    "blocks": _stages("bottle", (2, 3, 3, 2), (256, 512, 1536, 1536)),
    "stem_pool": "",
}
R33 = R32 | {"num_features": 1280}
DEEP = _stages("bottle", (2, 4, 6), (256, 512, 1536), groups=32)
LAST: Stage = ({"type": "bottle", "d": 4, "c": 1536, "s": 2, "gs": 1, "br": 1.0},)
EDGE: Stage = ({"type": "edge", "d": 1, "c": 256, "s": 1, "gs": 0, "block_kwargs": {}},)
EVOS: Numbers = {"norm_layer": "evonorms0a-16"}
B16 = _z((2, 6, 12, 2), (48, 96, 192, 288), 16, 3.0)
C16 = _z((2, 6, 12, 2), (48, 96, 192, 288), 16)
D8 = _z((3, 6, 12, 3), (64, 128, 256, 384), 8)
SE: Numbers = {"attn_layer": "se"}
ECA: Numbers = {"attn_layer": "eca"}
GC: Numbers = {"attn_layer": "gca"}

VARIANTS: dict[str, Numbers] = {
    "bat_resnext26ts": X26 | {"attn_layer": "bat", "attn_kwargs": {"block_size": 8}},
    "eca_resnet33ts": R33 | ECA,
    "eca_resnext26ts": X26 | ECA,
    "gcresnet33ts": R33 | GC,
    "gcresnet50t": {
        "blocks": _stages("bottle", (3, 4, 6, 3), WIDTHS),
        "stem_chs": 64,
        "stem_type": "tiered",
        "stem_pool": "",
        **GC,
    },
    "gcresnext26ts": X26 | GC,
    "gcresnext50ts": X50 | GC,
    "gernet_l": _ger((1, 2, 6, 5, 4), (128, 192, 640, 640, 640), 32, 2560),
    "gernet_m": _ger((1, 2, 6, 4, 1), (128, 192, 640, 640, 640), 32, 2560),
    "gernet_s": _ger((1, 3, 7, 2, 1), (48, 48, 384, 560, 256), 13, 1920),
    "mobileone_s0": _one((0.75, 1.0, 1.0, 2.0), stem=48, branches=4),
    "mobileone_s1": _one((1.5, 1.5, 2.0, 2.5)),
    "mobileone_s2": _one((1.5, 2.0, 2.5, 4.0)),
    "mobileone_s3": _one((2.0, 2.5, 3.0, 4.0)),
    "mobileone_s4": _one((3.0, 3.5, 3.5, 4.0), squeezed=(0, 0, 5, 1)),
    "regnetz_b16": B16,
    "regnetz_b16_evos": B16 | EVOS,
    "regnetz_c16": C16,
    "regnetz_c16_evos": C16 | EVOS,
    "regnetz_d8": D8,
    "regnetz_d8_evos": D8 | EVOS | {"stem_type": "deep"},
    "regnetz_d32": _z((3, 6, 12, 3), (64, 128, 256, 384), 32),
    "regnetz_e8": _z((3, 8, 16, 3), (96, 192, 384, 512), 8),
    "repvgg_a0": _rep((0.75, 0.75, 0.75, 2.5), (2, 4, 14, 1), stem=48),
    "repvgg_a1": _rep((1.0, 1.0, 1.0, 2.5), (2, 4, 14, 1)),
    "repvgg_a2": _rep((1.5, 1.5, 1.5, 2.75), (2, 4, 14, 1)),
    "repvgg_b0": _rep((1.0, 1.0, 1.0, 2.5)),
    "repvgg_b1": _rep((2.0, 2.0, 2.0, 4.0)),
    "repvgg_b1g4": _rep((2.0, 2.0, 2.0, 4.0), groups=4),
    "repvgg_b2": _rep((2.5, 2.5, 2.5, 5.0)),
    "repvgg_b2g4": _rep((2.5, 2.5, 2.5, 5.0), groups=4),
    "repvgg_b3": _rep((3.0, 3.0, 3.0, 5.0)),
    "repvgg_b3g4": _rep((3.0, 3.0, 3.0, 5.0), groups=4),
    "repvgg_d2se": _rep((2.5, 2.5, 2.5, 5.0), (8, 14, 24, 1))
    | {"attn_layer": "se", "attn_kwargs": {"rd_ratio": 1 / 16, "rd_divisor": 1}},
    "resnet32ts": R32,
    "resnet33ts": R33,
    "resnet50_mlp": CLIPS["resnet50"] | {"head_type": "mlp", "head_hidden_size": 1024},
    "resnet51q": Q | {"blocks": (*DEEP, LAST), "stem_type": "quad2"},
    "resnet61q": Q
    | {
        "blocks": (EDGE, *DEEP[1:], LAST),
        "stem_type": "quad",
        "block_kwargs": {"extra_conv": True},
    },
    "resnext26ts": X26,
    "seresnet33ts": R33 | SE,
    "seresnext26ts": X26 | SE,
    "test_byobnet": {
        "blocks": (
            *_stages("edge", (1,), (32,), stride=2, ratio=0.5),
            *_stages("dark", (1,), (64,), stride=2, ratio=0.5),
            *_stages("basic", (1,), (128,), stride=2, groups=32),
            *_stages("bottle", (1,), (256,), stride=2, groups=64),
        ),
        "stem_chs": 24,
        "downsample": "avg",
        "stem_pool": "",
        "attn_layer": "se",
        "attn_kwargs": {"rd_ratio": 0.25},
    },
    **{f"{name}_clip": numbers for name, numbers in CLIPS.items()},
    **{
        f"{name}_clip_gap": numbers | {"head_type": "classifier"} for name, numbers in CLIPS.items()
    },
}
