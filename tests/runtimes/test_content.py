from __future__ import annotations

import struct
from pathlib import Path

import pytest

from parity.runtimes.content import describe, is_onnx, is_pmml, is_xgboost


@pytest.mark.parametrize(
    "text",
    [
        '<PMML version="4.4">',
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<!-- a > b -->\n<PMML xmlns="http://www.dmg.org/PMML-4_4">',
        '\ufeff<?xml version="1.0"?><p:PMML xmlns:p="http://www.dmg.org/PMML-4_4">',
        "<!DOCTYPE PMML [<!ENTITY a 'b'>]><PMML>",
    ],
)
def test_pmml_is_known_by_its_root(tmp_path: Path, text: str) -> None:
    for encoding in ("utf-8", "utf-16"):
        (tmp_path / "model").write_text(text, encoding)
        assert is_pmml(tmp_path / "model")
        assert not is_onnx(tmp_path / "model")
        assert not is_xgboost(tmp_path / "model")


@pytest.mark.parametrize("text", ["<html><PMML/></html>", "<PMMLX/>", "PMML", "<!-- <PMML> --><x/>", '<?xml version="1.0"?>'])
def test_other_xml_is_no_pmml(tmp_path: Path, text: str) -> None:
    (tmp_path / "model").write_text(text)
    assert not is_pmml(tmp_path / "model")


def test_onnx_is_known_by_its_protobuf_also_where_the_producer_is_long_or_the_graph_is_cut(tmp_path: Path) -> None:
    graph = b"\x3a\xe8\x07" + b"g" * 1000
    model = tmp_path / "model"
    long = b"\x12\x90\x4e" + b"p" * 10_000
    for content in (b"\x08\x0a\x12\x08skl2onnx" + graph, b"\x08\x0a" + long + graph, b"\x08\x0a" + graph[:40]):
        model.write_bytes(content)
        assert is_onnx(model)


@pytest.mark.parametrize(
    "content", [b"\x08", b"\x08\x0a", b"\x08\x0a\x13\x00", b"hello world", b"\x08\x0a\x0a\x03abc", b"\x08" + b"\xff" * 30]
)
def test_other_protobuf_is_no_onnx(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model").write_bytes(content)
    assert not is_onnx(tmp_path / "model")


def test_xgboost_is_known_by_its_first_key(tmp_path: Path) -> None:
    model = tmp_path / "model"
    for content in (b'{"learner":{"attributes":{', b'\n{ "version": [3, 2, 0], "learner"', b"{L\0\0\0\0\0\0\0\x07learner{"):
        model.write_bytes(content)
        assert is_xgboost(model)
    for content in (b'{"learner":3', b'{"model":{"learner":{', b"{L\0\0\0\0\0\0\0\x07versi"):
        model.write_bytes(content)
        assert not is_xgboost(model)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04rest", "a ZIP archive"),
        (b"\x80\x04\x95", "a pickle"),
        (b"tree\nversion=v4\n", "a LightGBM text model"),
        (b"<html>", "XML with the root element html"),
        (b' {"a": 1}', "JSON"),
        ("Łódź\n".encode(), "text"),
        (b"\x01\x02\x00\xff", "binary, starting with 01 02 00 ff"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer, not the file itself: run `git lfs pull`"),
    ],
)
def test_whatever_else_is_described(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "model").write_bytes(content)
    assert describe(tmp_path / "model") == words


def test_xgboost_s_old_binary_format_is_named_with_the_way_out(tmp_path: Path) -> None:
    header = struct.pack("<fIiii", 0.5, 7, 0, 0, 0).ljust(136, b"\0")
    (tmp_path / "model").write_bytes(header + struct.pack("<Q", 15) + b"binary:logistic" + b"\0" * 50)
    assert "XGBoost's old binary format" in describe(tmp_path / "model")
    assert "save it as .ubj" in describe(tmp_path / "model")
