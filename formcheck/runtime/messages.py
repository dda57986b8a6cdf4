"""Messages between the program and its worker processes: plain values, and names of functions for workers.

Not `pickle`, which would allow code execution. A message is a list of
arrays and a JSON text: numbers, texts, lists, paths, arrays, and by their names the dataclasses, enumerations and exceptions
of our own packages. Reading one makes such values and runs nothing else.
"""

from __future__ import annotations

import builtins
import importlib
import io
import json
import math
import struct
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from types import FunctionType
from typing import IO, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

#: Top-level packages whose types and marked functions a message may name.
PACKAGES: tuple[str, ...] = ("formcheck",)
#: Magic number of a message, followed by the length of its JSON text in bytes.
_BEGIN = struct.Struct("<8sQ")
_MAGIC = b"formchk1"
#: Largest message, bytes (a 4K picture has 25 million).
MOST_BYTES = 1 << 32
#: Kinds of numpy numbers: bool, signed, unsigned, floating point; of eight bytes at most.
_NUMBERS = "biuf"
_MARK = "_runs_in_worker"

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Arrays = list[NDArray[Any]]


class MessageError(Exception):
    """The data is not a valid message, or names a type or function that is not allowed."""


def worker_task(function: _Function) -> _Function:
    """Register a function that worker processes may run; messages cannot name others."""
    setattr(function, _MARK, True)
    return function


def task_name(function: Callable[..., Any]) -> str:
    """The name of a registered function.

    Raises:
        TypeError: it has none.
    """
    name = f"{getattr(function, '__module__', None)}:{getattr(function, '__qualname__', None)}"
    try:
        task_named(name)
    except MessageError as error:
        raise TypeError(f"{error} Mark it with @worker_task.") from None
    return name


def task_named(name: str) -> Callable[..., Any]:
    """The registered function of that name.

    Raises:
        MessageError: there is none in our packages.
    """
    function = _of_ours(name)
    if not isinstance(function, FunctionType) or not function.__dict__.get(_MARK):
        raise MessageError(f"{name} is no function for worker processes; expected one of formcheck's own.")
    return function


def packed(value: Any) -> list[Any]:
    """A value encoded as buffers, to be written in order (arrays are not copied).

    Raises:
        TypeError: the value contains something that cannot be encoded.
    """
    arrays: _Arrays = []
    text = json.dumps([_plain(value, arrays), [[a.dtype.str, a.shape] for a in arrays]]).encode()
    return [_BEGIN.pack(_MAGIC, len(text)), text, *(a.reshape(-1).view(np.uint8).data for a in arrays if a.size)]


def send(stream: IO[bytes], parts: list[Any]) -> None:
    """Write an encoded message."""
    for part in parts:
        stream.write(part)
    stream.flush()


def unpacked(parts: list[Any]) -> Any:
    """Decode a message from `packed`, as the other side does."""
    return receive(io.BytesIO(b"".join(parts)))


def receive(stream: IO[bytes]) -> Any:
    """Read one message.

    Raises:
        EOFError: the stream ended before the message, or within it.
        MessageError: it is not a valid message.
    """
    magic, length = _BEGIN.unpack(_read(stream, _BEGIN.size))
    if magic != _MAGIC or length > MOST_BYTES:
        raise MessageError(f"a message begins with {magic!r}; expected {_MAGIC!r} of formcheck's own processes.")
    try:
        body, described = json.loads(_read(stream, length))
        room = MOST_BYTES
        arrays: _Arrays = []
        for kind, shape in described:
            number = _number_type(kind)
            if not all(type(side) is int and side >= 0 for side in shape) or number.itemsize * math.prod(shape) > room:
                raise MessageError(f"a message holds an array of shape {shape!r}; expected at most {MOST_BYTES} bytes.")
            room -= number.itemsize * math.prod(shape)
            arrays.append(np.empty(shape, number))
            if arrays[-1].size:
                _read_into(stream, arrays[-1].reshape(-1).view(np.uint8).data)
        return _value(body, arrays)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise MessageError(f"a message cannot be read ({type(error).__name__}: {error}).") from None


def _plain(value: Any, arrays: _Arrays) -> Any:
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if kind in (list, tuple):
        return [kind.__name__, [_plain(item, arrays) for item in value]]
    if kind is dict:
        return ["dict", [[_plain(key, arrays), _plain(item, arrays)] for key, item in value.items()]]
    if isinstance(value, Path):
        return ["path", str(value)]
    if kind is bytes:
        arrays.append(np.frombuffer(value, np.uint8))
        return ["bytes", len(arrays) - 1]
    if kind is np.ndarray:
        _number_type(value.dtype.str)
        arrays.append(value if value.flags.c_contiguous else value.copy())
        return ["array", len(arrays) - 1]
    if isinstance(value, np.generic):
        return ["number", _number_type(value.dtype.str).str, value.item()]
    if isinstance(value, Enum):
        return ["enum", _name(kind), value.name]
    if is_dataclass(kind):
        given = {f.name: _plain(getattr(value, f.name), arrays) for f in fields(kind) if f.init}
        return ["dataclass", _name(kind), given]
    if isinstance(value, Exception):
        return ["exception", _name(kind), [_plain(item, arrays) for item in value.__reduce__()[1]]]
    raise TypeError(f"a message cannot carry {kind.__module__}.{kind.__qualname__}.")


def _value(plain: Any, arrays: _Arrays) -> Any:
    if not isinstance(plain, list):
        if isinstance(plain, dict):
            raise MessageError("a message holds a table without a kind.")
        return plain
    kind, *rest = plain
    if kind in ("list", "tuple"):
        items = [_value(item, arrays) for item in rest[0]]
        return items if kind == "list" else tuple(items)
    if kind == "dict":
        return {_value(key, arrays): _value(item, arrays) for key, item in rest[0]}
    if kind == "path":
        return Path(rest[0])
    if kind == "bytes":
        return arrays[rest[0]].tobytes()
    if kind == "array":
        return arrays[rest[0]]
    if kind == "number":
        return _number_type(rest[0]).type(rest[1])
    if kind == "enum":
        return _type_named(rest[0], Enum)[rest[1]]
    if kind == "dataclass":
        return _type_named(rest[0], None)(**{name: _value(item, arrays) for name, item in rest[1].items()})
    if kind == "exception":
        return _type_named(rest[0], Exception)(*(_value(item, arrays) for item in rest[1]))
    raise MessageError(f"a message holds a value of the kind {kind!r}, which is not known.")


def _number_type(kind: str) -> np.dtype[Any]:
    number = np.dtype(kind)
    if number.kind not in _NUMBERS or number.itemsize > 8:
        raise TypeError(f"a message cannot carry numpy values of the type {kind!r}")
    return number


def _name(kind: type) -> str:
    """The name of a type that the other side will accept."""
    name = f"{kind.__module__}:{kind.__qualname__}"
    try:
        _type_named(name, Exception if issubclass(kind, Exception) else Enum if issubclass(kind, Enum) else None)
    except MessageError as error:
        raise TypeError(str(error)) from None
    return name


def _type_named(name: str, base: type | None) -> Any:
    """A type by its name: one of our dataclasses, a subclass of `base` of ours, or a built-in exception."""
    found = getattr(builtins, name[9:], None) if name.startswith("builtins:") else _of_ours(name)
    fits = isinstance(found, type) and (is_dataclass(found) if base is None else issubclass(found, base))
    if not fits:
        wanted = "a dataclass" if base is None else f"an {base.__name__.lower()}"
        raise MessageError(f"a message names {name}; expected {wanted} of formcheck's own.")
    return found


def _of_ours(name: str) -> Any:
    """An object that a module of our packages defines under a public name; None otherwise."""
    module, _, own = name.partition(":")
    if module.partition(".")[0] not in PACKAGES or not own.isidentifier():
        return None
    try:
        found = vars(importlib.import_module(module)).get(own)
    except ImportError:
        return None
    return found if getattr(found, "__module__", None) == module else None


def _read(stream: IO[bytes], length: int) -> bytes:
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return content


def _read_into(stream: IO[bytes], target: memoryview) -> None:
    done = 0
    while done < len(target):
        count = stream.readinto(target[done:])  # type: ignore[attr-defined]
        if not count:
            raise EOFError
        done += count
