"""Token ids: equal to transformers', padded and cut as asked."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer as Tokens

from zooflow.cards import TextInput
from zooflow.data import Tokenizer
from zooflow.errors import BadInput

HERE = Path(__file__).parent / "data"
GOLDENS = json.loads((HERE / "tokens.json").read_text("utf-8"))
KINDS = json.loads((HERE / "tokenizers" / "tokens.json").read_text("utf-8"))


def folder(tmp_path: Path, config: dict | None = None) -> Path:
    shutil.copy(HERE / "tokenizer" / "vocab.txt", tmp_path)
    if config is not None:
        (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    return tmp_path


def ids(tokenizer: Tokenizer, text: str) -> list[int]:
    out = tokenizer([text])
    return out["input_ids"][0, : out["attention_mask"].sum()].tolist()


@pytest.mark.parametrize("whole", [False, True], ids=["vocab.txt", "tokenizer.json"])
def test_ids_equal_those_that_transformers_made(whole, tmp_path):
    assert len(GOLDENS) == 60
    for number, options in enumerate(
        {json.dumps(golden[0]): golden[0] for golden in GOLDENS}.values()
    ):
        place = tmp_path / str(number)
        place.mkdir()
        folder(place, options)
        tokenizer = Tokenizer.from_folder(place, TextInput(512))
        if whole:  # as it comes with the defaults, which the options in the config override
            plain = tmp_path / f"plain{number}"
            plain.mkdir()
            Tokenizer.from_folder(folder(plain), TextInput(512)).save(plain)
            shutil.copy(plain / "tokenizer.json", place)
            tokenizer = Tokenizer.from_folder(place, TextInput(512))
        for other, text, expected in GOLDENS:
            if other == options:
                assert ids(tokenizer, text) == expected, (options, text)


def kind_folder(place: Path, kind: str, **config) -> Path:
    shutil.copytree(HERE / "tokenizers" / kind, place, dirs_exist_ok=True)
    (place / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": kind} | config))
    return place


@pytest.mark.parametrize("kind", sorted({golden[0] for golden in KINDS}))
def test_ids_of_every_kind_equal_those_that_transformers_made(kind, tmp_path):
    tokenizer = Tokenizer.from_folder(kind_folder(tmp_path, kind), TextInput(512))
    saved = tmp_path / "saved"
    saved.mkdir()
    tokenizer.save(saved)
    again = Tokenizer.from_folder(saved, TextInput(512))
    assert again.pad == tokenizer.pad
    for other, text, expected in KINDS:
        if other == kind:
            assert ids(tokenizer, text) == expected, text
            assert ids(again, text) == expected, text


def test_the_model_type_says_which_tokenizer_it_is(tmp_path):
    kind_folder(tmp_path, "CamembertTokenizer", tokenizer_class=None)
    (tmp_path / "config.json").write_text('{"model_type": "camembert"}')
    expected = next(golden for golden in KINDS if golden[0] == "CamembertTokenizer")
    assert ids(Tokenizer.from_folder(tmp_path, TextInput(512)), expected[1]) == expected[2]


def test_settings_of_tokenizer_config_are_honoured(tmp_path):
    plain = Tokenizer.from_folder(kind_folder(tmp_path, "RobertaTokenizer"), TextInput(16))
    plain.save(tmp_path)  # tokenizer.json, which the config overrides
    kind_folder(tmp_path, "RobertaTokenizer", add_prefix_space=True, truncation_side="left")
    changed = Tokenizer.from_folder(tmp_path, TextInput(16))
    assert ids(changed, "the fox") == ids(plain, " the fox")
    long = "the fox " * 20 + "x"
    assert ids(changed, long)[-2] == ids(plain, " x")[-2] != ids(plain, long)[-2]


def test_padding_on_the_left_is_refused(tmp_path):
    kind_folder(tmp_path, "RobertaTokenizer", padding_side="left")
    with pytest.raises(BadInput, match="pads on the left, and zooflow only on the right"):
        Tokenizer.from_folder(tmp_path, TextInput(16))


def test_tokenizer_json_says_where_to_pad_and_cut_unless_its_config_does(tmp_path):
    plain = Tokenizer.from_folder(kind_folder(tmp_path, "RobertaTokenizer"), TextInput(16))
    plain.tokens.enable_truncation(16, direction="left")
    plain.tokens.enable_padding(direction="left", pad_token="<pad>")
    plain.tokens.save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(BadInput, match="pads on the left"):
        Tokenizer.from_folder(tmp_path, TextInput(16))
    kind_folder(tmp_path, "RobertaTokenizer", padding_side="right")
    left = Tokenizer.from_folder(tmp_path, TextInput(16))
    kind_folder(tmp_path, "RobertaTokenizer", padding_side="right", truncation_side="right")
    right = Tokenizer.from_folder(tmp_path, TextInput(16))
    long = "the fox " * 20 + "x"
    assert ids(left, long)[-2] == ids(right, " x")[-2] != ids(right, long)[-2]


def test_tokens_that_were_added_have_their_ids(tmp_path):
    size = len((HERE / "tokenizers" / "BertTokenizer" / "vocab.txt").read_text().splitlines())
    kind_folder(tmp_path, "BertTokenizer", additional_special_tokens=["<b>"])
    (tmp_path / "added_tokens.json").write_text(json.dumps({"<a>": size}))
    tokenizer = Tokenizer.from_folder(tmp_path, TextInput(16))
    assert ids(tokenizer, "<a><b>")[1:-1] == [size, size + 1]


def test_sentence_transformers_may_want_lower_case(tmp_path):
    kind_folder(tmp_path, "RobertaTokenizer")
    plain = Tokenizer.from_folder(tmp_path, TextInput(16))
    (tmp_path / "sentence_bert_config.json").write_text('{"do_lower_case": true}')
    lower = Tokenizer.from_folder(tmp_path, TextInput(16))
    assert ids(lower, "The FOX") == ids(plain, "the fox") != ids(plain, "The FOX")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds 0 pieces"),
        (b"\x0a\xff", "is not a sentencepiece model"),
        (b"\x0b", "is not a sentencepiece model"),
        (b"\x0a\x03\x0a\x01a\x12\x02\x18\x02", "of kind 2; zooflow reads unigram ones"),
    ],
)
def test_a_broken_sentencepiece_model_is_refused(tmp_path, content, message):
    (kind_folder(tmp_path, "DebertaV2Tokenizer") / "spm.model").write_bytes(content)
    with pytest.raises(BadInput, match=message):
        Tokenizer.from_folder(tmp_path, TextInput())


def test_an_unknown_kind_of_tokenizer_is_refused(tmp_path):
    kind_folder(tmp_path, "BertTokenizer", tokenizer_class="BertJapaneseTokenizer")
    with pytest.raises(BadInput, match="does not build a BertJapaneseTokenizer"):
        Tokenizer.from_folder(tmp_path, TextInput())


def test_lengths_are_padded_to_eights_and_cut(tmp_path):
    tokenizer = Tokenizer.from_folder(folder(tmp_path), TextInput(20))
    short = tokenizer(["the fox", ""])
    assert {key: value.shape for key, value in short.items()} == {
        "input_ids": (2, 8),
        "attention_mask": (2, 8),
        "token_type_ids": (2, 8),
    }
    assert all(value.dtype == np.int32 for value in short.values())
    assert short["attention_mask"].sum(1).tolist() == [4, 2]
    assert (short["input_ids"][short["attention_mask"] == 0] == 0).all()
    long = tokenizer(["the fox " * 100])
    assert long["input_ids"].shape == (1, 20)
    assert long["input_ids"][0, -1] == 4  # [SEP] stays
    assert tokenizer([])["input_ids"].shape == (0, 0)


def test_padding_and_cutting_stored_in_the_file_do_not_count(tmp_path):
    plain = Tokenizer.from_folder(folder(tmp_path), TextInput(64))
    plain.save(tmp_path)
    tokens = Tokens.from_file(str(tmp_path / "tokenizer.json"))
    tokens.enable_padding(length=128)
    tokens.enable_truncation(5)
    tokens.save(str(tmp_path / "tokenizer.json"))
    tokenizer = Tokenizer.from_folder(tmp_path, TextInput(64))
    texts = ["the quick brown fox jumps", "the fox"]
    for key, value in tokenizer(texts).items():
        np.testing.assert_array_equal(value, plain(texts)[key])


def test_a_saved_tokenizer_gives_the_same_ids_again(tmp_path):
    config = {"do_lower_case": False, "pad_token": {"content": "[MASK]"}, "mask_token": "[PAD]"}
    tokenizer = Tokenizer.from_folder(folder(tmp_path, config), TextInput(32))
    saved = tmp_path / "saved"
    saved.mkdir()
    tokenizer.save(saved)
    assert sorted(path.name for path in saved.iterdir()) == [
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    texts = [golden[1] for golden in GOLDENS]
    again = Tokenizer.from_folder(saved, TextInput(32))
    assert again.pad == tokenizer.pad == 5
    for key, value in tokenizer(texts).items():
        np.testing.assert_array_equal(value, again(texts)[key])


def broken(name: str, content: str | bytes):
    def make(place: Path) -> None:
        folder(place)
        (place / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    return make


BAD = {
    "nothing": (lambda place: None, "has neither tokenizer.json nor vocab.txt"),
    "no json": (broken("tokenizer.json", "{"), r"tokenizer\.json is not a tokenizer: "),
    "other json": (broken("tokenizer.json", "{}"), r"tokenizer\.json is not a tokenizer: "),
    "config": (broken("tokenizer_config.json", "{"), r"tokenizer_config\.json is not JSON"),
    "list": (broken("tokenizer_config.json", "[]"), r"tokenizer_config\.json is no JSON object"),
    "latin-1": (broken("vocab.txt", b"[PAD]\n\xe9\n"), r"vocab\.txt is not UTF-8 at byte 6"),
    "no special": (broken("vocab.txt", "a\nb\n"), r"vocab\.txt lacks the special token '\[UNK\]'"),
    "other pad": (broken("tokenizer_config.json", '{"pad_token": "<pad>"}'), "token '<pad>'"),
}


@pytest.mark.parametrize("name", BAD)
def test_broken_tokenizers_are_refused_in_one_sentence(name, tmp_path):
    make, message = BAD[name]
    make(tmp_path)
    with pytest.raises(BadInput, match=message) as caught:
        Tokenizer.from_folder(tmp_path, TextInput())
    assert "\n" not in str(caught.value)
