"""timm's ByobNets, those of its table and odd ones."""

from typing import Any

import timm
from timm.models.byobnet import ByoBlockCfg, expand_blocks_cfg, model_cfgs

from .reference import Reference, run_model, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = ("test_byobnet", "mobileone_s1", "gernet_s", "odd-pool", "odd-rep", "odd-quad", "odd-mlp")
BOTTLE = {"type": "bottle", "d": 1, "c": 64, "gs": 16, "br": 0.5}
EDGE = {"type": "edge", "d": 2, "c": 48, "br": 0.5, "attn_layer": ""}
REP = {"type": "rep", "d": 2, "c": 48, "gs": 8}
Blocks = list[list[dict[str, Any]]]
ODD: dict[str, tuple[str, dict[str, Any]]] = {
    "odd-pool": ("resnet50_clip", {"blocks": [[BOTTLE], [BOTTLE], [EDGE, BOTTLE]]}),
    "odd-rep": ("repvgg_d2se", {"blocks": [[REP], [REP, BOTTLE]], "act_layer": "gelu"}),
    "odd-quad": ("resnet51q", {"blocks": [[EDGE], [BOTTLE]], "attn_layer": "gc"}),
    "odd-mlp": ("resnet50_mlp", {"blocks": [[EDGE], [BOTTLE | {"attn_layer": "eca"}]]}),
    "odd-seven": ("gernet_s", {"blocks": [[EDGE], [REP]], "stem_type": "7x7", "stem_pool": "max"}),
}
WIDE = 30_000_000  # weights from which two blocks in a stage must do


def names() -> list[str]:
    """List the architectures."""
    return [*timm_names("byobnet"), *ODD]


def reference(name: str) -> Reference:
    """Run one, on images of an odd size where two roundings do not meet."""
    architecture, arguments = ODD.get(name, (name, {}))
    with_clip = {"img_size": [64, 96]} if model_cfgs[architecture].head_type == "attn_abs" else {}
    model = make(architecture, arguments | with_clip)
    if sum(weight.numel() for weight in model.parameters()) > WIDE:
        arguments = {"blocks": shallow(architecture)}
        model = make(architecture, arguments | with_clip)
    even = model_cfgs[architecture].aa_layer
    size = (256, 256) if name.startswith("bat") else (64, 96) if even else (65, 88)
    return run_model(architecture, model, size, arguments)


def make(architecture: str, arguments: dict[str, Any]) -> timm.models.ByobNet:
    """Make a network."""
    if "blocks" in arguments:
        blocks = [[ByoBlockCfg(**block) for block in stage] for stage in arguments["blocks"]]
        arguments = arguments | {"blocks": blocks}
    return timm.create_model(architecture, num_classes=0, **arguments)


def shallow(architecture: str) -> Blocks:
    """Take the first two blocks of each stage."""
    stages: Blocks = []
    for stage in model_cfgs[architecture].blocks:
        stages.append([])
        for i, block in enumerate(expand_blocks_cfg(stage)[:2]):
            said = {key: value for key, value in vars(block).items() if value is not None}
            if callable(block.gs):
                said["gs"] = block.gs(int(block.c), i)
            stages[-1].append(said)
    return stages
