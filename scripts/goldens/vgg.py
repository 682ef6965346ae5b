"""timm's VGGs."""

from .reference import Reference, run_timm, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = ("vgg11", "odd-vgg-map")
SIZES = {"odd-vgg-map": (232, 200)}  # a wide map, less than that, and a narrow one


def names() -> list[str]:
    """List the architectures."""
    return [*timm_names("vgg"), *SIZES]


def reference(name: str) -> Reference:
    """Run one with a narrower dense layer, which has a hundred million weights else."""
    arguments = {"mlp_ratio": 0.0625}
    if name in SIZES:
        return run_timm("vgg11_bn", size=SIZES[name], arguments=arguments | {"global_pool": "max"})
    return run_timm(name, size=(72, 88), arguments=arguments)
