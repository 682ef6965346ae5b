"""timm's HGNets: their numbers, under timm's own argument names."""

from typing import Any

Numbers = dict[str, Any]

V1: Numbers = {"stem_type": "v1"}
V2: Numbers = {"stem_type": "v2"}
LAB: Numbers = {"use_lab": True}


def _stages(depth: int, *stages: tuple[int, int, int], light: bool = False) -> Numbers:
    """Write out stages of blocks with as many convolutions; light blocks are the later half's."""
    return {
        "stages": tuple(
            (inner, out, blocks, light and i > 1, 5 if light and i > 1 else 3, depth)
            for i, (inner, out, blocks) in enumerate(stages)
        )
    }


def _v2(stem: tuple[int, int], depth: int, *stages: tuple[int, int, int]) -> Numbers:
    return V2 | {"stem_chs": stem} | _stages(depth, *stages, light=True)


VARIANTS: dict[str, Numbers] = {
    "hgnet_tiny": V1
    | {"stem_chs": (48, 48, 96)}
    | _stages(5, (96, 224, 1), (128, 448, 1), (160, 512, 2), (192, 768, 1)),
    "hgnet_small": V1
    | {"stem_chs": (64, 64, 128)}
    | _stages(6, (128, 256, 1), (160, 512, 1), (192, 768, 2), (224, 1024, 1)),
    "hgnet_base": V1
    | {"stem_chs": (96, 96, 160)}
    | _stages(7, (192, 320, 1), (224, 640, 2), (256, 960, 3), (288, 1280, 2)),
    "hgnetv2_b0": LAB | _v2((16, 16), 3, (16, 64, 1), (32, 256, 1), (64, 512, 2), (128, 1024, 1)),
    "hgnetv2_b1": LAB | _v2((24, 32), 3, (32, 64, 1), (48, 256, 1), (96, 512, 2), (192, 1024, 1)),
    "hgnetv2_b2": LAB | _v2((24, 32), 4, (32, 96, 1), (64, 384, 1), (128, 768, 3), (256, 1536, 1)),
    "hgnetv2_b3": LAB
    | _v2((24, 32), 5, (32, 128, 1), (64, 512, 1), (128, 1024, 3), (256, 2048, 1)),
    "hgnetv2_b4": _v2((32, 48), 6, (48, 128, 1), (96, 512, 1), (192, 1024, 3), (384, 2048, 1)),
    "hgnetv2_b5": _v2((32, 64), 6, (64, 128, 1), (128, 512, 2), (256, 1024, 5), (512, 2048, 2)),
    "hgnetv2_b6": _v2((48, 96), 6, (96, 192, 2), (192, 512, 3), (384, 1024, 6), (768, 2048, 3)),
}
