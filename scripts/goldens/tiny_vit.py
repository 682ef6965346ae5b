"""timm's TinyViTs."""

from .reference import Reference, run_timm, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = ("tiny_vit_5m_224", "odd-tiny-vit")


def names() -> list[str]:
    """List the architectures, and one of unusual arguments."""
    return [*timm_names("tiny_vit"), "odd-tiny-vit"]


def reference(name: str) -> Reference:
    """Run one on images that windows do not divide."""
    if name == "odd-tiny-vit":
        odd = {
            "depths": (1, 1, 2, 1),
            "window_sizes": (7, 4, 5, 3),
            "mlp_ratio": 2.0,
            "mbconv_expand_ratio": 3.0,
            "local_conv_size": 5,
        }
        return run_timm("tiny_vit_5m_224", size=(72, 120), arguments=odd)
    return run_timm(name, size=(72, 120))
