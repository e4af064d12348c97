from __future__ import annotations

from pathlib import Path

import pytest

from parity.errors import ArtifactError
from parity.runtimes import check_artifact, find, runtime_for

ONNX = b"\x08\x0a\x12\x08skl2onnx\x3a\x02gg"
PMML = b'<?xml version="1.0"?><PMML version="4.4"/>'


def file(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def test_runtimes_are_found_by_their_files() -> None:
    assert {"fake", "jpmml", "onnxruntime", "xgboost4j"} <= set(find())
    assert all(name == runtime.name for name, runtime in find().items())


@pytest.mark.parametrize(
    ("name", "content", "runtime"),
    [
        ("m.onnx", ONNX, "onnxruntime"),
        ("m.ONNX", ONNX, "onnxruntime"),
        ("m", PMML, "jpmml"),
        ("m.bin", b"{L\0\0\0\0\0\0\0\x07learner{", "xgboost4j"),
        ("m.json", b'{"learner":{', "xgboost4j"),
        ("m.fake", b"a = 1\nb b = -0.5e3\n", "fake"),
    ],
)
def test_an_artifact_s_runtime_is_told_by_its_content(tmp_path: Path, name: str, content: bytes, runtime: str) -> None:
    assert runtime_for(file(tmp_path, name, content)).name == runtime


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("m.onnx", PMML, r"the suffix of .*m\.onnx says ONNX, but its content is PMML\. Rename it to \*\.pmml, or export"),
        ("m.pmml", ONNX, r"the suffix of .*m\.pmml says PMML, but its content is ONNX"),
        ("m.onnx", b"PK\x03\x04", r"no known format: its suffix \.onnx says ONNX, and its content is a ZIP archive\. Known"),
        ("m.bin", b"\x80\x04", r"its suffix \.bin says nothing, and its content is a pickle"),
        ("m", b"hello", r"it has no suffix, and its content is text"),
        ("m.onnx", b"", r"m\.onnx is empty \(0 bytes\): the export did not finish"),
    ],
)
def test_a_file_of_another_format_is_an_error_that_says_both(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    with pytest.raises(ArtifactError, match=message):
        runtime_for(file(tmp_path, name, content))


@pytest.mark.parametrize("name", sorted(find()))
def test_a_folder_is_looked_at_by_every_runtime_and_taken_by_none_that_does_not_know_it(name: str, tmp_path: Path) -> None:
    for suffix in find()[name].suffixes:
        folder = tmp_path / f"other{suffix}"
        folder.mkdir()
        file(folder, "some.txt", b"text")
        assert find()[name].recognises(folder) is False


def test_an_absent_file_and_a_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"absent\.onnx does not exist"):
        runtime_for(tmp_path / "absent.onnx")
    with pytest.raises(ArtifactError, match="is an empty folder"):
        runtime_for(tmp_path)
    file(tmp_path, "some.txt", b"x")
    with pytest.raises(ArtifactError, match=r"its content is a folder with some\.txt"):
        runtime_for(tmp_path)


def test_a_named_runtime_of_another_format_is_an_error_that_names_the_right_one(tmp_path: Path) -> None:
    message = r"jpmml loads PMML, but the content of .*m\.onnx is ONNX .*Name another runtime \(onnxruntime\)"
    with pytest.raises(ArtifactError, match=message):
        check_artifact(find()["jpmml"], file(tmp_path, "m.onnx", ONNX))
    with pytest.raises(ArtifactError, match=r"the suffix of .*m\.pmml says PMML, but its content is ONNX"):
        check_artifact(find()["onnxruntime"], file(tmp_path, "m.pmml", ONNX))
