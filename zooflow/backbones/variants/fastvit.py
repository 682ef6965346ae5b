"""timm's FastViTs: their numbers, under timm's own argument names."""

from typing import Any

Numbers = dict[str, Any]

SA: Numbers = {"pos_embs": (None, None, None, 7)}
MCI: Numbers = {"se_downsamples": (False, False, True, True), "lkc_use_act": True}
MCI2: Numbers = {
    "downsamples": (False, True, True, True, True),
    "se_downsamples": (False,) * 5,
    "pos_embs": (None, None, None, 7, 7),
    "lkc_use_act": True,
    "norm_layer": "layernorm",
    "stem_use_scale_branch": False,
}


def _sizes(width: int, ratio: int, *layers: int, attention: int = 0) -> Numbers:
    count = len(layers)
    return {
        "layers": layers,
        "embed_dims": tuple(width * 2**i for i in range(count)),
        "mlp_ratios": (ratio,) * count,
        "token_mixers": ("repmixer",) * (count - attention) + ("attention",) * attention,
    }


VARIANTS: dict[str, Numbers] = {
    "fastvit_t8": _sizes(48, 3, 2, 2, 4, 2),
    "fastvit_t12": _sizes(64, 3, 2, 2, 6, 2),
    "fastvit_s12": _sizes(64, 4, 2, 2, 6, 2),
    "fastvit_sa12": _sizes(64, 4, 2, 2, 6, 2, attention=1) | SA,
    "fastvit_sa24": _sizes(64, 4, 4, 4, 12, 4, attention=1) | SA,
    "fastvit_sa36": _sizes(64, 4, 6, 6, 18, 6, attention=1) | SA,
    "fastvit_ma36": _sizes(76, 4, 6, 6, 18, 6, attention=1) | SA,
    "fastvit_mci0": _sizes(64, 3, 2, 6, 10, 2, attention=1) | SA | MCI,
    "fastvit_mci1": _sizes(64, 3, 4, 12, 20, 4, attention=1) | SA | MCI,
    "fastvit_mci2": _sizes(80, 3, 4, 12, 24, 4, attention=1) | SA | MCI,
    "fastvit_mci3": _sizes(96, 4, 2, 12, 24, 4, 2, attention=2) | MCI2,
    "fastvit_mci4": _sizes(128, 4, 2, 12, 24, 4, 4, attention=2) | MCI2,
}
