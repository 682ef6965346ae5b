"""A reader of torch's pickles that cannot run anything.

Not Python's: the hash of a deep tuple crashes that one, eight bytes make it take gigabytes of
memo, and what it admits it calls. This one knows the opcodes that torch.save writes and no other,
looks no name up, and counts its steps. What the opcodes mean: Python's own pickletools.
"""

import struct
from pickletools import opcodes
from typing import Any, BinaryIO

from .checkpoint import Refusal
from .torch_objects import ADMITTED, CALLS, Name, Storage, call, put, readable, storage

LIMIT = 16 * 2**20  # bytes of one pickle: some 50,000 tensors
STEPS = 2_000_000  # opcodes: 20,000 tensors take 700,000
DEPTH = 100  # open marks: torch needs about 5

OPCODES = {opcode.code: opcode.name for opcode in opcodes}
PLAIN = {b"N": None, b"\x88": True, b"\x89": False}
NUMBERS = {b"K": "<B", b"M": "<H", b"J": "<i", b"G": ">d"}
TEXTS = {b"X": "<I", b"\x8c": "<B", b"U": "<B", b"T": "<I"}
BYTES = {b"B": "<I", b"C": "<B"}
EMPTY = {b"}": dict, b"]": list, b")": tuple}
TUPLES = {b"\x85": 1, b"\x86": 2, b"\x87": 3}
PUTS = {b"q": "<B", b"r": "<I"}
GETS = {b"h": "<B", b"j": "<I"}


class Unpickler:
    """Read one pickle.

    Args:
        file: stands where the pickle begins; left where it ends.
        limit: the most bytes it may take.
    """

    def __init__(self, file: BinaryIO, limit: int = LIMIT):
        self.storages: dict[str, Storage] = {}
        self._file = file
        self._left = limit
        self._stack: list = []
        self._marks: list[list] = []
        self._memo: dict[int, object] = {}

    def load(self) -> object:
        """Return what the pickle describes.

        Raises:
            Refusal: it asks for anything but tensors and plain values, or is malformed.
        """
        try:
            for _ in range(STEPS):
                code = self._take(1)
                if code == b".":
                    return self._stack.pop()
                self._step(code)
        except IndexError:
            raise Refusal("its pickle is damaged: it takes what it never put down") from None
        except UnicodeDecodeError:
            raise Refusal("its pickle is damaged: a text is not UTF-8") from None
        raise Refusal(f"its pickle has more than {STEPS:,} steps")

    def _step(self, code: bytes) -> None:
        stack = self._stack
        if code in PUTS:
            self._memo[self._number(PUTS[code])] = stack[-1]
        elif code in GETS:
            if (index := self._number(GETS[code])) not in self._memo:
                raise Refusal(f"its pickle is damaged: it recalls {index}, which it never kept")
            stack.append(self._memo[index])
        elif code in NUMBERS:
            stack.append(self._number(NUMBERS[code]))
        elif code in TEXTS:
            stack.append(self._take(self._number(TEXTS[code])).decode())
        elif code in PLAIN:
            stack.append(PLAIN[code])
        elif code in EMPTY:
            stack.append(EMPTY[code]())
        elif code in TUPLES:
            items = [stack.pop() for _ in range(TUPLES[code])]
            stack.append(tuple(reversed(items)))
        elif code in BYTES:
            stack.append(self._take(self._number(BYTES[code])))
        else:
            self._act(code)

    def _act(self, code: bytes) -> None:
        match code:
            case b"(":
                if len(self._marks) >= DEPTH:
                    raise Refusal(f"its pickle nests more than {DEPTH} deep")
                self._marks.append(self._stack)
                self._stack = []
            case b"t":
                items = self._until_mark()
                self._stack.append(tuple(items))
            case b"s":
                value, key = self._stack.pop(), self._stack.pop()
                put(self._top(dict), key, value)
            case b"u":
                items = self._until_mark()
                entries = self._top(dict)
                if len(items) % 2:
                    raise Refusal("its pickle is damaged: a dictionary has a key without a value")
                for key, value in zip(items[::2], items[1::2], strict=True):
                    put(entries, key, value)
            case b"a":
                item = self._stack.pop()
                self._top(list).append(item)
            case b"e":
                items = self._until_mark()
                self._top(list).extend(items)
            case b"\x8a":
                digits = self._take(self._number("<B"))
                self._stack.append(int.from_bytes(digits, "little", signed=True))
            case b"\x94":
                self._memo[len(self._memo)] = self._stack[-1]
            case b"c":
                self._name(f"{self._line()}.{self._line()}")
            case b"\x93":
                name, module = self._stack.pop(), self._stack.pop()
                if type(name) is not str or type(module) is not str:
                    raise Refusal("it asks for a global whose name is no text")
                self._name(f"{module}.{name}")
            case b"R":
                self._call()
            case b"b":
                self._state()
            case b"Q":
                self._point()
            case b"\x80":
                if (protocol := self._number("<B")) > 5:
                    raise Refusal(f"its pickle is of protocol {protocol}")
            case b"\x95":
                self._number("<Q")  # a frame's length: the bytes are counted anyway
            case _:
                self._refuse(code)

    def _name(self, full: str) -> None:
        if full not in ADMITTED:
            raise Refusal(f"it asks to run {readable(full)}")
        self._stack.append(Name(full))

    def _call(self) -> None:
        args, function = self._stack.pop(), self._stack.pop()
        if not isinstance(function, Name) or function.full not in CALLS:
            what = function.full if isinstance(function, Name) else type(function).__name__
            raise Refusal(f"it calls {what}, which is no function")
        if not isinstance(args, tuple):
            raise Refusal(f"it calls {function.full} as torch.save never does")
        self._stack.append(call(function.full, args))

    def _state(self) -> None:
        state, target = self._stack.pop(), self._stack[-1]
        # A module's state_dict carries its layers' versions so; nothing else may set attributes.
        if not (
            isinstance(target, dict) and isinstance(state, dict) and set(state) == {"_metadata"}
        ):
            raise Refusal(f"it sets attributes on a {type(target).__name__}")

    def _point(self) -> None:
        found = storage(self._stack.pop())
        if self.storages.setdefault(found.key, found) != found:
            raise Refusal(f"it describes storage {found.key!r:.40} in two ways")
        self._stack.append(found)

    def _refuse(self, code: bytes) -> None:
        if code == b"i":
            raise Refusal(f"it asks to run {readable(f'{self._line()}.{self._line()}')}")
        if code == b"P":
            raise Refusal(f"it points outside itself with the persistent id {self._line()!r:.80}")
        raise Refusal(f"its pickle has the opcode {OPCODES.get(code.decode('latin-1'), code)}")

    def _until_mark(self) -> list:
        items, self._stack = self._stack, self._marks.pop()
        return items

    def _top(self, kind: type) -> Any:
        if not isinstance(top := self._stack[-1], kind):
            raise Refusal(f"its pickle is damaged: it fills a {type(top).__name__} as a container")
        return top

    def _number(self, form: str) -> Any:
        return struct.unpack(form, self._take(struct.calcsize(form)))[0]

    def _line(self) -> str:
        line = self._file.readline(min(self._left, 1024))
        self._left -= len(line)
        if not line.endswith(b"\n"):
            raise Refusal("its pickle is cut off, or has a name without an end")
        return line[:-1].decode()

    def _take(self, count: int) -> bytes:
        if count > self._left or len(taken := self._file.read(count)) < count:
            raise Refusal("its pickle is cut off, or longer than it may be")
        self._left -= count
        return taken
