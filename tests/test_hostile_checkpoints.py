"""Files made to run something, to crash, to exhaust memory or to lie; and plain damage."""

import json
import pickle
import random
import struct
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import numpy as np
import pytest
import torch_bytes as tb
from safetensors.numpy import save_file

from zooflow.checkpoints import open_checkpoint
from zooflow.errors import BadCheckpoint

FIXTURES = Path(__file__).parent / "data/checkpoints"
COMMAND = tb.text("touch fired")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to stand in, where a payload that runs leaves the file "fired"."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refuse(file: Path, reason: str) -> None:
    """Hold that opening a file is refused by name and that nothing ran."""
    with pytest.raises(BadCheckpoint) as caught:
        open_checkpoint(file)
    message = str(caught.value)
    assert str(file) in message
    assert reason in message
    assert "\n" not in message
    assert message.isprintable()
    assert len(message) < len(str(file)) + 400
    assert caught.value.hint
    assert not Path("fired").exists()


LIVE = {  # these do run when Python's own pickle reads them
    "reduce os.system": tb.call("os.system", COMMAND),
    "reduce posix.system": tb.call("posix.system", COMMAND),
    "reduce builtins.eval": tb.call("builtins.eval", tb.text("open('fired', 'w').close()")),
    "reduce builtins.exec": tb.call("builtins.exec", tb.text("open('fired', 'w').close()")),
    "reduce __builtin__.eval": tb.call("__builtin__.eval", tb.text("open('fired', 'w')")),
    "stack_global os.system": tb.text("os") + tb.text("system") + b"\x93" + COMMAND + b"\x85R",
    "inst os.system": b"(" + COMMAND + b"ios\nsystem\n",
    "obj os.system": b"(" + tb.name("os.system") + COMMAND + b"o",
    "newobj subprocess.Popen": tb.name("subprocess.Popen")
    + (b"](" + tb.text("touch") + tb.text("fired") + b"e\x85\x81"),
    "newobj_ex subprocess.Popen": tb.name("subprocess.Popen")
    + (b"](" + tb.text("touch") + tb.text("fired") + b"e\x85}\x92"),
}


@pytest.mark.parametrize("case", LIVE)
@pytest.mark.parametrize("write", [tb.write_zip, tb.write_legacy])
def test_no_payload_runs(case, write, home):
    reason = f"it asks to run {case.split()[1]}"
    refuse(write(home / "model.pth", LIVE[case]), reason)
    refuse(write(home / "among.pth", tb.state({"a": tb.tensor(), "b": LIVE[case]})), reason)


@pytest.mark.parametrize("case", ["reduce os.system", "inst os.system", "obj os.system"])
def test_the_payloads_are_live(case):
    pickle.loads(tb.pickle(LIVE[case]))
    assert Path("fired").exists()


@pytest.mark.parametrize(
    "full",
    [
        "torch.load",
        "torch.hub.load",
        "torch.jit.load",
        "torch.storage._load_from_bytes",
        "torch._utils.__builtins__.eval",
        "torch._utils._rebuild_sparse_tensor",
        "torch._utils._rebuild_qtensor",
        "torch._tensor._rebuild_from_type_v2",
        "torch._dynamo.guards.eval",
        "torch.serialization.os.system",
        "torch.QInt8Storage",
        "torch.storage.TypedStorage",
        "torch.nn.modules.linear.Linear",
        "torch.device",
        "torchvision.models.resnet.ResNet",
        "numpy._core.multiarray._reconstruct",
        "numpy.core.multiarray.scalar",
        "numpy.load",
        "functools.partial",
        "functools.reduce",
        "operator.attrgetter",
        "operator.methodcaller",
        "builtins.getattr",
        "builtins.__import__",
        "builtins.object",
        "types.CodeType",
        "types.FunctionType",
        "importlib.import_module",
        "runpy.run_path",
        "pydoc.locate",
        "pip.main",
        "timeit.timeit",
        "ctypes.CDLL",
        "shutil.rmtree",
        "marshal.loads",
        "_pickle.loads",
        "_codecs.encode",
        "copyreg._reconstructor",
        "copyreg.add_extension",
        "collections.OrderedDict.fromkeys",
        "collections.Counter",
        "collections.defaultdict",
        "argparse.Namespace",
        "zooflow.checkpoints.open_checkpoint",
        "__main__.main",
    ],
)
def test_a_global_is_refused_by_its_full_name(full, home):
    unused = tb.state({"a": tb.tensor(), "b": tb.name(full)})
    refuse(tb.write_zip(home / "model.bin", unused), f"it asks to run {full}")
    module, _, attribute = full.partition(".")  # protocol 4 walks along the dots
    walked = tb.text(module) + tb.text(attribute) + b"\x93"
    refuse(tb.write_legacy(home / "model.pth", walked), f"it asks to run {full}")


def test_a_made_up_name_cannot_paint_the_terminal(home):
    refuse(
        tb.write_zip(home / "model.bin", b"cos\x1b[2J\nsystem\n"),
        r"it asks to run 'os\x1b[2J.system'",
    )
    refuse(tb.write_zip(home / "model.bin", b"c" + b"a" * 900 + b"\nb\n"), "it asks to run 'aaa")
    refuse(tb.write_zip(home / "model.bin", b"c" + b"a" * 9000 + b"\nb\n"), "a name without an end")


HUGE = tb.number(2**70)
VAST = tb.number(2**2000)
TRAINED = {"a": tb.tensor()}
MALFORMED = {
    # opcodes
    "ext1": (b"\x82\x01", "opcode EXT1"),
    "ext2": (b"\x83\x01\x00", "opcode EXT2"),
    "ext4": (b"\x84\x01\x00\x00\x00", "opcode EXT4"),
    "obj of an admitted class": (b"(" + tb.name("collections.OrderedDict") + b"o", "opcode OBJ"),
    "newobj of an admitted class": (tb.name("collections.OrderedDict") + b")\x81", "opcode NEWOBJ"),
    "newobj_ex of one": (tb.name("collections.OrderedDict") + b")}\x92", "opcode NEWOBJ_EX"),
    "inst of one": (b"(icollections\nOrderedDict\n", "to run collections.OrderedDict"),
    "duplicate": (b"N2", "opcode DUP"),
    "pop a payload": (tb.name("os.system") + b"0", "to run os.system"),
    "frozenset": (b"(\x91", "opcode FROZENSET"),
    "long4": (b"\x8b\xff\xff\xff\x7f", "opcode LONG4"),
    "text int": (b"I" + b"9" * 100 + b"\n", "opcode INT"),
    "binbytes8 of 2**62": (b"\x8e" + struct.pack("<Q", 2**62), "opcode BINBYTES8"),
    "bytearray8 of 2**62": (b"\x96" + struct.pack("<Q", 2**62), "opcode BYTEARRAY8"),
    "out of band buffer": (b"\x97", "opcode NEXT_BUFFER"),
    "no opcode": (b"\xff", "opcode b'\\xff'"),
    "protocol 99": (b"\x80\x63", "protocol 99"),
    "unicode of 4 GB": (b"X\xff\xff\xff\xff", "cut off, or longer"),
    "bytes of 4 GB": (b"B\xff\xff\xff\xff", "cut off, or longer"),
    "text that is not utf-8": (b"X\x02\x00\x00\x00\xff\xfe", "not UTF-8"),
    "nothing on the stack": (b"R", "takes what it never put down"),
    "no mark": (b"t", "takes what it never put down"),
    "memo of nothing": (b"q\x00", "takes what it never put down"),
    "memo never kept": (b"h\x07", "recalls 7"),
    "append to a tuple": (b")Na", "fills a tuple"),
    "items into a list": (b"](NNu", "fills a list"),
    "key without a value": (b"}(Nu", "a key without a value"),
    "global of no text": (b"NN\x93", "whose name is no text"),
    # persistent ids
    "text persistent id": (b"Phttp://evil\n", "persistent id 'http://evil'"),
    "persistent id of text": (tb.text("0") + b"Q", "persistent id"),
    "persistent id of a module": (
        b"(" + tb.text("module") + tb.name("torch.Size") + tb.text("s") + tb.text("s") + b"tQ",
        "persistent id",
    ),
    "persistent id as a list": (b"](" + tb.storage()[1:-2] + b"eQ", "persistent id"),
    "storage of no storage class": (tb.storage(kind="torch.Size"), "persistent id"),
    "storage with a view": (tb.storage(tail=b"(" + tb.text("1") + b"t"), "persistent id"),
    # calls
    "call of a storage class": (tb.call("torch.FloatStorage", tb.number(9)), "torch.FloatStorage"),
    "call of a text": (tb.text("os.system") + COMMAND + b"\x85R", "it calls str"),
    "call of a tensor": (tb.tensor() + COMMAND + b"\x85R", "it calls View"),
    "arguments as a list": (tb.name("torch.Size") + b"]R", "it calls torch.Size"),
    "too few arguments": (tb.call("torch._utils._rebuild_tensor_v2"), "_rebuild_tensor_v2"),
    "ordered dict of a text": (tb.call("collections.OrderedDict", COMMAND), "OrderedDict"),
    "ordered dict of odd pairs": (tb.call("collections.OrderedDict", b"](Ne"), "OrderedDict"),
    "parameter of a text": (
        tb.call("torch._utils._rebuild_parameter", COMMAND, b"\x88", tb.HOOKS),
        "_rebuild_parameter",
    ),
    "hooks": (tb.tensor(tail=b"\x89" + tb.state({"a": b"N"})), "_rebuild_tensor_v2"),
    "conjugated": (
        tb.tensor(tail=b"\x89" + tb.HOOKS + tb.state({"conj": b"\x88"})),
        "_rebuild_tensor_v2",
    ),
    "dtype that numpy has not": (
        tb.tensor(
            function="torch._utils._rebuild_tensor_v3",
            tail=b"\x89" + tb.HOOKS + tb.name("torch.float8_e4m3fn"),
        ),
        "torch.float8_e4m3fn",
    ),
    # state
    "build on a tensor": (tb.tensor() + tb.state({"shape": b"N"}) + b"b", "attributes on a View"),
    "build on a class": (tb.name("torch.Size") + tb.state({"a": b"N"}) + b"b", "attributes"),
    "build __class__": (b"}" + tb.state({"__class__": b"N"}) + b"b", "attributes on a dict"),
    "build by slots": (b"}N" + tb.state({"_metadata": b"N"}) + b"\x86b", "attributes on a dict"),
    # storages
    "negative storage": (tb.storage(numel=-1), "the length of storage '0' is -1"),
    "storage of 2**70": (tb.storage(numel=HUGE), "not a count"),
    "storage of 2**2000": (tb.storage(numel=VAST), "not a count"),
    "storage of True": (tb.storage(numel=b"\x88"), "is a bool"),
    "oversized storage": (tb.state({"a": tb.tensor(tb.storage(numel=2**40))}), "storage '0'"),
    "oversized by one": (tb.state({"a": tb.tensor(tb.storage(numel=5))}), "storage '0'"),
    "storage in two ways": (tb.storage() + tb.storage(kind="torch.IntStorage"), "in two ways"),
    "missing storage": (tb.state({"a": tb.tensor(tb.storage("9"))}), "storage '"),
    "storage outside": (tb.state({"a": tb.tensor(tb.storage("../../etc"))}), "storage '"),
    # tensors
    "negative offset": (tb.tensor(offset=-1), "the offset of a tensor in storage '0' is -1"),
    "offset beyond": (tb.tensor(offset=1), "reaches beyond"),
    "offset of 2**70": (tb.tensor(offset=HUGE), "not a count"),
    "offset as a float": (tb.tensor(offset=b"G" + b"\0" * 8), "is a float"),
    "negative axis": (tb.tensor(shape=(-2, -2)), "an axis of a tensor"),
    "shape beyond": (tb.tensor(shape=(2, 3), strides=(3, 1)), "reaches beyond"),
    "shape overflow": (tb.tensor(shape=(2**33, 2**33), strides=(0, 0)), "the size of a tensor"),
    "empty shape overflow": (tb.tensor(shape=(0, 2**47, 2**47), strides=(0, 0, 0)), "the size"),
    "shape as a list": (tb.tensor(shape=b"]"), "has no shape"),
    "shape of texts": (tb.tensor(shape=b"(" + COMMAND * 2 + b"t"), "is a str"),
    "1,000 axes": (tb.tensor(shape=(1,) * 1000, strides=(1,) * 1000), "1000 axes"),
    "more strides than axes": (tb.tensor(strides=(4, 2, 1)), "2 axes and 3 strides"),
    "negative stride": (tb.tensor(strides=(-2, 1)), "a stride of a tensor"),
    "stride overflow": (tb.tensor(strides=(2**63, 1)), "not a count"),
    "stride beyond": (tb.tensor(strides=(2**40, 1)), "reaches beyond"),
    "overlapping": (tb.tensor(strides=(1, 1)), "overlapping elements"),
    "blown up by stride 0": (tb.tensor(shape=(2**40,), strides=(0,)), "overlapping elements"),
    # what is in it
    "not a dictionary": (tb.number(1), "holds a value of type int, not"),
    "one tensor": (tb.tensor(), "holds a tensor, not a dict"),
    "nothing": (b"}", "holds no tensors"),
    "number among tensors": (tb.state({**TRAINED, "epoch": b"K\x01"}), "type int under 'epoch'"),
    "no weights at all": (tb.state({"args": b"}"}), "type dict under 'args'"),
    "tensor under a number": (b"}K\x01" + tb.tensor() + b"s", "a tensor under 1"),
    "two sets of weights": (
        tb.state({"model": tb.state(TRAINED), "state_dict": tb.state(TRAINED)}),
        "under 'state_dict' or under 'model'",
    ),
    "one name twice": (b"}(" + (tb.text("a") + tb.tensor()) * 2 + b"u", "'a' twice"),
    "dictionary in itself": (b"}q\x00" + tb.text("a") + b"h\x00s", "type dict under 'a'"),
    "tuple as key": (b"})Ns", "a key of type tuple"),
    "big int as key": (b"}" + tb.number(2**61 - 1) + b"Ns", "a key of type int"),
}


@pytest.mark.parametrize("case", MALFORMED)
@pytest.mark.parametrize("write", [tb.write_zip, tb.write_legacy])
def test_what_torch_never_writes_is_refused(case, write, home):
    body, reason = MALFORMED[case]
    refuse(write(home / "model.pth", body), reason)


BOMBS = {
    # each crashes Python's own unpickler, or has it take gigabytes
    "tuple nested a million deep as a key": (b"}N" + b"\x85" * 10**6 + b"Ns", "of type tuple"),
    "memo at 2**32": (b"Nr\xff\xff\xff\xff", "holds a value of type NoneType"),
    "list nested a million deep": (b"]" * 10**6 + b"a" * (10**6 - 1), "more than 2,000,000 steps"),
    "lists nested by thousands": (b"]" * 10**5 + b"a" * (10**5 - 1), "holds a value of type list"),
    "marks by thousands": (b"(" * 10**5, "nests more than 100 deep"),
    "two to the million by the memo": (
        b"]q\x00" + b"](h\x00h\x00eq\x00" * 10**5,
        "holds a value of type list",
    ),
    "dictionaries without end": (b"}" * 3 * 10**6, "more than 2,000,000 steps"),
    "ints that collide": (
        b"}(" + b"".join(tb.number(i * (2**61 - 1)) + b"N" for i in range(10**5)) + b"u",
        "a key of type int",
    ),
    "pickle longer than it may be": (tb.text("x" * 17 * 2**20), "more than 16,777,216"),
}


@pytest.mark.parametrize("case", BOMBS)
def test_bombs_go_out_in_bounded_time_and_memory(case, home):
    body, reason = BOMBS[case]
    file = tb.write_zip(home / "model.pth", body)
    begin = time.process_time()
    refuse(file, reason)
    assert time.process_time() - begin < 20
    if len(body) < 500_000:  # tracing the long ones takes too long
        tracemalloc.start()
        refuse(file, reason)
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
        tracemalloc.stop()


# Zip archives


def archive(file: Path, *entries: tuple[str, bytes], method: int = ZIP_STORED) -> Path:
    with ZipFile(file, "w") as opened:
        for entry, content in entries:
            opened.writestr(entry, content, method)
    return file


GOOD = ("archive/data.pkl", tb.pickle(tb.state({"a": tb.tensor()})))
ZERO = ("archive/data/0", tb.FOUR)
ZIPS: dict[str, tuple[list[tuple[str, bytes]], str]] = {
    "up and out": ([GOOD, ZERO, ("archive/../../evil", b"")], "'archive/../../evil' has an unsafe"),
    "up at once": ([GOOD, ZERO, ("../evil", b"")], "'../evil' has an unsafe name"),
    "absolute": ([GOOD, ZERO, ("/etc/passwd", b"")], "'/etc/passwd' is none of"),
    "backslash": ([GOOD, ZERO, ("archive/data/..\\evil", b"")], "has an unsafe name"),
    "beside": ([GOOD, ZERO, ("other/data/0", b"")], "'other/data/0' is none of"),
    "program": ([GOOD, ZERO, ("archive/code/__torch__.py", b"")], "TorchScript program"),
    "constants": ([GOOD, ZERO, ("archive/constants.pkl", b"")], "TorchScript program"),
    "nested zip": ([("model/inner.zip", b"PK\x03\x04")], "it holds 'model/inner.zip'"),
    "zip beside": ([GOOD, ZERO, ("archive/inner.zip", b"PK\x03\x04")], "inner.zip' is none of"),
    "zip as pickle": ([("archive/data.pkl", b"PK\x03\x04\n"), ZERO], "persistent id"),
    "two pickles": ([GOOD, ZERO, ("b/data.pkl", GOOD[1])], "'b/data.pkl' is none of"),
    "pickle at the top": ([("data.pkl", GOOD[1]), ("data/0", tb.FOUR)], "not torch.save's"),
    "arrays of numpy": ([("a.npy", b"\x93NUMPY")], "it holds 'a.npy'"),
    "empty archive": ([], ""),
    "no storage": ([GOOD], "its storage '0' is missing"),
    "short storage": ([GOOD, ("archive/data/0", b"1234")], "claims 16 bytes and has 4"),
    "big-endian": ([GOOD, ZERO, ("archive/byteorder", b"big")], "big-endian"),
    "empty pickle": ([("archive/data.pkl", b""), ZERO], "cut off"),
}


@pytest.mark.parametrize("case", ZIPS)
def test_foreign_zips_are_refused(case, home):
    entries, reason = ZIPS[case]
    refuse(archive(home / "model.pth", *entries), reason)


def test_an_entry_that_is_there_twice_is_refused(home):
    with pytest.warns(UserWarning, match="Duplicate name"):
        archive(home / "model.pth", GOOD, ZERO, ZERO)
    refuse(home / "model.pth", "'archive/data/0' is there twice")


def test_a_compressed_archive_is_refused(home):
    file = archive(home / "model.pth", GOOD, ("archive/data/0", bytes(10**7)), method=ZIP_DEFLATED)
    refuse(file, "'archive/data.pkl' is compressed")


def patched(file: Path, patch: Callable[[bytearray, int], None]) -> Path:
    """Change the directory's entry of data/0, which begins at the place given."""
    raw = bytearray(archive(file, GOOD, ZERO).read_bytes())
    patch(raw, raw.rindex(b"PK\x01\x02"))
    file.write_bytes(raw)
    return file


def put(form: str, at: int, *values: int) -> Callable[[bytearray, int], None]:
    return lambda raw, entry: struct.pack_into(form, raw, entry + at, *values)


def rename(raw: bytearray, entry: int) -> None:
    raw[entry + 46 : entry + 60] = b"archive/data/1"


def cut_name(raw: bytearray, entry: int) -> None:
    raw[entry + 46 : entry + 60] = b"archive/data/\0"


PATCHES = {
    "encrypted": (put("<H", 8, 1), "'archive/data/0' is encrypted"),
    "unknown method": (put("<H", 10, 99), "is compressed"),
    "sizes that differ": (put("<II", 20, 4, 16), "is compressed"),
    "size beyond the end": (put("<II", 20, 2**31, 2**31), "reaches beyond the file's end"),
    "entries that overlap": (put("<I", 42, 0), "bears another name in place"),
    "header nowhere": (put("<I", 42, 7), "is not where the zip directory says"),
    "header beyond the end": (put("<I", 42, 2**31), "is not where the zip directory says"),
    "another name in place": (rename, "bears another name in place"),
    "a name with a nul": (cut_name, "has an unsafe name"),
    "future version": (put("<H", 6, 99), "zip directory is damaged"),
}


@pytest.mark.parametrize("case", PATCHES)
def test_a_zip_directory_that_lies_is_refused(case, home):
    patch, reason = PATCHES[case]
    refuse(patched(home / "model.pth", patch), reason)


def test_entries_that_overlap_are_refused(home):
    inner = archive(home / "inner", ("archive/data/1", tb.FOUR)).read_bytes()
    local = inner[: inner.index(b"PK\x01\x02")]
    file = archive(home / "model.pth", GOOD, ("archive/data/0", local), ("archive/data/1", b""))
    raw = bytearray(file.read_bytes())
    struct.pack_into("<I", raw, raw.rindex(b"PK\x01\x02") + 42, raw.index(local))
    file.write_bytes(raw)
    refuse(file, "'archive/data/0' and 'archive/data/1' overlap")


def test_a_directory_of_gigabytes_is_not_read(home):
    file = home / "model.pth"
    with file.open("wb") as opened:
        opened.write(b"PK\x03\x04")
        opened.seek(3 * 10**9)
        opened.write(struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 9, 9, 3 * 10**9 - 4, 4, 0))
    tracemalloc.start()
    refuse(file, "directory has more than 8,388,608 bytes")
    assert tracemalloc.get_traced_memory()[1] < 50_000_000
    tracemalloc.stop()
    file.unlink()


# The older format

LIST = b"]("
LENGTH = struct.pack("<q", 4)
LEGACY = {
    "payload as magic": ({"magic": LIVE["reduce os.system"]}, "to run os.system"),
    "payload as protocol": ({"protocol": LIVE["reduce os.system"]}, "to run os.system"),
    "payload as machine": ({"machine": LIVE["reduce os.system"]}, "to run os.system"),
    "payload as keys": ({"keys": LIVE["reduce os.system"]}, "to run os.system"),
    "another magic": ({"magic": tb.number(1)}, "not torch.save's"),
    "another protocol": ({"protocol": tb.number(1)}, "another version"),
    "big-endian": ({"machine": tb.state({"little_endian": b"\x89"})}, "big-endian"),
    "machine of none": ({"machine": b"N"}, "big-endian"),
    "keys of none": ({"keys": b"N"}, "list of storages is damaged"),
    "keys of numbers": ({"keys": LIST + b"K\x00e"}, "list of storages is damaged"),
    "no keys": ({"keys": b"]"}, "storage '0' is missing"),
    "key twice": (
        {"keys": LIST + tb.text("0") * 2 + b"e", "storages": (LENGTH + tb.FOUR) * 2},
        "'0' is there twice",
    ),
    "key of no tensor": ({"keys": LIST + tb.text("1") + b"e"}, "'1' belongs to no tensor"),
    "another length": ({"storages": struct.pack("<q", 3) + tb.FOUR}, "has 3 elements and should"),
    "negative length": ({"storages": struct.pack("<q", -1) + tb.FOUR}, "has -1 elements"),
    "no length": ({"storages": b"\x04"}, "cut off before storage '0'"),
    "no numbers": ({"storages": LENGTH + tb.FOUR[:-1]}, "cut off inside its storages"),
}


@pytest.mark.parametrize("case", LEGACY)
def test_older_files_that_lie_are_refused(case, home):
    parts, reason = LEGACY[case]
    refuse(tb.write_legacy(home / "model.pth", tb.state({"a": tb.tensor()}), **parts), reason)


# Damage


@pytest.mark.parametrize("source", ["zip.pth", "legacy.pth", "torch.safetensors"])
def test_a_file_cut_off_anywhere_is_refused(source, home):
    whole = (FIXTURES / source).read_bytes()
    file = home / source
    for length in [*range(0, len(whole), 61), len(whole) - 1]:
        file.write_bytes(whole[:length])
        refuse(file, "refused: ")


@pytest.mark.parametrize("source", ["zip.pth", "legacy.pth", "torch.safetensors"])
def test_a_file_with_flipped_bytes_is_read_or_refused(source, home):
    whole = (FIXTURES / source).read_bytes()
    dice = random.Random(0)
    file = home / source
    refusals = []
    for _ in range(300):
        raw = bytearray(whole)
        for _ in range(dice.choice((1, 1, 3, 30))):
            raw[dice.randrange(len(raw))] = dice.choice((0, 1, 127, 128, 255, dice.randrange(256)))
        file.write_bytes(raw)
        try:
            with open_checkpoint(file) as checkpoint:
                for array in checkpoint.values():
                    assert array.nbytes < 10_000
        except BadCheckpoint as error:
            refusals.append(str(error))
    assert len(refusals) > 30
    assert all(source in refusal for refusal in refusals)


def test_a_file_cut_off_while_open_is_refused(home):
    where = tb.storage(numel=100_000)
    body = tb.state({"a": tb.tensor(where, shape=(100_000,), strides=(1,))})
    file = tb.write_zip(home / "model.pth", body, {"data/0": bytes(400_000)})
    with open_checkpoint(file) as checkpoint:
        file.write_bytes(b"")
        with pytest.raises(BadCheckpoint, match=r"model\.pth: refused: tensor 'a': .* cut off"):
            checkpoint["a"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"GGUF\x03\x00", "GGUF"),
        (b"version https://git-lfs", "pointer of Git LFS"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"hello, weights", "neither safetensors nor by torch.save"),
        (bytes(100), "neither safetensors nor by torch.save"),
        (b"\x80\x02}.", "not torch.save's"),
        (b"\x80\x04\x95", "cut off"),
        (b"PK\x03\x04", "zip directory is damaged"),
    ],
)
def test_foreign_files_are_named(content, reason, home):
    (home / "model.bin").write_bytes(content)
    refuse(home / "model.bin", reason)


def test_what_is_not_there_is_said(home):
    refuse(home / "nowhere.bin", "no such file or folder")


# Safetensors


def headed(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(raw) if length is None else length) + raw + data


def f32(begin: int, end: int, *shape: int, dtype: str = "F32") -> dict:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


SAFE = {
    "header of 2**63": headed({}, length=2**63),
    "header beyond the end": headed({"a": f32(0, 4, 1)}, bytes(4), length=500),
    "header not json": headed(b'{"a": oops}'),
    "header nested deep": headed(b'{"a":' * 10**5),
    "data missing": headed({"a": f32(0, 400, 100)}),
    "data left over": headed({"a": f32(0, 4, 1)}, bytes(8)),
    "shape of another size": headed({"a": f32(0, 4, 2)}, bytes(4)),
    "shape overflow": headed({"a": f32(0, 4, 2**62, 4)}, bytes(4)),
    "negative shape": headed({"a": f32(0, 4, -1)}, bytes(4)),
    "offsets back to front": headed({"a": f32(4, 0, 1)}, bytes(4)),
    "overlapping": headed({"a": f32(0, 4, 1), "b": f32(0, 4, 1)}, bytes(4)),
    "a hole": headed({"a": f32(0, 4, 1), "b": f32(8, 12, 1)}, bytes(12)),
    "unknown dtype": headed({"a": f32(0, 4, 1, dtype="PICKLE")}, bytes(4)),
    "dtype that numpy has not": headed({"a": f32(0, 4, 4, dtype="F8_E4M3")}, bytes(4)),
}


@pytest.mark.parametrize("case", SAFE)
def test_safetensors_that_lie_are_refused(case, home):
    (home / "model.safetensors").write_bytes(SAFE[case])
    named = "tensor 'a' has numbers of kind F8_E4M3" if "numpy" in case else "no sound safetensors"
    refuse(home / "model.safetensors", named)


# Shards


def index(folder: Path, content: object) -> Path:
    for shard in ("one", "two"):
        save_file({shard: np.ones(2)}, folder / f"{shard}.safetensors")
    file = folder / "model.safetensors.index.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def mapped(**names: object) -> dict:
    return {"weight_map": names}


INDEXES = {
    "up and out": (mapped(one="../../one.safetensors"), "'../../one.safetensors' lies outside"),
    "absolute": (mapped(one="/etc/passwd"), "'/etc/passwd' lies outside"),
    "of another drive": (mapped(one="C:\\one.safetensors"), "lies outside"),
    "the folder's parent": (mapped(one=".."), "'..' lies outside"),
    "nul": (mapped(one="one\0"), "lies outside"),
    "a subfolder": (mapped(one="sub/one.safetensors"), "'sub/one.safetensors' lies outside"),
    "a link out": (mapped(one="link.safetensors"), "'link.safetensors' is a link out"),
    "missing shards": (
        mapped(one="one.safetensors", three="3.safetensors", four="4.safetensors"),
        "of its 3 shards, 2 are missing: '3.safetensors', '4.safetensors'",
    ),
    "itself": (mapped(one="model.safetensors.index.json"), "neither safetensors nor"),
    "a name not in the shard": (
        mapped(one="one.safetensors", three="two.safetensors"),
        "shard 'two.safetensors' lacks what the index names: 'three'",
    ),
    "a name not in the index": (
        mapped(two="more.safetensors"),
        "'more.safetensors' has what the index does not place there: 'one'",
    ),
    "a tensor in two shards": (
        mapped(one="one.safetensors", two="more.safetensors"),
        "shard 'more.safetensors' repeats what another has: 'one'",
    ),
    "a tensor twice in the index": (
        '{"weight_map": {"one": "one.safetensors", "one": "two.safetensors"}}',
        "it has 'one' twice",
    ),
    "a shard of no text": (mapped(one=3), "it places 'one' in no file"),
    "no map": ({"metadata": {}}, "it has no weight_map"),
    "an empty map": (mapped(), "it has no weight_map"),
    "a list": ([1], "it has no weight_map"),
    "not json": ("{oops", "no sound JSON"),
    "nested deep": ("[" * 10**5, "nests too deep"),
    "a number of 5,000 digits": ("[" + "9" * 5000 + "]", "no sound JSON"),
}


@pytest.mark.parametrize("case", INDEXES)
def test_an_index_that_lies_is_refused(case, home):
    content, reason = INDEXES[case]
    folder = home / "model"
    folder.mkdir()
    save_file({"one": np.ones(2)}, home / "outside.safetensors")
    (folder / "link.safetensors").symlink_to(home / "outside.safetensors")
    save_file({"one": np.ones(2), "two": np.ones(2)}, folder / "more.safetensors")
    file = index(folder, content)
    with pytest.raises(BadCheckpoint) as caught:
        open_checkpoint(file)
    assert str(folder) in str(caught.value)
    assert reason in str(caught.value)


def test_a_payload_in_a_shard_is_refused_by_the_shards_name(home):
    tb.write_zip(home / "one.bin", LIVE["reduce os.system"])
    (home / "pytorch_model.bin.index.json").write_text(json.dumps(mapped(one="one.bin")))
    with pytest.raises(BadCheckpoint, match=r"one\.bin: refused: it asks to run os\.system"):
        open_checkpoint(home)
    assert not Path("fired").exists()
