"""Tables of texts and of image files: every cell as written, every fault with its row."""

import json
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from PIL import Image

from zooflow.cards import TextInput
from zooflow.data import Table, read_examples, read_inputs
from zooflow.errors import BadData

GOOD = [("good", "pos"), ("bad", "neg"), ("fine", "pos"), ("awful", "neg"), ("nice", "pos")]


def csv(rows, header="text,label") -> str:
    return "\n".join([header, *(",".join(row) for row in rows)]) + "\n"


def jsonl(rows, keys=("text", "label")) -> str:
    return "".join(json.dumps(dict(zip(keys, row, strict=True))) + "\n" for row in rows)


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def parquet(path: Path, **columns) -> Path:
    pyarrow.parquet.write_table(pyarrow.table(columns), path)
    return path


def everything(split) -> dict[str, str]:
    """Pair all texts with their labels."""
    return {
        text: split.labels[target]
        for part in (split.train, split.validation)
        for text, target in zip(part.inputs, part.targets, strict=True)
    }


@pytest.mark.parametrize("kind", ["csv", "semicolon.csv", "tsv", "jsonl", "ndjson", "parquet"])
def test_every_kind_of_table_tells_the_same(kind, tmp_path):
    path = tmp_path / f"t.{kind}"
    if kind == "parquet":
        texts, labels = zip(*GOOD, strict=True)
        parquet(path, text=texts, label=labels, extra=list(range(5)))
    elif kind in ("jsonl", "ndjson"):
        write(path, jsonl(GOOD))
    else:
        mark = {"csv": ",", "semicolon.csv": ";", "tsv": "\t"}[kind]
        write(path, csv(GOOD).replace(",", mark))
    split = Table(str(path)).open(0)
    assert everything(split) == dict(GOOD)
    assert split.modality == "text"
    assert split.labels == ("neg", "pos")
    first = 1 if kind in ("jsonl", "ndjson", "parquet") else 2
    rows = {int(at.rpartition(" ")[2]) for at in split.train.origins + split.validation.origins}
    assert rows == set(range(first, first + 5))


LABELS = ["NA", "None", "null", "nan", "", "01", "1", "1.0", "true", "True", "-", "N/A", "ünï"]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_labels_are_what_the_file_says_to_the_letter(kind, tmp_path):
    wanted = [label for label in LABELS if label]
    rows = [(f"text {label} {i}", label) for label in wanted for i in range(2)]
    texts, labels = zip(*rows, strict=True)
    path = tmp_path / f"t.{kind}"
    if kind == "parquet":
        parquet(path, text=texts, label=labels)
    else:
        write(path, csv(rows) if kind == "csv" else jsonl(rows))
    split = Table(str(path)).open(0)
    assert split.labels == tuple(sorted(wanted))
    assert everything(split) == dict(rows)


def test_numbers_are_labels_by_their_spelling(tmp_path):
    rows = [(f"text {i}", i % 3) for i in range(9)]
    texts, labels = zip(*rows, strict=True)
    assert Table(str(write(tmp_path / "t.jsonl", jsonl(rows)))).open(0).labels == ("0", "1", "2")
    path = parquet(tmp_path / "t.parquet", text=texts, label=labels)
    assert Table(str(path)).open(0).labels == ("0", "1", "2")
    flags = parquet(tmp_path / "f.parquet", text=texts, label=[i % 2 == 0 for i in range(9)])
    assert Table(str(flags)).open(0).labels == ("false", "true")
    kinds = pyarrow.array(["a", "b", "c"] * 3).dictionary_encode()
    assert Table(str(parquet(tmp_path / "d.parquet", text=texts, label=kinds))).open(0).labels == (
        *("a", "b", "c"),
    )


def test_half_stars_are_classes_but_measurements_are_not(tmp_path):
    stars = [(f"{i} {s}", f"{s / 2}") for s in range(1, 11) for i in range(2)]
    assert len(Table(str(write(tmp_path / "s.csv", csv(stars)))).open(0).labels) == 10
    years = [(f"{i} {y}", str(1990 + y)) for y in range(30) for i in range(2)]
    assert len(Table(str(write(tmp_path / "y.csv", csv(years)))).open(0).labels) == 30


def test_quotes_newlines_and_marks_at_the_start_are_read(tmp_path):
    text = '\ufefftext,label\r\n"one, ""two""\nthree",a\r\n\r\nfour,b\r\nfive,a\r\nsix,b\r\n'
    split = Table(str(write(tmp_path / "t.csv", text))).open(0)
    assert everything(split) == {'one, "two"\nthree': "a", "four": "b", "five": "a", "six": "b"}
    origins = split.train.origins + split.validation.origins
    assert sorted(at.partition(" ")[2] for at in origins) == [
        "row 2",
        "row 4 (line 5)",
        "row 5 (line 6)",
        "row 6 (line 7)",
    ]


def test_very_long_texts_are_fine(tmp_path):
    rows = [("x" * 2_000_000, "a"), ("y" * 300_000, "a"), ("z", "b"), ("w", "b")]
    for name, content in (("t.csv", csv(rows)), ("t.jsonl", jsonl(rows))):
        assert everything(Table(str(write(tmp_path / name, content))).open(0)) == dict(rows)


def test_unusual_line_separators_within_a_text_end_no_row(tmp_path):
    rows = [("a\u2028b\x85c\x0bd", "a"), ("2", "a"), ("3", "b"), ("4", "b")]
    for name, content in (
        ("t.csv", csv(rows)),
        (
            "t.jsonl",
            "".join(
                json.dumps({"text": t, "label": v}, ensure_ascii=False) + "\n" for t, v in rows
            ),
        ),
    ):
        assert everything(Table(str(write(tmp_path / name, content))).open(0)) == dict(rows)


def test_other_columns_are_named_and_spaces_around_names_and_labels_do_not_count(tmp_path):
    path = write(tmp_path / "t.csv", "id, Review ,kind\n1,aa, x \n2,bb,x\n3,cc,y\n4,dd, y\n")
    split = Table(str(path), text="Review", label="kind").open(0)
    assert split.labels == ("x", "y")
    assert everything(split)["aa"] == "x"


def test_a_second_file_is_the_validation(tmp_path):
    train = write(tmp_path / "train.csv", csv(GOOD))
    other = write(tmp_path / "val.jsonl", jsonl([("meh", "neg"), ("good", "pos")]))
    split = Table(str(train), validation=str(other)).open(0)
    assert split.validation.inputs == ("meh", "good")
    assert split.train.inputs == tuple(text for text, _ in GOOD)
    assert split.notes == (f"1 duplicate across the split, first {train} row 2 and {other} row 2",)


def test_the_same_text_stays_on_one_side(tmp_path):
    rows = [(f"text {i}", "ab"[i % 2]) for i in range(20)]
    split = Table(str(write(tmp_path / "t.csv", csv(rows + rows[:12])))).open(0)
    assert not set(split.train.inputs) & set(split.validation.inputs)
    assert split.notes[0].startswith("12 duplicates in the data, kept together, first ")


def pictures(folder: Path, count: int) -> list[str]:
    (folder / "pics").mkdir()
    for i in range(count):
        pixels = np.random.RandomState(i).randint(0, 256, (5, 5, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(folder / "pics" / f"{i}.png")
    return [f"pics/{i}.png" for i in range(count)]


def test_image_files_are_seen_from_the_table(tmp_path):
    rows = [(name, "ab"[i % 2]) for i, name in enumerate(pictures(tmp_path, 6))]
    path = write(tmp_path / "t.csv", csv(rows, "image,label"))
    split = Table(str(path)).open(0)
    assert split.modality == "image"
    assert len(split.train.inputs) == 4
    assert all(file.is_file() for file in split.train.inputs)
    (tmp_path / "pics" / "3.png").write_bytes(b"no")
    rows.append(("pics/missing.png", "a"))
    write(path, csv(rows, "image,label"))
    with pytest.raises(BadData) as caught:
        Table(str(path)).open(0)
    pics = tmp_path / "pics"
    assert str(caught.value) == (
        f"2 of 7 examples cannot be used: {path} row 5: {pics / '3.png'} is not an image; "
        f"{path} row 8: {pics / 'missing.png'} cannot be read: No such file or directory"
    )
    split = Table(str(path), on_bad_file="skip").open(0)
    assert len(split.train.inputs) + len(split.validation.inputs) == 5


def test_rows_without_a_text_or_label_are_skipped_when_asked(tmp_path):
    path = write(tmp_path / "t.csv", csv([*GOOD, ("", "pos"), ("  ", "neg"), ("word", "")]))
    with pytest.raises(BadData) as caught:
        Table(str(path)).open(0)
    assert str(caught.value) == (
        f"3 of 8 examples cannot be used: {path} row 7: column 'text' is empty; "
        f"{path} row 8: column 'text' is empty; {path} row 9: column 'label' is empty"
    )
    split = Table(str(path), on_bad_file="skip").open(0)
    assert everything(split) == dict(GOOD)
    assert split.notes[0].startswith("skipped 3 of 8 examples")


def test_new_data_need_no_labels(tmp_path):
    path = write(tmp_path / "t.csv", "text\none\ntwo\n")
    assert read_inputs(Table(str(path))) == (("one", "two"), (f"{path} row 2", f"{path} row 3"))


def test_new_data_are_read_with_the_labels_of_a_model(tmp_path):
    path = write(tmp_path / "t.csv", csv(GOOD))
    examples, _ = read_examples(Table(str(path)), ("neg", "neutral", "pos"), TextInput())
    assert examples.targets.tolist() == [2, 0, 2, 0, 2]
    with pytest.raises(BadData, match=r"'neg' of .*t\.csv row 3 and 'pos' is not among"):
        read_examples(Table(str(path)), ("other", "another"), TextInput())


MEASURED = csv([(f"t{i}", str(0.37 + i / 100)) for i in range(40)])
PAIR = '{"text": "a", "label": "x"}\n'
BAD = {  # name, content, further arguments, message
    "nothing": ("t.csv", "", {}, "t.csv is empty"),
    "blank": ("t.csv", "\n\n  \n", {}, "t.csv is empty"),
    "only a header": ("t.csv", "text,label\n", {}, "t.csv has no rows"),
    "blank jsonl": ("t.jsonl", "\n", {}, "t.jsonl is empty"),
    "another kind": ("t.xml", "<a/>", {}, "t.xml is not a table"),
    "json": ("t.json", "[]", {}, "t.json is not a table"),
    "workbook": ("t.csv", b"PK\x03\x04rest", {}, "t.csv is a workbook or archive"),
    "utf-16": ("t.csv", "text,label\na,b\n".encode("utf-16"), {}, "is written in UTF-16"),
    "latin-1": (
        "t.csv",
        "text,label\nok,a\ncaf\u00e9,b\n".encode("latin-1"),
        {},
        "t.csv row 3 is not UTF-8: byte 0xe9 at offset 19",
    ),
    "latin-1 after a mark": (
        "t.csv",
        b"\xef\xbb\xbftext,label\n\xe9,b\n",
        {},
        "t.csv row 2 is not UTF-8: byte 0xe9 at offset 14",
    ),
    "latin-1 jsonl": ("t.jsonl", PAIR.encode() + b'{"text": "\xff"}', {}, "row 2 is not UTF-8"),
    "too many cells": (
        "t.csv",
        "text,label\na,b\nc,d,e\n",
        {},
        "t.csv row 3 has 3 cells, but the header has 2",
    ),
    "too few cells": ("t.csv", "text,label\na,b\nc\n", {}, "t.csv row 3 has 1 cells"),
    "open quote": ("t.csv", 'text,label\na,b\n"c,d\ne,f\n', {}, r"row 3 \(line 3\) is not well"),
    "bad quote": ("t.csv", 'text,label\n"a" b,c\n', {}, r"row 2 \(line 2\) is not well formed"),
    "no text column": (
        "t.csv",
        "review,label\na,b\n",
        {},
        "t.csv has no column 'text' or 'image', but 'review', 'label'",
    ),
    "wrong text column": ("t.csv", "review,label\na,b\n", {"text": "x"}, "has no column 'x', but"),
    "no label column": ("t.csv", "text,lable\na,b\n", {}, "t.csv has no column 'label', but"),
    "no header": ("t.csv", "good,pos\nbad,neg\n", {"text": "text"}, "no column 'text', but 'good'"),
    "column twice": ("t.csv", "text,label,label\na,b,c\n", {}, "2 columns named 'label'"),
    "both columns": ("t.csv", csv(GOOD), {"text": "text", "image": "i"}, "one or the other"),
    "empty label": ("t.csv", "text,label\na,x\nb,\n", {}, "t.csv row 3: column 'label' is empty"),
    "blank label": ("t.csv", "text,label\na,x\nb,  \n", {}, "row 3: column 'label' is empty"),
    "empty text": ("t.csv", "text,label\na,x\n,y\n", {}, "t.csv row 3: column 'text' is empty"),
    "null label": (
        "t.jsonl",
        PAIR + '{"text": "b", "label": null}',
        {},
        "row 2: column 'label' is",
    ),
    "no label key": ("t.jsonl", PAIR + '{"text": "b"}', {}, "row 2: column 'label' is missing"),
    "NaN label": ("t.jsonl", PAIR + '{"text": "b", "label": NaN}', {}, "row 2: column 'label' is"),
    "list label": ("t.jsonl", '{"text": "b", "label": ["x"]}', {}, "'label' is a list, not a text"),
    "object text": ("t.jsonl", '{"text": {}, "label": "x"}', {}, "'text' is a dict, not a text"),
    "half a letter": (
        "t.jsonl",
        '{"text": "\\ud83d", "label": "x"}',
        {},
        "row 1: column 'text' holds half a surrogate pair",
    ),
    "not json": ("t.jsonl", PAIR + "text: b\n", {}, "row 2 is not JSON: expecting value at column"),
    "cut json": ("t.jsonl", PAIR + '{"text": "b', {}, "t.jsonl row 2 is not JSON: unterminated"),
    "list line": ("t.jsonl", PAIR + "[1, 2]\n", {}, "t.jsonl row 2 is no JSON object but"),
    "long number": ("t.jsonl", '{"text": %s}' % ("9" * 5000), {}, "t.jsonl row 1 is not JSON"),
    "deep json": ("t.jsonl", "[" * 200_000, {}, "t.jsonl row 1 is not JSON"),
    "no parquet": ("t.parquet", b"PAR1 no", {}, "t.parquet is not a whole Parquet file"),
    "no parquet at all": ("t.parquet", b"", {}, "t.parquet is not a whole Parquet file"),
    "one class": ("t.csv", csv([("a", "x"), ("b", "x")]), {}, "has only one class, 'x'"),
    "one example": (
        "t.csv",
        csv([*GOOD, ("hm", "odd")]),
        {},
        "class 'odd' has only one example, .*t.csv row 7",
    ),
    "measurements": (
        "t.csv",
        MEASURED,
        {},
        "40 different numbers as labels, such as '0.37' in .*t.csv row 2: it looks like a",
    ),
    "no second file": ("t.csv", csv(GOOD), {"validation": "nowhere.csv"}, "nowhere.csv does not"),
    "share": ("t.csv", csv(GOOD), {"validation": 20}, "validation is 20, but must lie"),
    "skip what": ("t.csv", csv([*GOOD, ("", "x")]), {"on_bad_file": "drop"}, "'drop'"),
    "no images": ("t.csv", "image,label\nx.png,a\n", {}, "t.csv row 2: .*x.png cannot be read"),
    "image cell": ("t.csv", "image,label\n,a\n", {}, "t.csv row 2: column 'image' is empty"),
    "folder as image": ("t.csv", "image,label\n.,a\n", {}, "t.csv row 2: .*cannot be read"),
}


@pytest.mark.parametrize("name", BAD)
def test_tables_that_cannot_be_learned_from_are_refused_in_one_sentence(name, tmp_path):
    file, content, arguments, message = BAD[name]
    path = write(tmp_path / file, content)
    with pytest.raises(BadData, match=message) as caught:
        Table(str(path), **arguments).open(0)
    assert "\n" not in str(caught.value)


def test_missing_tables_and_folders_are_refused(tmp_path):
    with pytest.raises(BadData, match="does not exist"):
        Table(str(tmp_path / "t.csv")).open(0)
    with pytest.raises(BadData, match="is a folder, not a table"):
        Table(str(tmp_path)).open(0)


def test_a_near_column_is_suggested(tmp_path):
    path = write(tmp_path / "t.csv", "text,Lable\na,b\n")
    with pytest.raises(BadData) as caught:
        Table(str(path)).open(0)
    assert caught.value.hint == "did you mean 'Lable'?"


def test_a_validation_label_that_training_lacks_is_named_with_its_row(tmp_path):
    train = write(tmp_path / "train.csv", csv(GOOD))
    other = write(tmp_path / "val.csv", csv([("a", "pos"), ("b", "neutral"), ("c", "zzz")]))
    with pytest.raises(BadData) as caught:
        Table(str(train), validation=str(other)).open(0)
    assert str(caught.value) == (
        f"validation label 'neutral' of {other} row 3 and 'zzz' is not among the training labels"
    )
