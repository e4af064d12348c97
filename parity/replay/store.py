"""Findings under `.parity/findings/<id>/`: `row.arrow` has the exact bits, `finding.json` the rest, hex floats for people."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from parity.errors import StoreError
from parity.replay.beside import NAMES as BESIDE
from parity.replay.beside import texts_of
from parity.replay.context import context_of
from parity.replay.encode import finding_from_dict, finding_to_dict
from parity.replay.exact import to_json
from parity.replay.files import READABLE, TEMPORARY, as_store_error, locked, write_whole
from parity.replay.identity import finding_id
from parity.replay.rows import row_bytes, row_for_people, row_from_bytes
from parity.replay.wiring import Wiring
from parity.values.finding import Finding
from parity.values.settings import Item

__all__ = ["Broken", "Store", "Stored", "finding_id"]

LAYOUT = 1
ROW, DOCUMENT = "row.arrow", "finding.json"
ID = re.compile("[0-9a-f]{12}")
SHORTENED_ID = re.compile("[0-9a-f]{4,12}")


@dataclass(frozen=True)
class Stored:
    """A finding as it was saved, the context that `context_of` made, and the run that saw it last."""

    finding: Finding
    context: Mapping[str, Any]
    run: str = ""


@dataclass(frozen=True)
class Broken:
    """An entry that cannot be read, and why. It is told, and harms no other."""

    id: str
    reason: str


@dataclass(frozen=True)
class Store:
    """`folder` is `.parity/`; nothing is created before the first save. All methods raise StoreError for what they cannot do."""

    folder: Path

    @property
    def findings(self) -> Path:
        return self.folder / "findings"

    def save(
        self, finding: Finding, context: Item | Mapping[str, Any], wiring: Wiring | None = None, *, run: str | None = ""
    ) -> Path:
        """Write or replace the finding's entry and return its folder. Two runs may save at once: the later one wins whole.

        Phases of one `run` that see the same finding leave the worst that one of them saw, and the most rows; with None, of a
        row that was only asked again, so much of what was seen before stays, whichever run saw it.

        With `wiring`, `Repro.java` and `repro.py` lie beside the row, where the runtime and the reference allow it.
        """
        entry = self.findings / finding.id
        known = context_of(context) if isinstance(context, Item) else context
        with as_store_error(f"keep finding {finding.id}", self.findings):
            entry.mkdir(parents=True, exist_ok=True)
            with locked(self.findings):
                merged, run = _merged(finding, run, _before(entry))
                row = row_bytes(merged.row)
                _replace(entry, {ROW: row, DOCUMENT: _document(merged, known, row, run), **texts_of(merged, known, wiring)})
        return entry

    def load(self, given_id: str) -> Stored:
        """By id, or by at least four digits that only one id begins with."""
        return _read(self.findings / self._full_id(given_id))

    def all(self, case: str | None = None) -> tuple[Stored, ...]:
        """Every entry that can be read (of one case), in the order of their ids; see `broken` for the others."""
        entries = [entry for entry in self._scan() if isinstance(entry, Stored)]
        return tuple(entry for entry in entries if case is None or entry.finding.case == case)

    def broken(self) -> tuple[Broken, ...]:
        """The entries that cannot be read."""
        return tuple(entry for entry in self._scan() if isinstance(entry, Broken))

    def remove(self, given_id: str) -> None:
        """Forget a finding, a broken one too."""
        entry = self.findings / self._full_id(given_id)
        gone = self.findings / f"{TEMPORARY}{entry.name}-{time.monotonic_ns()}"
        with as_store_error(f"remove finding {entry.name}", self.findings):
            with locked(self.findings):
                entry.rename(gone)
            shutil.rmtree(gone)

    def _scan(self) -> list[Stored | Broken]:
        found: list[Stored | Broken] = []
        for name in self._ids():
            try:
                found.append(_read(self.findings / name))
            except StoreError as error:
                if (self.findings / name).exists():  # else removed by another run meanwhile
                    found.append(Broken(name, str(error)))
        return found

    def _ids(self) -> list[str]:
        with as_store_error("read findings", self.findings, READABLE):
            return sorted(p.name for p in self.findings.iterdir() if ID.fullmatch(p.name)) if self.findings.exists() else []

    def _full_id(self, given: str) -> str:
        ids = self._ids()
        matching = [i for i in ids if i.startswith(given)] if SHORTENED_ID.fullmatch(given) else []
        if len(matching) == 1:
            return matching[0]
        if matching:
            raise StoreError(f"finding {given!r} is ambiguous in {self.findings}: {', '.join(matching)}; give more digits")
        known = f"kept there: {', '.join(ids[:8])}{' …' if len(ids) > 8 else ''}" if ids else "none is kept there"
        raise StoreError(f"no finding {given!r} in {self.findings} (12 hex digits, or the first of them): {known}")


def _before(entry: Path) -> Stored | None:
    """What stands there, None where nothing readable does. Called under the lock."""
    try:
        return _read_once(entry)
    except StoreError:
        return None


def _merged(finding: Finding, run: str | None, before: Stored | None) -> tuple[Finding, str]:
    """What is to stand there: the finding with the larger drift, with the larger count of rows; and the run that saw it."""
    if before is None or (run is not None and (not run or before.run != run)):
        return finding, run or ""
    rows, old = max(finding.rows, before.finding.rows), before.finding
    if run is None:
        return replace(finding, rows=rows, worst=max(finding.worst, old.worst)), before.run
    return replace(finding if finding.worst >= old.worst else old, rows=rows), run


def _document(finding: Finding, context: Mapping[str, Any], row: bytes, run: str) -> bytes:
    document = {
        "schema": LAYOUT,
        "run": run,
        "finding": finding_to_dict(finding),
        "row": row_for_people(finding.row),
        "row_sha256": hashlib.sha256(row).hexdigest(),
        "context": to_json(context),
    }
    return (json.dumps(document, indent=1, allow_nan=False) + "\n").encode()


def _replace(entry: Path, files: Mapping[str, bytes]) -> None:
    entry.mkdir(exist_ok=True)  # another run may have removed it meanwhile
    _sweep(entry)
    try:
        write_whole(entry, files)
        for stale in set(BESIDE) - set(files):
            (entry / stale).unlink(missing_ok=True)
    finally:
        if not any(entry.iterdir()):  # a new entry that could not be written
            entry.rmdir()


def _sweep(entry: Path) -> None:
    """Leftovers of a writer that was killed; called under the lock, so nobody is writing them."""
    for leftover in entry.glob(f"{TEMPORARY}*"):
        leftover.unlink(missing_ok=True)


def _read(entry: Path) -> Stored:
    """Without the lock, as a read-only folder allows; again with it where the files do not fit: a writer may be between them."""
    try:
        return _read_once(entry)
    except StoreError as error:
        try:
            with locked(entry.parent):
                return _read_once(entry)
        except OSError:
            raise error from None


def _read_once(entry: Path) -> Stored:
    document, row = _parsed(entry), _bytes(entry / ROW)
    if hashlib.sha256(row).hexdigest() != document["row_sha256"]:
        raise StoreError(f"{entry / ROW} is not the row that {DOCUMENT} beside it was written with; {_remedy(entry)}")
    return _stored(entry, document, row)


def _parsed(entry: Path) -> dict[str, Any]:
    try:
        document = json.loads(_bytes(entry / DOCUMENT))
        layout = document["schema"]
        document["row_sha256"], document["finding"], document["context"]
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{entry / DOCUMENT} is damaged ({error}); {_remedy(entry)}") from error
    if layout != LAYOUT:
        raise StoreError(f"{entry / DOCUMENT} has layout {layout!r}, this version reads {LAYOUT}; use the version that wrote it")
    return dict(document)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise StoreError(f"{path} is not there; {_remedy(path.parent)}") from error
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror or error}; make it readable, or remove {path.parent}") from error


def _stored(entry: Path, document: dict[str, Any], row: bytes) -> Stored:
    try:
        return Stored(finding_from_dict(document["finding"], row_from_bytes(row)), document["context"], document.get("run", ""))
    except (ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise StoreError(f"{entry} is damaged ({type(error).__name__}: {error}); {_remedy(entry)}") from error


def _remedy(entry: Path) -> str:
    return f"remove the folder {entry}, the next run finds the row again"
