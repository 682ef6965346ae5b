"""Texts to token ids, as the checkpoint's own tokenizer makes them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..cards import TextInput
from ..errors import BadInput, BadRecipe
from .vocabularies import build

_MULTIPLE = 8  # lengths are rounded up to it: few shapes, little padding
_PADS = ("[PAD]", "<pad>")  # where nothing says what pads
_MASKS, _UNKNOWNS = ("[MASK]", "<mask>"), ("[UNK]", "<unk>")


class Tokenizer:
    """A tokenizer that cuts and pads as we ask, whatever its files say of that.

    Args:
        tokens: a `tokenizers.Tokenizer`.
        config: what tokenizer_config.json holds, to be saved with it.
        length: most tokens of a text, special ones included.

    Raises:
        BadInput: there is no token to pad with, or padding would come first.
    """

    def __init__(self, tokens: Any, config: dict[str, Any], length: int):
        stored = (tokens.padding or {}).get("pad_token")
        usual = next((pad for pad in _PADS if tokens.token_to_id(pad) is not None), _PADS[0])
        name = config.get("pad_token") or stored or usual
        pad = tokens.token_to_id(name)
        if pad is None:
            raise BadInput(
                f"the tokenizer has no token {name!r} to pad with",
                "name its pad_token in tokenizer_config.json",
            )
        pads, cuts = (
            config.get(f"{what}_side") or (getattr(tokens, what) or {}).get("direction", "right")
            for what in ("padding", "truncation")
        )
        if pads != "right":  # it would shift positions, and what is pooled of the first token
            raise BadInput(
                f"the tokenizer pads on the {pads}, and zooflow only on the right",
                "set padding_side to 'right' in tokenizer_config.json: a text that needs no "
                "padding says the same then",
            )
        self.tokens = tokens
        self.config = {**config, "pad_token": name}
        self.length = length
        self.pad = pad
        tokens.no_padding()
        tokens.enable_truncation(length, direction=cuts)

    @classmethod
    def from_folder(cls, folder: Path, input: TextInput) -> "Tokenizer":
        """Read tokenizer.json, or build the tokenizer from an older form of vocabulary.

        Args:
            folder: where the tokenizer's files lie.
            input: what the backbone takes.

        Raises:
            BadInput: no file is there that says how to cut, or one is damaged.
        """
        from tokenizers import Tokenizer as Tokens
        from tokenizers.normalizers import Lowercase
        from tokenizers.normalizers import Sequence as Chain

        config = _json(folder / "special_tokens_map.json") | _json(folder / "tokenizer_config.json")
        whole = folder / "tokenizer.json"
        if not whole.is_file():
            tokens = build(folder, config)
        else:
            try:
                tokens = Tokens.from_file(str(whole))
            except Exception as error:  # the library raises nothing narrower
                raise BadInput(f"{whole} is not a tokenizer: {error}") from error
            _override(tokens, config)
            if type(tokens.model).__name__ == "Unigram":
                tokens.model = _exact(whole)
        if _json(folder / "sentence_bert_config.json").get("do_lower_case"):
            given = [tokens.normalizer] if tokens.normalizer else []
            tokens.normalizer = Chain([Lowercase(), *given])
        plain = {
            key: value["content"] if key.endswith("_token") and isinstance(value, dict) else value
            for key, value in config.items()
        }
        return cls(tokens, plain, input.length)

    @property
    def special(self) -> list[int]:
        """List the ids of tokens that stand for no word."""
        added = self.tokens.get_added_tokens_decoder()
        return [number for number, token in added.items() if token.special]

    @property
    def mask(self) -> int:
        """Give the id of the token that hides a word, or else of that for unknown words.

        Raises:
            BadRecipe: there is neither.
        """
        for name in (
            self.config.get("mask_token"),
            *_MASKS,
            self.config.get("unk_token"),
            *_UNKNOWNS,
        ):
            if name and (number := self.tokens.token_to_id(name)) is not None:
                return number
        raise BadRecipe(
            "the tokenizer has no token to mask words with",
            hint="name its mask_token in tokenizer_config.json, or leave --augment out",
        )

    def __call__(self, texts: Sequence[str]) -> dict[str, np.ndarray]:
        """Turn texts into ids, cut at `length` and padded to the longest of them.

        Args:
            texts: any strings.

        Returns:
            "input_ids", "attention_mask" and "token_type_ids", int32, (texts, tokens), where
            tokens is a multiple of 8, or `length`.
        """
        encoded = self.tokens.encode_batch_fast(list(texts))
        longest = max((len(each.ids) for each in encoded), default=0)
        shape = len(encoded), min(-(-longest // _MULTIPLE) * _MULTIPLE, self.length)
        ids = np.full(shape, self.pad, np.int32)
        mask, types = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
        for i, each in enumerate(encoded):
            ids[i, : len(each.ids)] = each.ids
            mask[i, : len(each.ids)] = 1
            types[i, : len(each.ids)] = each.type_ids
        return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}

    def save(self, folder: Path) -> None:
        """Write the files from which `from_folder` restores it, and transformers reads it."""
        self.tokens.save(str(folder / "tokenizer.json"))
        text = json.dumps(self.config, indent=2, ensure_ascii=False, sort_keys=True)
        (folder / "tokenizer_config.json").write_text(text + "\n", "utf-8")


_OPTIONS = {  # of a part of the tokenizer, by what tokenizer_config.json calls them
    "BertNormalizer": {
        "do_lower_case": "lowercase",
        "strip_accents": "strip_accents",
        "tokenize_chinese_chars": "handle_chinese_chars",
    },
    "ByteLevel": {"add_prefix_space": "add_prefix_space"},
}


def _override(tokens: Any, config: dict[str, Any]) -> None:
    """Let tokenizer_config.json have the last word, as transformers does."""
    for part in (tokens.normalizer, tokens.pre_tokenizer):
        options = _OPTIONS.get(type(part).__name__, {})
        for option in options.keys() & config.keys():
            setattr(part, options[option], config[option])


def _exact(path: Path) -> Any:
    """Read a unigram model anew: the library rounds its scores, which decides ties otherwise."""
    from tokenizers.models import Unigram

    said = _json(path)["model"]
    scored = [(text, score) for text, score in said["vocab"]]
    return Unigram(scored, said["unk_id"], said.get("byte_fallback", False))


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        values = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise BadInput(f"{path} is not JSON: {error}") from error
    if not isinstance(values, dict):
        raise BadInput(f"{path} is no JSON object")
    return values
