"""Which files of a repository a model needs: its facts, its tokenizer and one form of weights."""

import re
from collections.abc import Collection
from pathlib import Path

from ..errors import BadInput

FACTS = re.compile(
    r"config\.json|(pre)?processor_config\.json|modules\.json|sentence_[\w-]+_config\.json"
    r"|config_sentence_transformers\.json"
    r"|\d+_\w+/(config\.json|model\.safetensors|pytorch_model\.bin)"  # what modules.json names
    r"|tokenizer\.json|tokenizer_config\.json|special_tokens_map\.json|added_tokens\.json"
    r"|preprocessing\.json|recipe\.json|lock\.json|graph\.json"  # of a run that was pushed
    r"|vocab\.txt|vocab\.json|merges\.txt|[\w.-]+\.model"
)
WEIGHTS = (  # in order of preference; only the first form that is there is fetched
    r"model\.safetensors",
    r"model\.safetensors\.index\.json|model-\d+-of-\d+\.safetensors",
    r"(?!open_clip_|adapter_)[\w.-]+\.safetensors",
    r"[\w.-]+\.safetensors",
    r"pytorch_model\.bin",
    r"pytorch_model\.bin\.index\.json|pytorch_model-\d+-of-\d+\.bin",
    r"[\w.-]+\.(pth|pt)",
)
SHARDED = {1, 5}


def needed(names: Collection[str], where: str) -> list[str]:
    """Choose the files that a model needs, sorted.

    Args:
        names: files that are offered, relative to the model's folder, "/" between parts.
        where: what the folder is called in an error.

    Raises:
        BadInput: there are no weights among them, or several that no name tells apart.
    """
    return sorted({name for name in names if FACTS.fullmatch(name)} | weights(names, where))


def weights(names: Collection[str], where: str) -> set[str]:
    """Choose one form of weights: one file, or an index and its shards."""
    for rank, form in enumerate(WEIGHTS):
        found = {name for name in names if re.fullmatch(form, name)}
        if len(found) == 1 and rank not in SHARDED:
            return found
        if rank in SHARDED and any(name.endswith(".index.json") for name in found):
            return whole(found, where)
        if found and rank not in SHARDED:
            listed = ", ".join(sorted(found)[:4])
            raise BadInput(
                f"{where} holds {len(found)} files of weights and none is the usual one: {listed}",
                hint="keep one of them in a folder with its config.json, and load that folder",
            )
    raise BadInput(
        f"{where} holds no weights that zooflow reads",
        hint="it reads model.safetensors, pytorch_model.bin, .safetensors, .pth and .pt",
    )


def whole(shards: set[str], where: str) -> set[str]:
    """Hold an index and its shards to the number that each shard's name states."""
    stated = {int(match[1]) for name in shards if (match := re.search(r"-of-(\d+)", name))}
    if stated != {len(shards) - 1}:
        raise BadInput(
            f"{where} holds {len(shards) - 1} parts of its weights, of {max(stated, default=0)}",
            hint="bring the parts that its .index.json names",
        )
    return shards


def offered(folder: Path) -> list[str]:
    """List the files of a folder and of the folders in it, relative, "/" between parts."""
    paths = [*folder.glob("*"), *folder.glob("*/config.json")]
    return [path.relative_to(folder).as_posix() for path in paths if path.is_file()]
