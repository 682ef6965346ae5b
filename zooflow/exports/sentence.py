"""A folder that sentence-transformers loads: transformers' network, and the steps after it.

Paper: Reimers and Gurevych, Sentence-BERT, 2019. arXiv:1908.10084
"""

from pathlib import Path
from typing import Any

import numpy as np

from ..cards import TextInput
from ..checkpoints import save_safetensors
from ..errors import BadInput
from ..run.folder import write_json
from .heads import ENDS, Tensors
from .network import Network
from .transformers_folder import body, write_body

POOLING = {  # how zooflow pools, and sentence-transformers' word for it
    "token": "cls_token",
    "pooler": "cls_token",
    "mean": "mean_tokens",
    "max": "max_tokens",
    "sqrt": "mean_sqrt_len_tokens",
    "weighted": "weightedmean_tokens",
    "last": "lasttoken",
}
ACTIVATIONS = {
    "linear": "linear.Identity",
    "identity": "linear.Identity",
    "tanh": "activation.Tanh",
    "relu": "activation.ReLU",
    "gelu": "activation.GELU",
    "sigmoid": "activation.Sigmoid",
}


def write_sentence(network: Network, folder: Path) -> str:
    """Write modules.json and a folder for each step: pooling, dense layers, the classifier.

    Returns:
        The Python that loads it.

    Raises:
        BadInput: the network takes no texts, or pools as sentence-transformers does not.
    """
    card = network.card
    if not isinstance(card.input, TextInput):
        raise BadInput(f"sentence-transformers encodes texts, and {card.name} takes images")
    pool = network.settings["pool"]
    parts: list[Any] = [pool] if isinstance(pool, str) else [*pool]
    word, steps = parts[0], parts[1:]
    facts, tensors = body(network)
    pooler = _taken(tensors, "pooler.")
    made = [("Pooling", _pooling(word, facts), {})]
    if word == "pooler":
        made.append(_dense(pooler, "tanh"))
    for step in steps:
        if step == "normalize":
            made.append(("Normalize", {}, {}))
        else:
            made.append(_dense(_taken(tensors, f"{step['name']}."), step["activation"]))
    if network.classifier is not None:
        made.append(_dense(dict(zip(ENDS, network.classifier, strict=True)), "linear"))
    write_body(network, facts, tensors, folder)
    modules = [{"idx": 0, "name": "0", "path": "", "type": _type("Transformer")}]
    for index, (kind, settings, held) in enumerate(made, start=1):
        place = f"{index}_{kind}"
        modules.append({"idx": index, "name": str(index), "path": place, "type": _type(kind)})
        (folder / place).mkdir()
        if settings:
            write_json(folder / place / "config.json", settings)
        if held:
            save_safetensors(held, folder / place / "model.safetensors")
    write_json(folder / "modules.json", modules)
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": card.input.length})
    write_json(folder / "config_sentence_transformers.json", {"similarity_fn_name": "cosine"})
    if network.labels:
        write_json(folder / "labels.json", network.labels)
    return "SentenceTransformer('{}')"


def _type(kind: str) -> str:
    return f"sentence_transformers.models.{kind}"


def _taken(tensors: Tensors, prefix: str) -> Tensors:
    """Take the weight and the bias out whose names begin so."""
    names = [name for name in tensors if name.startswith(prefix)]
    return {name.rpartition(".")[2]: tensors.pop(name) for name in names}


def _pooling(word: str, facts: dict[str, Any]) -> dict[str, Any]:
    words = word.split("+")
    if unknown := [each for each in words if each not in POOLING]:
        raise BadInput(f"sentence-transformers does not pool by {unknown[0]!r}")
    width = facts.get("hidden_size") or facts["dim"]
    return {"word_embedding_dimension": width} | {
        f"pooling_mode_{mode}": mode in {POOLING[each] for each in words}
        for mode in dict.fromkeys(POOLING.values())
    }


def _dense(held: Tensors, act: str) -> tuple[str, dict[str, Any], Tensors]:
    """Describe a dense layer and name its tensors."""
    if act not in ACTIVATIONS:
        raise BadInput(f"sentence-transformers is not told of the activation {act!r}")
    wide, narrow = held["weight"].shape[::-1]
    facts = {
        "in_features": wide,
        "out_features": narrow,
        "bias": "bias" in held,
        "activation_function": f"torch.nn.modules.{ACTIVATIONS[act]}",
    }
    return "Dense", facts, {f"linear.{end}": np.asarray(each) for end, each in held.items()}
