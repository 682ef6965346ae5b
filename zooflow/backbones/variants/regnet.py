"""timm's RegNets: their numbers, under timm's own argument names."""

from typing import Any

Numbers = dict[str, Any]

SE: Numbers = {"se_ratio": 0.25}
TV: Numbers = {"group_min_ratio": 0.9}  # torchvision rounds widths otherwise
V: Numbers = {"preact": True, "act_layer": "silu"}
Z: Numbers = SE | {
    "bottle_ratio": 4.0,
    "downsample": None,
    "linear_out": True,
    "act_layer": "silu",
}


def _line(depth: int, w0: int, wa: float, wm: float, group_size: int) -> Numbers:
    return {"depth": depth, "w0": w0, "wa": wa, "wm": wm, "group_size": group_size}


X004 = _line(22, 24, 24.48, 2.54, 16)
Y008 = _line(14, 56, 38.84, 2.4, 16) | SE
Y040 = _line(22, 96, 31.41, 2.24, 64) | SE
Y064 = _line(25, 112, 33.22, 2.27, 72) | SE
Y080 = _line(17, 192, 76.82, 2.19, 56) | SE
Z040 = _line(28, 48, 14.5, 2.226, 8) | Z

VARIANTS: dict[str, Numbers] = {
    "regnetv_040": Y040 | V,
    "regnetv_064": Y064 | V | {"downsample": "avg"},
    "regnetx_002": _line(13, 24, 36.44, 2.49, 8),
    "regnetx_004": X004,
    "regnetx_004_tv": X004 | TV,
    "regnetx_006": _line(16, 48, 36.97, 2.24, 24),
    "regnetx_008": _line(16, 56, 35.73, 2.28, 16),
    "regnetx_016": _line(18, 80, 34.01, 2.25, 24),
    "regnetx_032": _line(25, 88, 26.31, 2.25, 48),
    "regnetx_040": _line(23, 96, 38.65, 2.43, 40),
    "regnetx_064": _line(17, 184, 60.83, 2.07, 56),
    "regnetx_080": _line(23, 80, 49.56, 2.88, 120),
    "regnetx_120": _line(19, 168, 73.36, 2.37, 112),
    "regnetx_160": _line(22, 216, 55.59, 2.1, 128),
    "regnetx_320": _line(23, 320, 69.86, 2.0, 168),
    "regnety_002": _line(13, 24, 36.44, 2.49, 8) | SE,
    "regnety_004": _line(16, 48, 27.89, 2.09, 8) | SE,
    "regnety_006": _line(15, 48, 32.54, 2.32, 16) | SE,
    "regnety_008": Y008,
    "regnety_008_tv": Y008 | TV,
    "regnety_016": _line(27, 48, 20.71, 2.65, 24) | SE,
    "regnety_032": _line(21, 80, 42.63, 2.66, 24) | SE,
    "regnety_040": Y040,
    "regnety_040_sgn": Y040 | {"act_layer": "silu", "norm_layer": "groupnorm16"},
    "regnety_064": Y064,
    "regnety_080": Y080,
    "regnety_080_tv": Y080 | TV,
    "regnety_120": _line(19, 168, 73.36, 2.37, 112) | SE,
    "regnety_160": _line(18, 200, 106.23, 2.48, 112) | SE,
    "regnety_320": _line(20, 232, 115.89, 2.53, 232) | SE,
    "regnety_640": _line(20, 352, 147.48, 2.4, 328) | SE,
    "regnety_1280": _line(27, 456, 160.83, 2.52, 264) | SE,
    "regnety_2560": _line(27, 640, 230.83, 2.53, 373) | SE,
    "regnetz_005": _line(21, 16, 10.7, 2.51, 4) | Z | {"num_features": 1024},
    "regnetz_040": Z040,
    "regnetz_040_h": Z040 | {"num_features": 1536},
}
