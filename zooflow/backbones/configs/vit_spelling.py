"""How transformers spells the tensors of a ViT and of its relatives. Imports no ML library."""

from collections.abc import Mapping
from typing import Any

from ...spelling import Pairs, Spelling

RULES = ((r"^(vit|deit|dinov2|dinov2_with_registers|vision_model)\.", ""),)  # a task's model's own
FOREIGN = (  # what the whole models of transformers hold besides
    r"classifier\..+|cls_classifier\..+|distillation_classifier\..+|pooler\..+"
    r"|decoder\..+|(embeddings\.)?mask_token|text_model\..+|embeddings\.position_ids"
    r"|(visual|text)_projection\..+|logit_(scale|bias)"
)
QKV = "blocks.#.attn.qkv"
DENSE: Pairs = (  # of the ViTs
    ("^encoder.layer.#", "^blocks.#"),
    ("attention.output.dense", "attn.proj"),
    ("layer_scale1.lambda1", "ls1.gamma"),
    ("layer_scale2.lambda1", "ls2.gamma"),
)
GATED: Pairs = (("mlp.weights_in", "mlp.fc1"), ("mlp.weights_out", "mlp.fc2"))
BERT: Pairs = (  # of those that came first
    ("intermediate.dense", "mlp.fc1"),
    ("output.dense", "mlp.fc2"),
    ("layernorm_before", "norm1"),
    ("layernorm_after", "norm2"),
)
ENDS: Pairs = (
    ("^embeddings.cls_token", "^cls_token"),
    ("^embeddings.distillation_token", "^dist_token"),
    ("^embeddings.register_tokens", "^reg_token"),
    ("^embeddings.position_embeddings", "^pos_embed"),
    ("^embeddings.patch_embeddings.projection", "^patch_embed.proj"),
    ("^layernorm", "^norm"),
)
TOWER: Pairs = (  # of a CLIP or a SigLIP
    ("^embeddings.class_embedding", "^cls_token"),
    ("^embeddings.patch_embedding", "^patch_embed.proj"),
    ("^embeddings.position_embedding.weight", "^pos_embed"),
    ("^pre_layrnorm", "^norm_pre"),
    ("^encoder.layers.#", "^blocks.#"),
    ("layer_norm1", "norm1"),
    ("layer_norm2", "norm2"),
    ("self_attn.out_proj", "attn.proj"),
    ("^head.probe", "^attn_pool.latent"),
    ("^head.attention.in_proj_weight", "^attn_pool.in_proj.weight"),
    ("^head.attention.in_proj_bias", "^attn_pool.in_proj.bias"),
    ("^head.attention.out_proj", "^attn_pool.proj"),
    ("^head.layernorm", "^attn_pool.norm"),
    ("^head.mlp", "^attn_pool.mlp"),
)
POOL: Pairs = (
    ("attn_pool.in_proj", "attn_pool.q"),
    ("attn_pool.in_proj", "attn_pool.kv"),
    ("attn_pool.in_proj", "attn_pool.kv"),
)


def model_type(numbers: Mapping[str, Any]) -> str:
    """Say which of transformers' model types a ViT of these numbers is, if it is one at all."""
    if numbers.get("pre_norm"):
        return "clip_vision_model"
    if not numbers.get("class_token", True):
        return "siglip_vision_model"
    if numbers.get("init_values"):
        return "dinov2_with_registers" if numbers.get("no_embed_reg") else "dinov2"
    return "deit" if numbers.get("distilled") else "vit"


def spelling(numbers: Mapping[str, Any]) -> Spelling:
    """Say how transformers spells the tensors of a ViT of these numbers."""
    kind = model_type(numbers)
    if kind in ("clip_vision_model", "siglip_vision_model"):
        late = numbers.get("fc_norm") if kind == "clip_vision_model" else False
        theirs = (f"blocks.#.self_attn.{part}_proj" for part in "qkv")
        return Spelling(
            names=(*TOWER, ("^post_layernorm", "^fc_norm" if late else "^norm")),
            stacks=(tuple((part, QKV) for part in theirs), POOL),
            squeezed=("cls_token", "pos_embed"),
        )
    theirs = (f"blocks.#.attention.attention.{part}" for part in ("query", "key", "value"))
    gated = GATED if numbers.get("mlp_layer") == "swiglupacked" else ()
    return Spelling(
        names=(*ENDS, *DENSE, *(gated if kind.startswith("dinov2") else BERT)),
        stacks=(tuple((part, QKV) for part in theirs),),
    )


SPELLINGS = {"transformers": spelling}
