"""How transformers' encoders of texts are asked."""

import inspect
from typing import Any

import torch
from grown import tokens
from transformers import AutoModel, PreTrainedConfig

from .reference import Reference, grow_into


def run_encoder(
    settings: PreTrainedConfig, *, length: int = 11, padding: int = 0, pool: str = "token"
) -> Reference:
    """Run an encoder of texts on grown weights.

    Args:
        settings: its config.
        length: tokens of the longest text.
        padding: id that fills the shorter ones.
        pool: where the model has no pooler: "token" or "mean".
    """
    model = AutoModel.from_config(settings, attn_implementation="eager").eval()
    tensors = grow_into(model)
    given = {"seed": 0, "vocabulary": settings.vocab_size, "length": length, "padding": padding}
    taken = inspect.signature(model.forward).parameters
    fed = {key: torch.tensor(ids).long() for key, ids in tokens(**given).items() if key in taken}
    if getattr(settings, "type_vocab_size", 0) < 2 or settings.model_type in ROBERTA:
        fed.pop("token_type_ids", None)
    with torch.no_grad():
        found = model(**fed)
    features, there = found.last_hidden_state, fed["attention_mask"][:, :, None]
    pooled = getattr(found, "pooler_output", None)
    if pooled is None:
        mean = (features * there).sum(1) / there.sum(1)
        pooled = features[:, 0] if pool == "token" else mean
    config: dict[str, Any] = {"model_type": settings.model_type, **settings.to_diff_dict()}
    outputs = {"features": features.numpy(), "pooled": pooled.numpy()}
    return Reference(config, given, tensors, outputs)


ROBERTA = ("roberta", "camembert", "xlm-roberta")  # whose tokenizers tell no segments apart
