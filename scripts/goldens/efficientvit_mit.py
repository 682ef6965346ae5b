"""timm's EfficientViTs of MIT."""

from .reference import Reference, run_timm, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = ("efficientvit_b0", "odd-efficientvit-l")


def names() -> list[str]:
    """List the architectures, and one of unusual arguments."""
    return [*timm_names("efficientvit_mit"), "odd-efficientvit-l"]


def reference(name: str) -> Reference:
    """Run one on images of an odd size on the way, the largest with fewer blocks."""
    if name == "odd-efficientvit-l":
        odd = {
            "widths": (8, 16, 24, 40, 48),
            "depths": (2, 1, 1, 1, 2),
            "head_dim": 8,
            "head_widths": (64, 72),
        }
        return run_timm("efficientvit_l1", arguments=odd)
    shallow = {"depths": (1, 1, 1, 2, 2)} if name == "efficientvit_l3" else {}
    return run_timm(name, arguments=shallow)
