"""timm's FastViTs."""

from .reference import Reference, run_timm, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = ("fastvit_t8", "fastvit_mci3", "odd-fastvit")
ODD = {  # few blocks: what they add grows, and attention would turn rounding into other answers
    "layers": (1, 1, 1, 1),
    "token_mixers": ("repmixer", "attention", "repmixer", "attention"),
    "repmixer_kernel_size": 5,
    "down_patch_size": 5,
    "stem_use_scale_branch": False,
    "cls_ratio": 1.0,
}


def names() -> list[str]:
    """List the architectures, and one of unusual arguments."""
    return [*timm_names("fastvit"), "odd-fastvit"]


def reference(name: str) -> Reference:
    """Run one on images of an odd size on the way, the largest with fewer blocks."""
    if name == "odd-fastvit":
        return run_timm("fastvit_t12", arguments=ODD)
    shallow = {"layers": (1, 1, 2, 1, 1)} if name in ("fastvit_mci3", "fastvit_mci4") else {}
    return run_timm(name, arguments=shallow)
