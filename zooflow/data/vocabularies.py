"""Tokenizers from the vocabularies that checkpoints hold where they have no tokenizer.json."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import BadInput
from .sentencepiece import Pieces, read_pieces

BERT = {"unk": "[UNK]", "sep": "[SEP]", "pad": "[PAD]", "cls": "[CLS]", "mask": "[MASK]"}
FAIRSEQ = {
    "bos": "<s>",
    "eos": "</s>",
    "unk": "<unk>",
    "sep": "</s>",
    "pad": "<pad>",
    "cls": "<s>",
    "mask": "<mask>",
}
Special = dict[str, str]  # what a token is for, "cls" and so on, to the token
Make = Callable[[Path, dict[str, Any], Special], Any]


@dataclass(frozen=True)
class Kind:
    """A kind of tokenizer.

    Args:
        file: its vocabulary.
        special: its special tokens, where nothing names others.
        make: the tokenizer, without its special tokens.
        pair: what stands between two texts: one "sep", or two.
        greedy: its mask takes the space before it too.
    """

    file: str
    special: Special
    make: Make
    pair: int = 1
    greedy: bool = False


def build(folder: Path, config: dict[str, Any]) -> Any:
    """Build a tokenizer as transformers 5 does.

    Args:
        folder: where the vocabulary lies.
        config: what tokenizer_config.json says.

    Raises:
        BadInput: no vocabulary, a damaged one, or a kind of tokenizer that zooflow does not know.
    """
    from tokenizers import AddedToken
    from tokenizers.processors import TemplateProcessing

    kind = _kind(folder, config)
    said = {use: config.get(f"{use}_token") or token for use, token in kind.special.items()}
    special = {use: _content(token) for use, token in said.items()}
    tokens = kind.make(folder / kind.file, config, special)
    extra: list[Any] = _added(folder, config)
    for use, token in said.items():
        flags = {key: token[key] for key in FLAGS if key in token} if type(token) is dict else {}
        flags = flags or {"lstrip": kind.greedy and use == "mask"}
        extra.append(AddedToken(special[use], **{"normalized": False, **flags}, special=True))
    for token in config.get("additional_special_tokens") or ():
        extra.append(AddedToken(_content(token), normalized=False, special=True))
    missing = [special[use] for use in ("cls", "sep") if tokens.token_to_id(special[use]) is None]
    if missing or tokens.token_to_id(special["pad"]) is None:
        missing += [special["pad"]]
        raise BadInput(f"{folder / kind.file} lacks the special token {missing[0]!r}")
    for token in extra:
        tokens.add_tokens([token])
    first, last = special["cls"], special["sep"]
    second = " ".join([f"{last}:0"] * kind.pair)
    index = 1 if kind.pair == 1 else 0
    tokens.post_processor = TemplateProcessing(
        single=f"{first}:0 $A:0 {last}:0",
        pair=f"{first}:0 $A:0 {second} $B:{index} {last}:{index}",
        special_tokens=[(token, tokens.token_to_id(token)) for token in {first, last}],
    )
    return tokens


FLAGS = ("lstrip", "rstrip", "single_word", "normalized")


def _kind(folder: Path, config: dict[str, Any]) -> Kind:
    """Find out which tokenizer it is, by its class, the model's type or its file."""
    name = str(config.get("tokenizer_class") or "").removesuffix("Fast")
    model = folder / "config.json"
    if name in ("", "PreTrainedTokenizer", "TokenizersBackend") and model.is_file():
        name = CLASSES.get(json.loads(model.read_text("utf-8")).get("model_type"), "")
    if name in ("", "PreTrainedTokenizer", "TokenizersBackend"):
        there = (key for key, kind in KINDS.items() if (folder / kind.file).is_file())
        name = next(there, "BertTokenizer")
    if name not in KINDS:
        raise BadInput(
            f"{folder} has no tokenizer.json, and zooflow does not build a {name}",
            hint=f"it builds {', '.join(KINDS)}",
        )
    if not (folder / KINDS[name].file).is_file():
        raise BadInput(f"{folder} has neither tokenizer.json nor {KINDS[name].file}")
    return KINDS[name]


def _added(folder: Path, config: dict[str, Any]) -> list[Any]:
    """List the tokens that were added to the vocabulary, by id."""
    from tokenizers import AddedToken

    path = folder / "added_tokens.json"
    found: dict[int, Any] = {}
    if path.is_file():
        listed = json.loads(path.read_text("utf-8"))
        found = {index: {"content": token} for token, index in listed.items()}
    found |= {int(index): token for index, token in config.get("added_tokens_decoder", {}).items()}
    return [
        AddedToken(
            found[i]["content"], **{k: v for k, v in found[i].items() if k in (*FLAGS, "special")}
        )
        for i in sorted(found)
    ]


def _content(token: Any) -> str:
    return token["content"] if isinstance(token, dict) else token


def _wordpiece(path: Path, config: dict[str, Any], special: Special) -> Any:
    from tokenizers import Tokenizer, decoders, models, normalizers
    from tokenizers.pre_tokenizers import BertPreTokenizer

    try:
        lines = path.read_text("utf-8").removesuffix("\n").split("\n")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 at byte {error.start}") from error
    vocabulary = {token: i for i, token in enumerate(lines)}
    if special["unk"] not in vocabulary:
        raise BadInput(f"{path} lacks the special token {special['unk']!r}")
    tokens = Tokenizer(models.WordPiece(vocabulary, unk_token=special["unk"]))
    tokens.normalizer = normalizers.BertNormalizer(
        clean_text=True,
        handle_chinese_chars=config.get("tokenize_chinese_chars", True),
        strip_accents=config.get("strip_accents"),
        lowercase=config.get("do_lower_case", True),
    )
    tokens.pre_tokenizer = BertPreTokenizer()
    tokens.decoder = decoders.WordPiece()
    return tokens


def _bytes(path: Path, config: dict[str, Any], special: Special) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    merges = path.with_name("merges.txt")
    if not merges.is_file():
        raise BadInput(f"{path.parent} has {path.name}, but no merges.txt")
    try:
        model = models.BPE.from_file(str(path), str(merges))
    except Exception as error:  # the library raises nothing narrower
        raise BadInput(f"{path} is not a vocabulary: {error}") from error
    tokens = Tokenizer(model)
    space = config.get("add_prefix_space", False)
    tokens.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=space)
    tokens.decoder = decoders.ByteLevel()
    return tokens


def _unigram(pieces: Pieces, scored: list[tuple[str, float]], unknown: int, steps: Any) -> Any:
    """Make a tokenizer of pieces; control pieces and those of users are never cut."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers

    tokens = Tokenizer(models.Unigram(scored, unknown, False))
    normal, split, scheme = steps
    if normal:
        tokens.normalizer = normalizers.Sequence(normal)
    space = pre_tokenizers.Metaspace(prepend_scheme=scheme)
    tokens.pre_tokenizer = pre_tokenizers.Sequence([*split, space])
    tokens.decoder = decoders.Metaspace(prepend_scheme=scheme)
    for text, control in pieces.whole:
        if tokens.token_to_id(text) is not None:
            tokens.add_tokens([AddedToken(text, normalized=False, special=control)])
    return tokens


def _scheme(config: dict[str, Any], otherwise: str) -> str:
    return "always" if config.get("add_prefix_space", True) else otherwise


def _albert(path: Path, config: dict[str, Any], special: Special) -> Any:
    from tokenizers import normalizers as n
    from tokenizers.pre_tokenizers import WhitespaceSplit

    pieces = read_pieces(path)
    steps: list[Any] = [n.Replace("``", '"'), n.Replace("''", '"')]
    steps += [] if config.get("keep_accents", False) else [n.NFKD(), n.StripAccents()]
    steps += [n.Lowercase()] if config.get("do_lower_case", True) else []
    steps += [n.Precompiled(pieces.charsmap)] if pieces.charsmap else []
    split = [WhitespaceSplit()]
    scheme = _scheme(config, "never")
    return _unigram(pieces, pieces.scored, pieces.unknown, (steps, split, scheme))


def _deberta(path: Path, config: dict[str, Any], special: Special) -> Any:
    from tokenizers import Regex
    from tokenizers import normalizers as n
    from tokenizers.pre_tokenizers import Punctuation

    pieces = read_pieces(path)
    steps: list[Any] = [n.Lowercase()] if config.get("do_lower_case", False) else []
    steps += [n.Replace(Regex(r"\s{2,}|[\n\r\t]"), " "), n.NFC(), n.Strip(left=False, right=True)]
    split = [Punctuation("isolated")] if config.get("split_by_punct", False) else []
    scheme = _scheme(config, "first")
    return _unigram(pieces, pieces.scored, pieces.unknown, (steps, split, scheme))


def _fairseq(
    path: Path, config: dict[str, Any], begin: list[tuple[str, float]], skip: int, special: Special
) -> Any:
    """Make a tokenizer whose first ids are fairseq's, not sentencepiece's."""
    from tokenizers import normalizers as n
    from tokenizers.pre_tokenizers import WhitespaceSplit

    pieces = read_pieces(path)
    steps = [n.Precompiled(pieces.charsmap)] if pieces.charsmap else []
    scored = [*begin, *pieces.scored[skip:], (special["mask"], 0.0)]
    return _unigram(pieces, scored, 3, (steps, [WhitespaceSplit()], _scheme(config, "never")))


def _xlm_roberta(path: Path, config: dict[str, Any], special: Special) -> Any:
    begin = [(special[use], 0.0) for use in ("bos", "pad", "eos", "unk")]
    return _fairseq(path, config, begin, 3, special)


def _camembert(path: Path, config: dict[str, Any], special: Special) -> Any:
    spare = ["<s>NOTUSED", special["pad"], "</s>NOTUSED", special["unk"]]
    begin = [*((token, 0.0) for token in spare), ("<unk>NOTUSED", -100.0)]
    return _fairseq(path, config, begin, 1, special)


MPNET = {**FAIRSEQ, "unk": "[UNK]"}
ALBERT = {
    **FAIRSEQ,
    "bos": "[CLS]",
    "eos": "[SEP]",
    "sep": "[SEP]",
    "cls": "[CLS]",
    "mask": "[MASK]",
}
DEBERTA = {"bos": "[CLS]", "eos": "[SEP]", **BERT}
KINDS = {
    "BertTokenizer": Kind("vocab.txt", BERT, _wordpiece),
    "DistilBertTokenizer": Kind("vocab.txt", BERT, _wordpiece),
    "ElectraTokenizer": Kind("vocab.txt", BERT, _wordpiece),
    "MPNetTokenizer": Kind("vocab.txt", MPNET, _wordpiece, pair=2, greedy=True),
    "RobertaTokenizer": Kind("vocab.json", FAIRSEQ, _bytes, pair=2),
    "XLMRobertaTokenizer": Kind("sentencepiece.bpe.model", FAIRSEQ, _xlm_roberta, pair=2),
    "CamembertTokenizer": Kind("sentencepiece.bpe.model", FAIRSEQ, _camembert, pair=2, greedy=True),
    "AlbertTokenizer": Kind("spiece.model", ALBERT, _albert),
    "DebertaV2Tokenizer": Kind("spm.model", DEBERTA, _deberta),
}
CLASSES = {  # of the model types
    "bert": "BertTokenizer",
    "distilbert": "DistilBertTokenizer",
    "electra": "ElectraTokenizer",
    "mpnet": "MPNetTokenizer",
    "roberta": "RobertaTokenizer",
    "xlm-roberta": "XLMRobertaTokenizer",
    "camembert": "CamembertTokenizer",
    "albert": "AlbertTokenizer",
    "deberta-v2": "DebertaV2Tokenizer",
}
