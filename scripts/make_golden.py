"""Write goldens: what timm and transformers say on grown weights.

    $ PYTHON scripts/make_golden.py resnet tests/golden
    $ PYTHON scripts/make_golden.py resnet fresh --values 4096 --names resnet18 resnet50

PYTHON has timm and transformers, and no keras. A golden holds the config.json of an architecture,
the hash of its tensors' names and shapes, the input, and a few values of the features.
"""

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import timm
import torch
from transformers import BertConfig, BertModel

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from grown import grow, image, sample, tokens


@dataclass(frozen=True)
class Reference:
    """An architecture as the library that it comes from computes it.

    Args:
        config: its config.json.
        given: arguments of `grown.image` or `grown.tokens`.
        tensors: names and shapes of the backbone's tensors, without its classifier.
        outputs: "features" and "pooled", channels last.
    """

    config: dict[str, Any]
    given: dict[str, Any]
    tensors: dict[str, tuple[int, ...]]
    outputs: dict[str, np.ndarray]


def timm_reference(name: str) -> Reference:
    """Run a timm architecture."""
    model = timm.create_model(name, num_classes=0)
    cfg = model.pretrained_cfg
    size = cfg["input_size"][1:] if cfg.get("fixed_input_size") else (72, 88)  # odd on the way
    if "aa" in name:  # there two roundings meet, and only sizes that stay even are valid
        size = (64, 96)
    return run_timm(name, model, size, {})


def vit_reference(name: str) -> Reference:
    """Run a timm Vision Transformer on 4 x 5 patches, for which its positions are made.

    Of the wide ones, with up to three billion weights, two blocks do.
    """
    found = re.search(r"patch(\d+)", name)
    patch = int(found[1]) if found else 16
    size = (4 * patch, 5 * patch)
    with torch.device("meta"):  # random weights for a billion parameters take a minute
        model = timm.create_model(name, num_classes=0, img_size=size)
        arguments = {"depth": 2} if model.embed_dim >= 1024 else {}
        model = timm.create_model(name, num_classes=0, img_size=size, **arguments)
    return run_timm(name, model.to_empty(device="cpu"), size, arguments)


def run_timm(
    name: str, model: torch.nn.Module, size: tuple[int, int], arguments: dict[str, Any]
) -> Reference:
    """Run a timm model on grown weights."""
    tensors = grow_into(model.eval())
    given = {"seed": 0, "size": list(size)}
    cfg = model.pretrained_cfg
    pixels = (image(**given) / 255 - cfg["mean"]) / cfg["std"]
    with torch.no_grad():
        features = model.forward_features(torch.tensor(pixels.transpose(0, 3, 1, 2)).float())
        pooled = model.forward_head(features, pre_logits=True)
    facts = {"input_size": [3, *size], "mean": cfg["mean"], "std": cfg["std"]}
    config = {"architecture": name, "model_args": arguments, "pretrained_cfg": facts}
    last = features.permute(0, 2, 3, 1) if features.ndim == 4 else features
    return Reference(config, given, tensors, {"features": last.numpy(), "pooled": pooled.numpy()})


SMALL = {"vocab_size": 100, "max_position_embeddings": 16}
BERTS: dict[str, tuple[int, int, int, dict[str, Any]]] = {  # layers, width, heads, the rest
    "bert-tiny": (2, 128, 2, {}),
    "bert-mini": (4, 256, 4, {}),
    "bert-small": (4, 512, 8, {}),
    "bert-medium": (8, 512, 8, {}),
    "bert-base-uncased": (12, 768, 12, {}),
    "bert-base-cased": (12, 768, 12, {"vocab_size": 28996}),
    "bert-base-chinese": (12, 768, 12, {"vocab_size": 21128}),
    "bert-base-multilingual-cased": (12, 768, 12, {"vocab_size": 119547}),
    "bert-base-multilingual-uncased": (12, 768, 12, {"vocab_size": 105879}),
    "bert-large-uncased": (24, 1024, 16, {}),
    "bert-large-cased": (24, 1024, 16, {"vocab_size": 28996}),
    "all-MiniLM-L6-v2": (6, 384, 12, {}),
    "all-MiniLM-L12-v2": (12, 384, 12, {}),
    "one-layer": (1, 32, 1, SMALL),
    "odd-heads": (2, 51, 17, SMALL),
    "relu": (2, 48, 3, SMALL | {"hidden_act": "relu"}),
    "silu": (2, 48, 3, SMALL | {"hidden_act": "silu"}),
    "gelu_new": (2, 48, 3, SMALL | {"hidden_act": "gelu_new"}),
    "four-types": (2, 48, 3, SMALL | {"type_vocab_size": 4}),
    "coarse-epsilon": (2, 48, 3, SMALL | {"layer_norm_eps": 1e-2}),
}


def bert_reference(name: str) -> Reference:
    """Run a BERT of transformers."""
    layers, width, heads, rest = BERTS[name]
    shape = {"num_hidden_layers": layers, "hidden_size": width, "num_attention_heads": heads}
    settings = BertConfig(**shape, **rest, intermediate_size=4 * width)
    model = BertModel(settings).eval()
    tensors = grow_into(model)
    given = {"seed": 0, "vocabulary": settings.vocab_size, "length": 11}
    with torch.no_grad():
        found = model(**{key: torch.tensor(ids).long() for key, ids in tokens(**given).items()})
    config = {"model_type": "bert", **settings.to_diff_dict()}
    outputs = {"features": found.last_hidden_state.numpy(), "pooled": found.pooler_output.numpy()}
    return Reference(config, given, tensors, outputs)


def grow_into(model: torch.nn.Module) -> dict[str, tuple[int, ...]]:
    """Replace the tensors of a model by grown ones, one at a time; give names and shapes."""
    state = model.state_dict()
    for name, tensor in state.items():
        tensor.copy_(torch.tensor(grow(name, tuple(tensor.shape))))
    return {name: tuple(t.shape) for name, t in state.items() if t.is_floating_point()}


def timm_names(*modules: str) -> Iterator[str]:
    """List the architectures that timm registers in modules."""
    for module in modules:
        yield from timm.list_models(module=module)


LEFT_OUT = {  # patterns of architectures that zooflow does not trace, and why
    r".*efficientnet_cc_.*": "convolutions that experts weigh by the image",
    r".*mixnet_.*": "convolutions of mixed windows",
    r".*efficientnet_.*evos": "evolved normalisation",
    r"gc_efficientnetv2_rw_t": "global context attention",
}
FAMILIES: dict[str, tuple[Callable[[], Iterator[str]], Callable[[str], Reference]]] = {
    "resnet": (lambda: timm_names("resnet"), timm_reference),
    "efficientnet": (lambda: timm_names("efficientnet"), timm_reference),
    "vit": (lambda: timm_names("vision_transformer", "deit"), vit_reference),
    "bert": (lambda: iter(BERTS), bert_reference),
}


def golden(reference: Reference, values: int) -> dict[str, Any]:
    """Reduce a reference to what a test needs."""
    lines = sorted(f"{name} {shape}" for name, shape in reference.tensors.items())
    return {
        "config": reference.config,
        "given": reference.given,
        "tensors": len(lines),
        "inventory": hashlib.sha256("\n".join(lines).encode()).hexdigest(),
        **{name: reduced(output, values) for name, output in reference.outputs.items()},
    }


def reduced(output: np.ndarray, values: int) -> dict[str, Any]:
    """Keep the shape, the largest size and some values."""
    if not np.isfinite(output).all():
        raise ValueError("not finite")
    return {
        "shape": list(output.shape),
        "max": float(np.abs(output).max()),
        "values": [float(f"{value:.8g}") for value in sample(output, values)],
    }


def main() -> None:
    """Write one JSON file for a family."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("family", choices=FAMILIES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--values", type=int, default=24, help="values kept of each output")
    parser.add_argument("--names", nargs="*", help="only these architectures")
    arguments = parser.parse_args()
    all_names, reference = FAMILIES[arguments.family]
    names = list(arguments.names or all_names())
    left_out = {
        name: why for name in names for part, why in LEFT_OUT.items() if re.fullmatch(part, name)
    }
    lines = []
    for name in names:
        if name not in left_out:
            print(name, file=sys.stderr, flush=True)
            found = json.dumps(golden(reference(name), arguments.values))
            lines.append(f"{json.dumps(name)}: {found}")
    lines.append(f'"left out": {json.dumps(left_out)}')
    arguments.folder.mkdir(parents=True, exist_ok=True)
    file = arguments.folder / f"{arguments.family}.json"
    file.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main()
