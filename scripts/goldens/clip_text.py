"""transformers' towers of texts of CLIP."""

from typing import Any

import torch
from grown import tokens
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from .reference import Reference, grow_into

LEFT_OUT: dict[str, str] = {}
SMALL = {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 3, "vocab_size": 60}
SMALL |= {"intermediate_size": 96, "max_position_embeddings": 13, "eos_token_id": 2}
NETWORKS: dict[str, tuple[bool, dict[str, Any]]] = {  # with its projection, settings
    "clip-vit-base-patch32-text": (True, {"num_hidden_layers": 2}),
    "projection": (True, SMALL | {"projection_dim": 20}),
    "bare": (False, SMALL | {"hidden_act": "gelu", "layer_norm_eps": 1e-3}),
    "end": (False, SMALL | {"num_hidden_layers": 1, "eos_token_id": 39, "hidden_act": "relu"}),
    "odd-heads": (True, SMALL | {"hidden_size": 51, "num_attention_heads": 17}),
}
QUICK = tuple(NETWORKS)


def names() -> list[str]:
    """List the networks."""
    return list(NETWORKS)


def reference(name: str) -> Reference:
    """Run one."""
    projected, settings = NETWORKS[name]
    kind = CLIPTextModelWithProjection if projected else CLIPTextModel
    made = CLIPTextConfig(**settings)
    model = kind(made).eval()
    grown = grow_into(model.text_model if projected else model)
    if projected:
        grown |= {name: s for name, s in grow_into(model).items() if name.startswith("text_proj")}
        grow_into(model.text_model)  # whose names are without the prefix
    given = {"seed": 0, "vocabulary": made.vocab_size, "length": 11}
    fed = {key: torch.tensor(ids).long() for key, ids in tokens(**given).items()}
    del fed["token_type_ids"]
    with torch.no_grad():
        found = model(**fed)
    pooled = found.text_embeds if projected else found.pooler_output
    config = {**made.to_diff_dict(), "model_type": "clip_text_model"}
    config["architectures"] = [kind.__name__]
    outputs = {"features": found.last_hidden_state.numpy(), "pooled": pooled.numpy()}
    return Reference(config, given, grown, outputs)
