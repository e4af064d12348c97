"""`parity accept`: a finding into the ledger, as text at the end of the file, so that comments and order stay."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from pathlib import Path

from parity.commands.answer import Answer
from parity.config import read
from parity.config.files import located
from parity.errors import ConfigurationError
from parity.judge.ledger import accepting, entry_of, expired
from parity.replay.files import as_store_error, write_whole
from parity.replay.store import Store
from parity.values.case import Configuration
from parity.values.finding import Finding

LAST_DAYS = "a day that is still to come, as 2027-03-31"


@dataclass(frozen=True)
class Acceptance:
    """What the owner says: `rows` whether the number of rows is recorded too, and may then not grow."""

    reason: str
    owner: str
    expires: str
    rows: bool = False


def accept(given_id: str, said: Acceptance, config: Path, folder: Path) -> Answer:
    """Append the entry and name it. The file is written whole, and only where it can still be read afterwards.

    Raises StoreError for an id that is not kept, ConfigurationError for a date that has passed, an empty reason or owner,
    a finding that an entry covers already, and a file to which no entry can be appended.
    """
    expires = _day(said.expires)
    for name, text in (("--reason", said.reason), ("--owner", said.owner)):
        if not text.strip():
            raise ConfigurationError(f"{name}: an empty text was given; say it, the ledger is read by others")
    path = located(config.absolute())
    finding = Store(folder.absolute()).load(given_id).finding
    _check_not_covered(finding, read(path))
    entry = _entry(finding, said, expires, "tool.parity.known" if path.name == "pyproject.toml" else "known")
    _append(path, entry)
    document = {"id": finding.id, "file": str(path), "entry": entry, "expires": expires.isoformat()}
    return Answer(document, [f"{path}: appended", "", *entry.splitlines(), "", f"{finding.id} is known until {expires}"])


def _day(text: str) -> datetime.date:
    try:
        day = datetime.date.fromisoformat(text.strip())
    except ValueError:
        raise ConfigurationError(f"--expires: {text!r} was given, {LAST_DAYS}, is wanted") from None
    if day < datetime.date.today():
        raise ConfigurationError(f"--expires: {day} has passed; {LAST_DAYS}, is wanted")
    return day


def _check_not_covered(finding: Finding, configuration: Configuration) -> None:
    if finding.case not in [case.name for case in configuration.cases]:
        names = ", ".join(case.name for case in configuration.cases)
        raise ConfigurationError(f"{configuration.path}: has no case {finding.case!r}, of which {finding.id} is; it has {names}")
    entry = entry_of(finding, configuration.known)
    if entry is None:
        return
    state = "has expired" if expired(entry, datetime.date.today()) else f"holds until {entry.expires}"
    raise ConfigurationError(
        f"{configuration.path}: an entry of {entry.owner} matches {finding.id} already and {state}; change that entry instead"
    )


def _entry(finding: Finding, said: Acceptance, expires: datetime.date, header: str) -> str:
    entry = accepting(finding, said.reason, said.owner, expires, rows=said.rows)
    match = ", ".join(f"{key} = {_toml(value)}" for key, value in entry.match.items())
    what = f"{finding.kind} on {finding.output or 'all outputs'}" + (f", {finding.cause.name}" if finding.cause else "")
    lines = [f"[[{header}]]  # {_comment(what)}", f"match = {{ {match} }}"]
    lines += [f"reason = {_toml(said.reason)}", f"owner = {_toml(said.owner)}", f"expires = {expires.isoformat()}"]
    lines += [f"max-abs = {entry.max_abs!r}"] if entry.max_abs is not None else []
    lines += [f"rows = {entry.rows}"] if entry.rows is not None else []
    return "\n".join(lines) + "\n"


def _toml(text: str) -> str:
    """A basic string: JSON's escapes are TOML's, DEL excepted."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _append(path: Path, entry: str) -> None:
    before = path.read_bytes()
    ends = b"\r\n" if b"\r\n" in before else b"\n"
    gap = b"" if not before else ends if before.endswith(b"\n") else ends * 2
    with as_store_error(f"write {path.name}", path.parent, "make it writable"):
        write_whole(path.parent, {path.name: before + gap + entry.encode().replace(b"\n", ends)})
    try:
        read(path)
    except ConfigurationError as error:
        with as_store_error(f"write {path.name}", path.parent, "make it writable"):
            write_whole(path.parent, {path.name: before})
        raise ConfigurationError(f"{path} was left as it was: an entry cannot be appended to it ({error})") from None
