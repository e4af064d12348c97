"""Artifacts that say they are of a later version than any engine knows: the format's own field is changed, and nothing else.

A maker's module offers them as NEWER, functions of an artifact that it made and a folder to a changed copy.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.contract import makers
from tests.contract.artifacts import Made


def newer_of(recognised: Callable[[Path], bool], made: Sequence[Made], folder: Path) -> list[tuple[Made, Path]]:
    """The changed copies of those of all `made` artifacts that a runtime recognises, each with the one that it is a copy of."""
    modules = [importlib.import_module(f"{makers.__name__}.{entry.name}") for entry in pkgutil.iter_modules(makers.__path__)]
    by = [module for module in modules for _ in module.MAKERS]
    first = dict(reversed(list(zip(by, made, strict=True))))
    return [
        (one, change(one.path, _fresh(folder, f"{place}")))
        for module, one in first.items()
        if recognised(one.path)
        for place, change in enumerate(getattr(module, "NEWER", ()))
    ]


def _fresh(folder: Path, name: str) -> Path:
    (folder / name).mkdir(parents=True)
    return folder / name


def replaced(
    path: Path, folder: Path, pattern: re.Pattern[bytes], by: bytes | Callable[[re.Match[bytes]], bytes], count: int = 0
) -> Path:
    """A copy of a file with what the pattern finds replaced, which has to be something."""
    content, changes = pattern.subn(by if callable(by) else lambda _: by, path.read_bytes(), count)
    assert changes, f"{pattern.pattern!r} is not in {path}"
    to = folder / f"newer{path.suffix}"
    to.write_bytes(content)
    return to


def rezipped(path: Path, folder: Path, entry: str, pattern: re.Pattern[bytes], by: bytes) -> Path:
    """A copy of an archive in which the entry of that name, in whatever folder, is changed."""
    to, changes = folder / f"newer{path.suffix}", 0
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(to, "w") as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename.rpartition("/")[2] == entry:
                content, found = pattern.subn(by, content, 1)
                changes += found
            new.writestr(info, content)
    assert changes == 1, f"{pattern.pattern!r} is in {changes} entries {entry} of {path}"
    return to


def varint(number: int, value: int) -> bytes:
    """A field of protobuf that holds a whole number."""
    return _varint(number << 3) + _varint(value)


def field(number: int, content: bytes) -> bytes:
    """A field of protobuf that holds bytes."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def appended(message: bytes, way: Sequence[int], more: bytes) -> bytes:
    """The message with `more` at the end of the first field of each number on the way."""
    if not way:
        return message + more
    for start, inner, end, number in _fields(message):
        if number == way[0]:
            return message[:start] + field(number, appended(message[inner:end], way[1:], more)) + message[end:]
    raise AssertionError(f"there is no field {way[0]}")


def _fields(message: bytes) -> list[tuple[int, int, int, int]]:
    """Start, start of the content, end, and number of all fields."""
    found, at = [], 0
    while at < len(message):
        start = at
        tag, at = _read(message, at)
        inner = at
        if tag & 7 == 0:
            _, at = _read(message, at)
        elif tag & 7 == 2:
            length, inner = _read(message, at)
            at = inner + length
        else:
            at += {1: 8, 5: 4}[tag & 7]
        found.append((start, inner, at, tag >> 3))
    return found


def _read(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte, at = message[at], at + 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _varint(value: int) -> bytes:
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])
