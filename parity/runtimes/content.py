"""What a file is, by its bytes. Reads a few kilobytes, whatever its size."""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import BinaryIO

_HEAD = 1 << 16

# Top-level fields of onnx.ModelProto and their wire types (onnx.proto: 0 varint, 2 length-delimited).
_ONNX_FIELDS = {1: 0, 2: 2, 3: 2, 4: 2, 5: 0, 6: 2, 7: 2, 8: 2, 14: 2, 20: 2, 25: 2, 26: 2}
_ONNX_GRAPH = 7

_PROLOGUE = re.compile(
    r"\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^>\[]*(?:\[.*?\])?\s*>\s*)*<(?:[\w.-]+:)?([\w.-]+)", re.DOTALL
)
_XGBOOST_JSON = re.compile(rb'\s*\{\s*"(?:learner"\s*:\s*\{|version"\s*:\s*\[)')
_XGBOOST_UBJ = (b"{L\0\0\0\0\0\0\0\x07learner", b"{L\0\0\0\0\0\0\0\x07version")
# LearnerModelParam of XGBoost before 3.1: 136 bytes, then the length of the objective's name as uint64, then the name.
_XGBOOST_LEGACY = 136

_SIGNATURES = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip-compressed"),
    (b"\x89HDF", "HDF5"),
    (b"CBM1", "a CatBoost model"),
    (b"tree\n", "a LightGBM text model"),
    (b"\x80\x02", "a pickle"), (b"\x80\x03", "a pickle"), (b"\x80\x04", "a pickle"), (b"\x80\x05", "a pickle"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself: run `git lfs pull`"),
)  # fmt: skip


def head(path: Path) -> bytes:
    """The first 64 KiB; nothing where it is a folder."""
    if path.is_dir():
        return b""
    with path.open("rb") as file:
        return file.read(_HEAD)


def is_onnx(path: Path) -> bool:
    """Does the file read as an onnx.ModelProto up to its graph? A file cut inside the graph does too."""
    if path.is_dir():
        return False
    with path.open("rb") as file:
        if file.read(1) != b"\x08":  # every model starts with its IR version, field 1
            return False
        file.seek(0)
        while (tag := _varint(file)) is not None:
            number, wire = tag >> 3, tag & 7
            if _ONNX_FIELDS.get(number) != wire or number == _ONNX_GRAPH:
                return number == _ONNX_GRAPH and wire == 2
            value = _varint(file)
            if wire == 2 and value is not None:
                file.seek(value, 1)
    return False


def is_pmml(path: Path) -> bool:
    """Is the root element of an XML file PMML?"""
    return xml_root(head(path)) == "PMML"


def is_xgboost(path: Path) -> bool:
    """JSON or UBJSON as `Booster.save_model` writes them."""
    start = head(path)
    return start.startswith(_XGBOOST_UBJ) or _XGBOOST_JSON.match(start) is not None


def xml_root(start: bytes) -> str | None:
    """The local name of the root element; None where the bytes are not XML."""
    encoding = "utf-16" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    match = _PROLOGUE.match(start.decode(encoding, "replace").lstrip("\ufeff"))
    return match[1] if match else None


def is_legacy_xgboost(start: bytes) -> bool:
    """The binary format that XGBoost wrote without a suffix until 3.0 and does not read since 3.1; as Spark kept it, too."""
    start = start[spark_prefix(start) :]
    if start.startswith(b"binf"):
        start = start[4:]
    if len(start) < _XGBOOST_LEGACY + 8:
        return False
    length = struct.unpack_from("<Q", start, _XGBOOST_LEGACY)[0]
    name = start[_XGBOOST_LEGACY + 8 :][:length]
    return length < 64 and re.fullmatch(rb"[a-z]+:[a-z0-9_]+", name) is not None


def spark_prefix(start: bytes) -> int:
    """Bytes that older XGBoost4J-Spark put in front of a model: type, names of columns, a classifier's thresholds.

    As Java's DataOutputStream writes them (SparkModelParam of xgboost-predictor): texts after two bytes of length, big endian.
    """
    kind = start[2:7]
    if start[:2] != b"\0\5" or kind not in (b"_cls_", b"_reg_"):
        return 0
    at = 7
    for _ in range(4 if kind == b"_cls_" else 3):
        at += 2 + int.from_bytes(start[at : at + 2], "big")
    return at if kind == b"_reg_" else at + 4 + 8 * max(0, int.from_bytes(start[at : at + 4], "big", signed=True))


def describe(path: Path) -> str:
    """What a file that no runtime recognises looks like, in words."""
    if path.is_dir():
        return f"a folder with {_listed(path)}"
    start = head(path)
    for mark, name in _SIGNATURES:
        if start.startswith(mark):
            return name
    if is_legacy_xgboost(start):
        return "XGBoost's old binary format, which no XGBoost since 3.1 reads: load it with an older one and save it as .ubj"
    root = xml_root(start)
    if root is not None:
        return f"XML with the root element {root}"
    if start.lstrip()[:1] in (b"{", b"["):
        return "JSON"
    return "text" if b"\0" not in start and _is_text(start) else f"binary, starting with {start[:8].hex(' ')}"


def _listed(folder: Path, most: int = 5) -> str:
    names = sorted(entry.name for entry in folder.iterdir())
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _is_text(start: bytes) -> bool:
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(start) - 4  # a character cut at the end of the head
    return True


def _varint(file: BinaryIO) -> int | None:
    """The protobuf varint that the file stands at; None where the file ends, or holds none there."""
    value = 0
    for i in range(10):
        byte = file.read(1)
        if not byte:
            return None
        value |= (byte[0] & 0x7F) << (7 * i)
        if byte[0] < 0x80:
            return value
    return None
