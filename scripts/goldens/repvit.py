"""timm's RepViTs."""

from .reference import Reference, run_timm, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = ("repvit_m0_9", "repvit_m1", "odd-repvit")


def names() -> list[str]:
    """List the architectures, and one of unusual arguments."""
    return [*timm_names("repvit"), "odd-repvit"]


def reference(name: str) -> Reference:
    """Run one on images of an odd size on the way."""
    if name == "odd-repvit":
        odd = {"depth": (1, 2, 3), "embed_dim": (32, 40, 72), "kernel_size": 5, "mlp_ratio": 3}
        return run_timm("repvit_m0_9", arguments=odd)
    return run_timm(name)
