"""timm's MaxViTs and CoAtNets: their numbers, under timm's own argument names."""

from typing import Any

Numbers = dict[str, Any]


def _net(depths: tuple[int, ...], width: int, stem: int | tuple[int, int]) -> Numbers:
    """Give the numbers of one whose first stage has that many channels; each doubles them."""
    embed_dim = (width, 2 * width, 4 * width, 8 * width)
    return {"embed_dim": embed_dim, "depths": depths, "stem_width": stem}


def _pool(kind: str) -> Numbers:
    return {"conv_pool_type": kind, "transformer_pool_type": kind}


def _mlp(width: int = 512) -> Numbers:
    return {"transformer_rel_pos_type": "mlp", "transformer_rel_pos_dim": width}


def _hidden(width: int) -> Numbers:
    return {"head_hidden_size": width}


M: Numbers = {"block_type": ("M",) * 4}
RW: Numbers = {
    "conv_expand_output": False,
    "conv_output_bias": False,
    "conv_act_layer": "silu",
    "transformer_expand_first": False,
}
BIAS: Numbers = {"conv_output_bias": True}
MAX: Numbers = RW | {"conv_attn_ratio": 1 / 16}
COAT: Numbers = RW | {
    "conv_stride_mode": "pool",
    "conv_pre_norm_act": True,
    "conv_attn_act_layer": "relu",
}
DW: Numbers = {"conv_stride_mode": "dw"}
SILU: Numbers = {"conv_attn_act_layer": "silu"}
EARLY: Numbers = {"conv_attn_early": True, "transformer_shortcut_bias": False}
SCALE: Numbers = {"transformer_init_values": 1e-6}
NANO: Numbers = BIAS | {"conv_attn_ratio": 0.25}
NEXT: Numbers = {
    "conv_block_type": "convnext",
    "conv_expand_output": False,
    "conv_init_values": 1e-6,
    "transformer_expand_first": False,
    "transformer_init_values": 1e-6,
}
GRID: Numbers = {"transformer_no_block_attn": True}
TF: Numbers = M | {
    "stem_bias": True,
    "conv_norm_eps": 1e-3,
    "conv_act_layer": "gelu_tanh",
    "conv_padding": "same",
    "transformer_norm_eps": 1e-5,
    "transformer_act_layer": "gelu_tanh",
    "transformer_head_first": False,
    "transformer_rel_pos_type": "bias_tf",
}

PICO = _net((2, 2, 5, 2), 32, (24, 32))
MAX_NANO = _net((1, 2, 3, 1), 64, (32, 64))
MAX_TINY = _net((2, 2, 5, 2), 64, (32, 64))
COAT_NANO = _net((3, 4, 6, 3), 64, (32, 64))
COAT_0 = _net((2, 3, 7, 2), 96, (32, 64))
COAT_1 = _net((2, 6, 14, 2), 96, (32, 64))
COAT_2 = _net((2, 6, 14, 2), 128, (64, 128))
COAT_3 = _net((2, 6, 14, 2), 192, (96, 192))
TEST: Numbers = {"embed_dim": (32, 64, 96, 128), "stem_width": (16, 32)}

NETS: dict[str, tuple[Numbers, tuple[int, ...]]] = {  # and the sizes of images, of their names
    "coatnet_pico_rw": (_net((2, 3, 5, 2), 64, (32, 64)) | MAX | NANO, (224,)),
    "coatnet_nano_rw": (COAT_NANO | MAX | NANO | {"conv_stride_mode": "pool"}, (224,)),
    "coatnet_nano_cc": (
        COAT_NANO | COAT | {"block_type": ("C", "C", ("C", "T"), ("C", "T"))},
        (224,),
    ),
    "coatnet_0_rw": (COAT_0 | COAT | EARLY, (224,)),
    "coatnet_1_rw": (COAT_1 | COAT | DW | EARLY, (224,)),
    "coatnet_2_rw": (COAT_2 | COAT | DW | SILU, (224,)),
    "coatnet_3_rw": (COAT_3 | COAT | DW | SILU | SCALE, (224,)),
    "coatnet_bn_0_rw": (
        COAT_0 | COAT | DW | EARLY | {"transformer_norm_layer": "batchnorm2d"},
        (224,),
    ),
    "coatnet_rmlp_nano_rw": (COAT_NANO | MAX | NANO | _mlp(384), (224,)),
    "coatnet_rmlp_0_rw": (COAT_0 | COAT | DW | _mlp(), (224,)),
    "coatnet_rmlp_1_rw": (COAT_1 | COAT | EARLY | _pool("max") | _mlp(384), (224,)),
    "coatnet_rmlp_1_rw2": (COAT_1 | COAT | DW | _mlp(), (224,)),
    "coatnet_rmlp_2_rw": (COAT_2 | COAT | DW | SILU | SCALE | _mlp(), (224, 384)),
    "coatnet_rmlp_3_rw": (COAT_3 | COAT | DW | SILU | SCALE | _mlp(), (224,)),
    "coatnext_nano_rw": (
        COAT_NANO | NEXT | {"conv_init_values": 1e-5, "transformer_init_values": None},
        (224,),
    ),
    "coatnet_0": (_net((2, 3, 5, 2), 96, 64) | _hidden(768), (224,)),
    "coatnet_1": (_net((2, 6, 14, 2), 96, 64) | _hidden(768), (224,)),
    "coatnet_2": (_net((2, 6, 14, 2), 128, 128) | _hidden(1024), (224,)),
    "coatnet_3": (_net((2, 6, 14, 2), 192, 192) | _hidden(1536), (224,)),
    "coatnet_4": (_net((2, 12, 28, 2), 192, 192) | _hidden(1536), (224,)),
    "coatnet_5": (
        _net((2, 12, 28, 2), 256, 192) | _hidden(2048) | {"embed_dim": (256, 512, 1280, 2048)},
        (224,),
    ),
    "maxvit_pico_rw": (PICO | M | MAX, (256,)),
    "maxvit_nano_rw": (MAX_NANO | M | MAX, (256,)),
    "maxvit_tiny_rw": (MAX_TINY | M | MAX, (224, 256)),
    "maxvit_tiny_pm": (MAX_TINY | MAX | {"block_type": ("PM",) * 4}, (256,)),
    "maxvit_rmlp_pico_rw": (PICO | M | MAX | _mlp(), (256,)),
    "maxvit_rmlp_nano_rw": (MAX_NANO | M | MAX | _mlp(), (256,)),
    "maxvit_rmlp_tiny_rw": (MAX_TINY | M | MAX | _mlp(), (256,)),
    "maxvit_rmlp_small_rw": (
        _net((2, 2, 5, 2), 96, (32, 64)) | M | MAX | SCALE | _mlp(),
        (224, 256),
    ),
    "maxvit_rmlp_base_rw": (COAT_1 | M | MAX | _mlp() | _hidden(768), (224, 384)),
    "maxxvit_rmlp_nano_rw": (MAX_NANO | M | NEXT | _mlp(), (256,)),
    "maxxvit_rmlp_tiny_rw": (MAX_TINY | M | NEXT | _mlp(), (256,)),
    "maxxvit_rmlp_small_rw": (_net((2, 2, 5, 2), 96, (48, 96)) | M | NEXT | _mlp(), (256,)),
    "maxxvitv2_nano_rw": (_net((1, 2, 3, 1), 96, (48, 96)) | M | NEXT | GRID, (256,)),
    "maxxvitv2_rmlp_base_rw": (
        _net((2, 6, 12, 2), 128, (64, 128)) | M | NEXT | GRID | _mlp(),
        (224, 384),
    ),
    "maxxvitv2_rmlp_large_rw": (
        _net((2, 6, 16, 2), 160, (80, 160)) | M | NEXT | GRID | _mlp() | _hidden(1280),
        (224,),
    ),
    "maxvit_tiny_tf": (_net((2, 2, 5, 2), 64, 64) | TF | _hidden(512), (224, 384, 512)),
    "maxvit_small_tf": (_net((2, 2, 5, 2), 96, 64) | TF | _hidden(768), (224, 384, 512)),
    "maxvit_base_tf": (_net((2, 6, 14, 2), 96, 64) | TF | _hidden(768), (224, 384, 512)),
    "maxvit_large_tf": (_net((2, 6, 14, 2), 128, 128) | TF | _hidden(1024), (224, 384, 512)),
    "maxvit_xlarge_tf": (_net((2, 6, 14, 2), 192, 192) | TF | _hidden(1536), (224, 384, 512)),
}
VARIANTS: dict[str, Numbers] = {
    f"{name}_{size}": numbers for name, (numbers, sizes) in NETS.items() for size in sizes
} | {
    "test_coatnet": TEST | MAX | NANO | {"depths": (1, 1, 2, 1), "conv_stride_mode": "pool"},
    "test_maxvit": TEST | MAX | M | {"depths": (1, 1, 1, 1)},
}
