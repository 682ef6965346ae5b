"""Hold tokenizers of every kind against transformers' own, id by id, on lines in many scripts.

    $ PYTHONPATH=. python scripts/parity_vocabularies.py [--golden FOLDER]

Run it where transformers, sentencepiece and protobuf are installed. Vocabularies are trained on the
fly: WordPiece, byte-level BPE, and sentencepiece's unigrams; each is read from the files that older
checkpoints hold, and from the tokenizer.json that transformers writes. `--golden` stores the
vocabularies, some lines and transformers' ids for the tests.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import sentencepiece
import transformers
from parity_tokenizer import lines
from tokenizers import BertWordPieceTokenizer, ByteLevelBPETokenizer

from zooflow.cards import TextInput
from zooflow.data.texts import Tokenizer

LENGTH = 64
FAIRSEQ = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
BERT = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
KINDS: dict[str, list[dict[str, Any]]] = {  # transformers' classes, and options to try
    "BertTokenizer": [{}, {"do_lower_case": False}, {"strip_accents": True}],
    "DistilBertTokenizer": [{}],
    "MPNetTokenizer": [{}, {"do_lower_case": False, "tokenize_chinese_chars": False}],
    "RobertaTokenizer": [{}, {"add_prefix_space": True}],
    "XLMRobertaTokenizer": [{}, {"additional_special_tokens": ["<new>"]}],
    "CamembertTokenizer": [{}],
    "AlbertTokenizer": [{}, {"do_lower_case": False, "keep_accents": True}],
    "DebertaV2Tokenizer": [{}, {"do_lower_case": True, "split_by_punct": True}],
}


def train(kind: str, folder: Path, texts: list[str], size: int) -> None:
    """Write the vocabulary of a kind, of about this many tokens, learned from texts."""
    if kind in ("BertTokenizer", "DistilBertTokenizer", "MPNetTokenizer"):
        special = ["<s>", "<pad>", "</s>", "[UNK]", "<mask>"] if kind == "MPNetTokenizer" else BERT
        words = BertWordPieceTokenizer()
        words.train_from_iterator(texts, size, special_tokens=special, limit_alphabet=500)
        words.save_model(str(folder))
    elif kind == "RobertaTokenizer":
        pairs = ByteLevelBPETokenizer()
        pairs.train_from_iterator(texts, size, special_tokens=FAIRSEQ)
        pairs.save_model(str(folder))
    else:
        name, options = SENTENCEPIECE[kind]
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts),
            model_prefix=str(folder / name),
            vocab_size=size,
            character_coverage=0.98,
            hard_vocab_limit=False,
            minloglevel=2,
            num_threads=1,
            **options,
        )
        (folder / f"{name}.vocab").unlink()


ALBERT = {"pad_id": 0, "unk_id": 1, "bos_id": 2, "eos_id": 3, "bos_piece": "[CLS]"}
ALBERT |= {"eos_piece": "[SEP]", "control_symbols": ["[MASK]"], "pad_piece": "<pad>"}
DEBERTA = {"pad_id": 0, "bos_id": 1, "eos_id": 2, "unk_id": 3, "unk_piece": "[UNK]"}
DEBERTA |= {"pad_piece": "[PAD]", "bos_piece": "[CLS]", "eos_piece": "[SEP]"}
SENTENCEPIECE: dict[str, tuple[str, dict[str, Any]]] = {
    "XLMRobertaTokenizer": ("sentencepiece.bpe", {"user_defined_symbols": ["<sep2>"]}),
    "CamembertTokenizer": ("sentencepiece.bpe", {"normalization_rule_name": "identity"}),
    "AlbertTokenizer": ("spiece", ALBERT),
    "DebertaV2Tokenizer": ("spm", DEBERTA),
}


def main() -> int:
    """Compare all kinds and say how many lines differ."""
    texts = lines(2000)
    wrong = compared = 0
    stored = Path(sys.argv[sys.argv.index("--golden") + 1]) if "--golden" in sys.argv else None
    goldens: list[Any] = []
    latin = ["".join(c for c in text if ord(c) < 0x17F) for text in texts[9:400]]
    taught = (latin, 500) if stored else (texts[9:], 12000)
    for kind, options in KINDS.items():
        for option in options:
            with tempfile.TemporaryDirectory() as place:
                folder = Path(place)
                train(kind, folder, *taught)
                config = {"tokenizer_class": kind, "model_max_length": 512} | option
                (folder / "tokenizer_config.json").write_text(json.dumps(config), "utf-8")
                theirs = getattr(transformers, kind).from_pretrained(folder)
                whole = folder / "whole"
                theirs.save_pretrained(whole)
                for form in (folder, whole):
                    bad = differing(theirs, Tokenizer.from_folder(form, TextInput(LENGTH)), texts)
                    print(f"{kind} {option} from {'json' if form == whole else 'parts'}: {bad}")
                    wrong, compared = wrong + bad, compared + len(texts)
                if stored and not option:
                    name = next(
                        n for n in ("vocab.txt", "vocab.json", *MODELS) if (folder / n).is_file()
                    )
                    (stored / kind).mkdir(parents=True, exist_ok=True)
                    for file in (name, "merges.txt"):
                        if (folder / file).is_file():
                            (stored / kind / file).write_bytes((folder / file).read_bytes())
                    goldens += [[kind, text, theirs(text)["input_ids"]] for text in texts[9:24]]
    if stored:
        rows = ",\n".join(json.dumps(row) for row in goldens)
        (stored / "tokens.json").write_text(f"[\n{rows}\n]\n", "utf-8")
    print(f"{wrong} of {compared} lines differ from transformers'")
    return 1 if wrong else 0


MODELS = ("sentencepiece.bpe.model", "spiece.model", "spm.model")


def differing(theirs: Any, ours: Tokenizer, texts: list[str]) -> int:
    """Count the texts whose ids differ."""
    expected = theirs(texts, truncation=True, max_length=LENGTH, padding=False)["input_ids"]
    got = ours(texts)
    return sum(
        row[mask.astype(bool)].tolist() != ids
        for row, mask, ids in zip(got["input_ids"], got["attention_mask"], expected, strict=True)
    )


if __name__ == "__main__":
    sys.exit(main())
