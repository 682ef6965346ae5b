"""timm's ConvNeXts: their numbers, under timm's own argument names."""

from typing import Any

MODEL_TYPES = ("convnext", "convnextv2")  # of transformers

Numbers = dict[str, Any]


def _size(width: int, *depths: int) -> Numbers:
    return {"depths": depths, "dims": (width, 2 * width, 4 * width, 8 * width)}


ZEPTO = _size(32, 2, 2, 4, 2)
ATTO = _size(40, 2, 2, 6, 2)
FEMTO = _size(48, 2, 2, 6, 2)
PICO = _size(64, 2, 2, 6, 2)
NANO = _size(80, 2, 2, 8, 2)
TINY = _size(96, 3, 3, 9, 3)
SMALL = _size(96, 3, 3, 27, 3)
BASE = _size(128, 3, 3, 27, 3)
LARGE = _size(192, 3, 3, 27, 3)
XLARGE = _size(256, 3, 3, 27, 3)
HUGE = _size(352, 3, 3, 27, 3)
XXLARGE = _size(384, 3, 4, 30, 3)

CONV: Numbers = {"conv_mlp": True}
TIERED: Numbers = {"conv_mlp": True, "stem_type": "overlap_tiered"}
RMS: Numbers = {"conv_mlp": True, "norm_layer": "rmsnorm2d"}
SIMPLE: Numbers = {"conv_mlp": True, "norm_layer": "simplenorm"}
V2: Numbers = {"use_grn": True, "ls_init_value": None}
COARSE: Numbers = {"norm_eps": 1e-5}
TEST: Numbers = {**COARSE, "act_layer": "gelu_tanh"}
TEST_SIZE: Numbers = {"depths": (1, 1, 1, 1), "dims": (32, 64, 96, 128)}

VARIANTS: dict[str, Numbers] = {
    "convnext_zepto_rms": ZEPTO | SIMPLE,
    "convnext_zepto_rms_ols": ZEPTO | SIMPLE | {"stem_type": "overlap_act"},
    "convnext_atto": ATTO | CONV,
    "convnext_atto_ols": ATTO | TIERED,
    "convnext_atto_rms": ATTO | RMS,
    "convnext_femto": FEMTO | CONV,
    "convnext_femto_ols": FEMTO | TIERED,
    "convnext_pico": PICO | CONV,
    "convnext_pico_ols": PICO | TIERED,
    "convnext_nano": NANO | CONV,
    "convnext_nano_ols": NANO | CONV | {"stem_type": "overlap"},
    "convnext_tiny": TINY,
    "convnext_tiny_hnf": TINY | CONV | {"head_norm_first": True},
    "convnext_small": SMALL,
    "convnext_base": BASE,
    "convnext_large": LARGE,
    "convnext_large_mlp": LARGE | {"head_hidden_size": 1536},
    "convnext_xlarge": XLARGE,
    "convnext_xxlarge": XXLARGE | COARSE,
    "convnextv2_atto": ATTO | V2 | CONV,
    "convnextv2_femto": FEMTO | V2 | CONV,
    "convnextv2_pico": PICO | V2 | CONV,
    "convnextv2_nano": NANO | V2 | CONV,
    "convnextv2_tiny": TINY | V2,
    "convnextv2_small": SMALL | V2,
    "convnextv2_base": BASE | V2,
    "convnextv2_large": LARGE | V2,
    "convnextv2_huge": HUGE | V2,
    "test_convnext": TEST | {"depths": (1, 2, 4, 2), "dims": (24, 32, 48, 64)},
    "test_convnext2": TEST | TEST_SIZE,
    "test_convnext3": COARSE | TEST_SIZE | {"kernel_sizes": (7, 5, 5, 3), "act_layer": "silu"},
}
