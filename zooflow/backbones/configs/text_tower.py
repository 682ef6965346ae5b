"""What the configs of CLIP's and SigLIP's towers of texts have in common."""

from .settings import ACT, COUNT, EPSILON, OFF, RATE, Settings

NUMBERS: Settings = {  # with transformers' defaults, which its files leave out
    "hidden_size": (768, COUNT),
    "num_hidden_layers": (12, COUNT),
    "num_attention_heads": (12, COUNT),
    "intermediate_size": (3072, COUNT),
    "attention_dropout": (0.0, RATE),
    "hidden_act": ("gelu_pytorch_tanh", ACT),
    "layer_norm_eps": (1e-6, EPSILON),
}
FIXED: Settings = {  # what only this value is traced of
    "dropout": (0.0, OFF),
    "is_decoder": (False, OFF),
    "add_cross_attention": (False, OFF),
    "is_encoder_decoder": (False, OFF),
    "pruned_heads": ({}, OFF),
}
