"""What sentence-transformers does with an encoder's tokens: the modules that modules.json names."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from ..checkpoints import open_checkpoint
from ..errors import BadCheckpoint
from .json_files import read_json

POOLS = {  # its words and ours, in the order in which it lays several side by side
    "cls": "token",
    "max": "max",
    "mean": "mean",
    "mean_sqrt_len_tokens": "sqrt",
    "weightedmean": "weighted",
    "lasttoken": "last",
}
OLD = {  # how older files spell them
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
ACTS = {
    "Identity": "linear",
    "Tanh": "tanh",
    "ReLU": "relu",
    "GELU": "gelu",
    "SiLU": "silu",
    "Sigmoid": "sigmoid",
}
KEYS = {"module_input_name": "sentence_embedding", "module_output_name": "sentence_embedding"}


def steps(folder: Path) -> list[Any]:
    """Say how a folder pools tokens and what it does then, in the words of `vectors.vector`.

    Returns:
        None of it where the folder is not sentence-transformers'.

    Raises:
        BadCheckpoint: a module or a setting that zooflow does not trace.
    """
    prompts = folder / "config_sentence_transformers.json"
    said = read_json(prompts) if prompts.is_file() else {}
    if prompt := (said.get("prompts") or {}).get(said.get("default_prompt_name")):
        raise BadCheckpoint(
            f"{prompts.name} puts {prompt!r:.80} before every text, which zooflow does not",
            hint="set default_prompt_name to null there, and write the prompt before the texts",
        )
    prompted = any((said.get("prompts") or {}).values())
    found = [
        step for kind, path in _modules(folder) for step in _read(kind, folder, path, prompted)
    ]
    if found and (found[0] == "normalize" or isinstance(found[0], dict)):
        raise BadCheckpoint(f"{folder / 'modules.json'} names no module that pools first")
    return found


def weights(folder: Path, pool: Any) -> dict[str, np.ndarray]:
    """Read the tensors of the steps after pooling, by the names of their layers."""
    tensors = {}
    for step in [] if isinstance(pool, str) else pool:
        if isinstance(step, dict) and (folder / step["name"]).is_dir():  # a run holds them itself
            with open_checkpoint(folder / step["name"]) as checkpoint:
                tensors |= {f"{step['name']}.{name}": checkpoint[name] for name in checkpoint}
    return tensors


def _modules(folder: Path) -> list[tuple[str, str]]:
    """List kind and folder of each module."""
    path = folder / "modules.json"
    if not path.is_file():
        return (
            [("Pooling", "1_Pooling")] if (folder / "1_Pooling" / "config.json").is_file() else []
        )
    try:
        found = json.loads(path.read_text("utf-8"))
        return [(each["type"].rpartition(".")[2], each["path"]) for each in found]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadCheckpoint(f"{path} does not list modules: {error}") from error


def _read(kind: str, root: Path, path: str, prompted: bool) -> list[Any]:
    folder = root / path
    if kind == "Dropout" or (kind == "Transformer" and folder == root):
        return []
    file = folder / "config.json"
    config = read_json(file) if kind in ("Pooling", "Dense") or file.is_file() else {}
    where = f"{folder.name}/config.json"
    if kind == "Pooling":
        if prompted and not config.get("include_prompt", True):
            raise BadCheckpoint(
                f"{where} keeps the prompts of config_sentence_transformers.json out of the "
                f"pooling, and zooflow does not know where a prompt ends",
                hint="set include_prompt to true there: texts without a prompt are pooled alike",
            )
        return [_pooling(config, where)]
    if kind not in ("Dense", "Normalize"):
        raise BadCheckpoint(
            f"modules.json names a module {kind} in {path!r:.80}, which zooflow does not know",
            hint="it knows Transformer beside modules.json, Pooling, Dense, Dropout and Normalize",
        )
    wrong = {key: config[key] for key in KEYS if config.get(key) not in (None, KEYS[key])}
    wrong |= {"use_residual": True} if config.get("use_residual") else {}
    for key, value in wrong.items():
        raise BadCheckpoint(f"{where} sets {key} to {value!r:.80}, which zooflow does not know")
    return ["normalize"] if kind == "Normalize" else [_dense(config, folder.name, where)]


def _pooling(config: dict[str, Any], where: str) -> str:
    said = config.get("pooling_mode")
    if said is None:
        flags = {key for key, value in config.items() if key.startswith("pooling_mode_") and value}
        said = [OLD[key] for key in OLD if key in flags] + sorted(flags - OLD.keys())
    modes = [said] if isinstance(said, str) else said
    if not modes or not {*modes} <= POOLS.keys():
        raise BadCheckpoint(
            f"{where} pools by {' and '.join(map(str, modes)) or 'nothing'}; zooflow by "
            f"{', '.join(POOLS)}"
        )
    return "+".join(POOLS[mode] for mode in modes)


def _dense(config: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    place, _, function = str(config.get("activation_function", "torch.nn.Tanh")).rpartition(".")
    if function not in ACTS or not place.startswith("torch."):
        raise BadCheckpoint(
            f"{where} sets activation_function to {config['activation_function']!r:.80}; zooflow "
            f"takes torch's {', '.join(ACTS)}"
        )
    width = config.get("out_features")
    if type(width) is not int or width < 1:
        raise BadCheckpoint(f"{where} sets out_features to {width!r:.80}")
    bias = config.get("bias", True)
    return {"name": name, "width": width, "bias": bias, "activation": ACTS[function]}
