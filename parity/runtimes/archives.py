"""What a ZIP archive holds, also where its end is missing."""

from __future__ import annotations

import zipfile
from pathlib import Path

_HEADER = 30  # bytes of a local file header before the name, whose length is at 26 (APPNOTE.TXT 4.3.7)
_LONGEST = 512


def zip_names(path: Path) -> tuple[bool, tuple[str, ...]]:
    """Whether the file is a whole archive, and its entries; of one that was cut the first alone, which says what it was.

    No entries where the file is no ZIP archive. Raises IsADirectoryError for a folder.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return True, tuple(archive.namelist())
    except IsADirectoryError:
        raise
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False, _first(path)


def _first(path: Path) -> tuple[str, ...]:
    with path.open("rb") as file:
        start = file.read(_HEADER + _LONGEST)
    name = start[_HEADER:][: int.from_bytes(start[26:28], "little")]
    return (name.decode("utf-8", "replace"),) if start.startswith(b"PK\x03\x04") else ()
