"""transformers' towers of texts of SigLIP, fed as they learned: all padded to one length."""

from typing import Any

import torch
from grown import tokens
from transformers import SiglipTextConfig, SiglipTextModel

from .reference import Reference, grow_into

LEFT_OUT: dict[str, str] = {}
SMALL = {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 3, "vocab_size": 60}
SMALL |= {"intermediate_size": 96, "max_position_embeddings": 13}
NETWORKS: dict[str, dict[str, Any]] = {
    "siglip-base-patch16-224-text": {"num_hidden_layers": 2},
    "small": SMALL,
    "projection": SMALL | {"projection_size": 20, "pad_token_id": 3, "layer_norm_eps": 1e-3},
    "exact": SMALL | {"max_position_embeddings": 11, "num_hidden_layers": 1, "hidden_act": "gelu"},
    "odd-heads": SMALL | {"hidden_size": 51, "num_attention_heads": 17, "hidden_act": "silu"},
}
QUICK = tuple(NETWORKS)


def names() -> list[str]:
    """List the networks."""
    return list(NETWORKS)


def reference(name: str) -> Reference:
    """Run one."""
    made = SiglipTextConfig(**NETWORKS[name])
    model = SiglipTextModel(made).eval()
    grown = grow_into(model)
    given = {"seed": 0, "vocabulary": made.vocab_size, "length": 11}
    fed = {key: torch.tensor(ids).long() for key, ids in tokens(**given).items()}
    ids = torch.where(fed["attention_mask"] > 0, fed["input_ids"], made.pad_token_id)
    rest = (0, made.max_position_embeddings - ids.shape[1])
    with torch.no_grad():
        found = model(torch.nn.functional.pad(ids, rest, value=made.pad_token_id))
    config = {**made.to_diff_dict(), "model_type": "siglip_text_model"}
    outputs = {
        "features": found.last_hidden_state.numpy(),
        "pooled": found.pooler_output.numpy(),
    }
    return Reference(config, given, grown, outputs)
