"""Hold `zooflow.data.Tokenizer` against transformers' own, id by id, on lines in many scripts.

    $ PYTHONPATH=. python scripts/parity_tokenizer.py FOLDER [--golden FILE]

FOLDER has a BERT tokenizer: vocab.txt, perhaps tokenizer.json and tokenizer_config.json. Run it
where transformers is installed. `--golden` stores some lines with transformers' ids for the tests.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
from transformers import BertTokenizer

from zooflow.cards import TextInput
from zooflow.data.texts import Tokenizer

WORDS = """
the quick brown fox jumps İstanbul ΑΣΣ ß ﬁ naïve café résumé Straße don't U.S.A. 3.14 $5 x_y
[MASK] [SEP] [UNK] [PAD] 你好
世界 こんにちは 안녕 مرحبا שלום नमस्ते สวัสดี 👩\u200d👩\u200d👧 🇪🇺 e\u0301
\ufeff \u00ad \u200d supercalifragilistic https://a.b/c?d=e #tag @you 1,000 “quoted” — … ½ ² Ⅳ
ｆｕｌｌ
"""
SCRIPTS = [  # first and last code point
    *((0x00, 0x7F), (0x80, 0x24F), (0x300, 0x36F), (0x370, 0x4FF), (0x590, 0x6FF), (0x900, 0x97F)),
    *((0xE00, 0xE7F), (0x2000, 0x21FF), (0x3040, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3)),
    *((0xF900, 0xFAFF), (0xFE00, 0xFFEF), (0x1D400, 0x1D7FF), (0x1F300, 0x1FAFF)),
    (0x20000, 0x2A6DF),
]
EDGES = ["", " ", "\n\t", "\0a\0", "word " * 900, "x" * 99, "x" * 100, "x" * 101, "世" * 700]
OPTIONS = ({}, {"do_lower_case": False}, {"strip_accents": False}, {"strip_accents": True})


def lines(count: int) -> list[str]:
    """Write lines of words and of letters from many scripts, the same each time."""
    rng = np.random.RandomState(0)
    words = WORDS.split()

    def word() -> str:
        if rng.rand() < 0.6:
            return words[rng.randint(len(words))]
        first, last = SCRIPTS[rng.randint(len(SCRIPTS))]
        return "".join(chr(rng.randint(first, last + 1)) for _ in range(rng.randint(1, 8)))

    return EDGES + [
        (" " if rng.rand() < 0.9 else "").join(word() for _ in range(rng.randint(1, 30)))
        for _ in range(count - len(EDGES))
    ]


def main() -> int:
    """Compare all variants and say how many lines differ."""
    source = Path(sys.argv[1])
    texts = lines(600)
    wrong = 0
    goldens = []
    variants = [(files, options) for files in _variants(source) for options in OPTIONS]
    for files, options in variants:
        with tempfile.TemporaryDirectory() as folder:
            for name in files:
                shutil.copy(source / name, folder)
            config = {"tokenizer_class": "BertTokenizer", "model_max_length": 512} | options
            Path(folder, "tokenizer_config.json").write_text(json.dumps(config), "utf-8")
            theirs = BertTokenizer.from_pretrained(folder)
            ours = Tokenizer.from_folder(Path(folder), TextInput(64))
            for text in texts:
                expected = theirs(text, truncation=True, max_length=64, padding=False)
                got = ours([text])
                size = len(expected["input_ids"])
                wrong += any(got[key][0, :size].tolist() != expected[key] for key in got)
                wrong += bool(got["attention_mask"][0, size:].any())
            goldens += [[options, text, theirs(text)["input_ids"]] for text in texts[9:24]]
    if "--golden" in sys.argv:
        rows = ",\n".join(json.dumps(row) for row in goldens[: 15 * len(OPTIONS)])
        Path(sys.argv[sys.argv.index("--golden") + 1]).write_text(f"[\n{rows}\n]\n", "utf-8")
    print(f"{wrong} of {len(texts) * len(variants)} lines differ from transformers'")
    return 1 if wrong else 0


def _variants(source: Path) -> list[list[str]]:
    whole = [["vocab.txt", "tokenizer.json"]] if (source / "tokenizer.json").is_file() else []
    return [["vocab.txt"], *whole]


if __name__ == "__main__":
    sys.exit(main())
