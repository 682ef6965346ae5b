"""Texts to token ids, as the checkpoint's own tokenizer makes them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..cards import TextInput
from ..errors import BadInput

_MULTIPLE = 8  # lengths are rounded up to it: few shapes, little padding
_SPECIAL = {  # BERT's, where a vocabulary comes without a word on them
    "unk_token": "[UNK]",
    "sep_token": "[SEP]",
    "pad_token": "[PAD]",
    "cls_token": "[CLS]",
    "mask_token": "[MASK]",
}


class Tokenizer:
    """A tokenizer that cuts and pads as we ask, whatever its files say of that.

    Args:
        tokens: a `tokenizers.Tokenizer`.
        config: what tokenizer_config.json holds, to be saved with it.
        length: most tokens of a text, special ones included.

    Raises:
        BadInput: there is no token to pad with.
    """

    def __init__(self, tokens: Any, config: dict[str, Any], length: int):
        stored = (tokens.padding or {}).get("pad_token", _SPECIAL["pad_token"])
        name = config.get("pad_token") or stored
        pad = tokens.token_to_id(name)
        if pad is None:
            raise BadInput(
                f"the tokenizer has no token {name!r} to pad with",
                "name its pad_token in tokenizer_config.json",
            )
        self.tokens = tokens
        self.config = {**config, "pad_token": name}
        self.length = length
        self.pad = pad
        tokens.no_padding()
        tokens.enable_truncation(length)

    @classmethod
    def from_folder(cls, folder: Path, input: TextInput) -> "Tokenizer":
        """Read tokenizer.json, or build BERT's tokenizer from vocab.txt.

        Args:
            folder: where the tokenizer's files lie.
            input: what the backbone takes.

        Raises:
            BadInput: neither file is there, or one is damaged.
        """
        from tokenizers import Tokenizer as Tokens

        config = _json(folder / "special_tokens_map.json") | _json(folder / "tokenizer_config.json")
        config |= {key: _content(value) for key, value in config.items() if key in _SPECIAL}
        whole, words = folder / "tokenizer.json", folder / "vocab.txt"
        if not whole.is_file() and not words.is_file():
            raise BadInput(f"{folder} has neither tokenizer.json nor vocab.txt")
        if not whole.is_file():
            return cls(_from_vocabulary(words, config), config, input.length)
        try:
            tokens = Tokens.from_file(str(whole))
        except Exception as error:  # the library raises nothing narrower
            raise BadInput(f"{whole} is not a tokenizer: {error}") from error
        if type(tokens.normalizer).__name__ == "BertNormalizer":
            given = {_NORMALIZER[key]: config[key] for key in _NORMALIZER if key in config}
            for option, value in given.items():
                setattr(tokens.normalizer, option, value)
        return cls(tokens, config, input.length)

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


_NORMALIZER = {
    "do_lower_case": "lowercase",
    "strip_accents": "strip_accents",
    "tokenize_chinese_chars": "handle_chinese_chars",
}


def _from_vocabulary(path: Path, config: dict[str, Any]) -> Any:
    from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, processors
    from tokenizers.pre_tokenizers import BertPreTokenizer

    try:
        lines = path.read_text("utf-8").removesuffix("\n").split("\n")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 at byte {error.start}") from error
    vocabulary = {token: i for i, token in enumerate(lines)}
    special = {key: config.get(key) or name for key, name in _SPECIAL.items()}
    for key in ("unk_token", "sep_token", "pad_token", "cls_token"):
        if special[key] not in vocabulary:
            raise BadInput(f"{path} lacks the special token {special[key]!r}")
    tokens = Tokenizer(models.WordPiece(vocabulary, unk_token=special["unk_token"]))
    tokens.normalizer = normalizers.BertNormalizer(
        clean_text=True,
        handle_chinese_chars=config.get("tokenize_chinese_chars", True),
        strip_accents=config.get("strip_accents"),
        lowercase=config.get("do_lower_case", True),
    )
    tokens.pre_tokenizer = BertPreTokenizer()
    tokens.decoder = decoders.WordPiece()
    start, end = special["cls_token"], special["sep_token"]
    tokens.post_processor = processors.TemplateProcessing(
        single=f"{start}:0 $A:0 {end}:0",
        pair=f"{start}:0 $A:0 {end}:0 $B:1 {end}:1",
        special_tokens=[(token, vocabulary[token]) for token in (start, end)],
    )
    tokens.add_special_tokens(
        [AddedToken(t, normalized=False, special=True) for t in special.values() if t in vocabulary]
    )
    return tokens


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


def _content(token: Any) -> Any:
    return token["content"] if isinstance(token, dict) else token
