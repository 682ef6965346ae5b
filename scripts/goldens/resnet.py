"""timm's ResNets."""

from .reference import Reference, run_timm, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = (
    "resnet18",
    "resnet50_gn",
    "resnet50d",
    "resnet10t",
    "resnetblur18",
    "resnetaa34d",
    "test_resnet",
    "ecaresnet26t",
    "seresnext26t_32x4d",
    "resnetrs50",
    "ecaresnetlight",
)


def names() -> list[str]:
    """List the architectures."""
    return list(timm_names("resnet"))


def reference(name: str) -> Reference:
    """Run one on images of an odd size on the way; where two roundings meet, of an even one."""
    return run_timm(name, size=(64, 96) if "aa" in name else (72, 88))
