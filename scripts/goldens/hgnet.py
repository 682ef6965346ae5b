"""timm's HGNets."""

from .reference import Reference, run_timm, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = ("hgnet_tiny", "hgnetv2_b0", "odd-hgnet")


def names() -> list[str]:
    """List the architectures, and one of unusual arguments."""
    return [*timm_names("hgnet"), "odd-hgnet"]


def reference(name: str) -> Reference:
    """Run one."""
    if name == "odd-hgnet":
        return run_timm("hgnetv2_b4", arguments={"head_hidden_size": 96, "use_lab": True})
    return run_timm(name)
