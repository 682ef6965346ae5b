"""timm's CSPNets and DarkNets."""

from .reference import Reference, run_timm, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = ("cs3darknet_focus_s", "cspresnext50", "sedarknet21", "odd-cspnet")


def names() -> list[str]:
    """List the architectures, and one of unusual arguments."""
    return [*timm_names("cspnet"), "odd-cspnet"]


def reference(name: str) -> Reference:
    """Run one on images of an odd size on the way."""
    if name == "odd-cspnet":
        odd = {"act_layer": "gelu", "norm_layer": "groupnorm", "aa_layer": "avg"}
        return run_timm("cs3darknet_l", size=(96, 64), arguments=odd)
    return run_timm(name)
