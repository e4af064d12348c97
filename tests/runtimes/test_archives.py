from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from parity.runtimes.archives import zip_names


def archive(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("first/łódź.txt", "1" * 100)
        made.writestr("second.txt", "2" * 100)
    return path


def test_a_whole_archive_names_its_entries(tmp_path: Path) -> None:
    assert zip_names(archive(tmp_path / "whole.zip")) == (True, ("first/łódź.txt", "second.txt"))


def test_of_a_cut_archive_the_first_entry_is_named(tmp_path: Path) -> None:
    path = archive(tmp_path / "cut.zip")
    path.write_bytes(path.read_bytes()[:150])
    assert zip_names(path) == (False, ("first/łódź.txt",))


@pytest.mark.parametrize("content", [b"", b"PK", b"\xff" * 99, b"PK\x03\x04"])
def test_what_is_no_archive_has_no_entries(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other").write_bytes(content)
    whole, names = zip_names(tmp_path / "other")
    assert not whole and not any(names)


def test_a_folder_is_no_archive(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        zip_names(tmp_path)
