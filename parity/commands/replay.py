"""`parity replay`: both sides asked again, in a fresh process, for the rows of findings."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parity.commands.answer import Answer, Exit
from parity.commands.apart import printed_apart
from parity.errors import ParityError, StoreError, UsageError
from parity.replay.beside import NAMES
from parity.replay.store import Broken, Store, Stored
from parity.values.finding import Finding
from parity.values.plan import Budget, Phase
from parity.values.settings import Item, Settings

if TYPE_CHECKING:
    from parity.flow.again import Asked
    from parity.flow.sides import Workbench


@dataclass(frozen=True)
class Replayed:
    """A stored finding and what came of asking again: an answer, or why there is none."""

    stored: Stored
    asked: Asked | None
    error: str = ""

    @property
    def finding(self) -> Finding:
        """As it was saved, with what both sides say now."""
        return self.stored.finding if self.asked is None else replace(self.stored.finding, seen=self.asked.seen)


def replay(finding_id: str, folder: Path, *, remove: bool = False) -> Answer:
    """Exit 1 where the finding still happens, 0 where it does not; then, with `remove`, it is forgotten.

    Raises StoreError for an id that is not kept and for a reference that only its test module can build.
    """
    from parity.report.terminal import finding_lines

    store = Store(folder.absolute())
    stored = store.load(finding_id)
    with printed_apart(store.folder), _bench() as bench:
        one = Replayed(stored, _asked(stored, store, bench))
    removed = remove and _removed(store, one)
    files = _files(store, one.finding)
    lines = [
        *map(str, finding_lines(one.finding)),
        *(f"  {name:<11}{path}" for name, path in files.items()),
        "",
        f"{one.finding.id} {_told(one)}{_remark(one, removed)}",
    ]
    return Answer({**_plain(one, removed), "files": {n: str(p) for n, p in files.items()}}, lines, _exit([one]))


def replay_all(folder: Path, *, remove: bool = False) -> Answer:
    """All that are kept, a line each. Exit 1 where one still happens, 3 where one could not be asked, else 0."""
    store = Store(folder.absolute())
    with printed_apart(store.folder), _bench() as bench:
        found = [_tried(stored, store, bench) for stored in sorted(store.all(), key=_place)]
    removed = [remove and _removed(store, one) for one in found]
    broken = store.broken()
    lines = [_line(one, gone) for one, gone in zip(found, removed, strict=True)] + [_broken_line(b) for b in broken]
    document = {
        "findings": [_plain(one, gone) for one, gone in zip(found, removed, strict=True)],
        "broken": [asdict(b) for b in broken],
    }
    return Answer(document, [*lines, _summary(found, broken, folder)], _exit(found, broken))


def patch(finding_id: str, folder: Path) -> Answer:
    """The finding's row as a test of the user's own, for `git apply`. Raises StoreError where no test can be made of it."""
    from parity.replay.patch import patch_of

    stored = Store(folder.absolute()).load(finding_id)
    path, text = patch_of(stored.finding, stored.context)
    return Answer({"id": stored.finding.id, "file": str(path), "patch": text}, text.splitlines())


def _bench() -> Any:
    from contextlib import closing

    from parity.flow.sides import Workbench

    return closing(Workbench())


def _place(stored: Stored) -> tuple[str, ...]:
    """Findings of one artifact and runtime together: its worker starts once."""
    return stored.finding.case, stored.finding.artifact, stored.finding.runtime, stored.finding.id


def _tried(stored: Stored, store: Store, bench: Workbench) -> Replayed:
    """One that cannot be asked harms no other."""
    try:
        return Replayed(stored, _asked(stored, store, bench))
    except ParityError as error:
        return Replayed(stored, None, str(error))


def _asked(stored: Stored, store: Store, bench: Workbench) -> Asked:
    from parity.flow.again import ask

    settings, item = Settings(folder=store.folder), _item(stored)
    if item.phase == Phase.INVARIANCE:
        return _asked_itself(item, settings, bench, stored.finding)
    asked = ask(bench.sides(item, settings, Budget()), stored.finding.row)
    if asked.happens:
        with suppress(StoreError):  # a folder that cannot be written is read all the same
            store.save(replace(stored.finding, seen=asked.seen), stored.context, asked.wiring)
    return asked


def _asked_itself(item: Item, settings: Settings, bench: Workbench, finding: Finding) -> Asked:
    """A side that disagrees with itself does so beside other rows: the whole phase is asked again."""
    from parity.flow.again import Asked
    from parity.pipeline import run_item

    found = next((f for f in run_item(item, settings, bench).findings if f.id == finding.id), None)
    return Asked(None, "", finding.seen, None) if found is None else Asked(found.kind, found.output, found.seen, None)


def _item(stored: Stored) -> Item:
    from parity.replay.context import case_of

    case = case_of(stored.context)
    if case is None:
        raise StoreError(
            f"finding {stored.finding.id}: its reference was built by {stored.context['source']}, which this command cannot do; "
            f"run pytest --parity --parity-phase examples -k {stored.finding.case!r} instead."
        )
    return Item(case, case.artifacts[0], stored.finding.runtime, stored.finding.phase, "replay")


def _removed(store: Store, one: Replayed) -> bool:
    """Forgotten, if it was asked and no longer happens."""
    if one.asked is None or one.asked.happens:
        return False
    store.remove(one.finding.id)
    return True


def _files(store: Store, finding: Finding) -> dict[str, Path]:
    """What lies beside the row for others to run."""
    entry = store.findings / finding.id
    return {name: entry / name for name in NAMES if (entry / name).is_file()}


def _told(one: Replayed) -> str:
    if one.asked is None:
        return f"could not be asked: {one.error}"
    return f"still happens: {one.asked.kind}" if one.asked.happens else "no longer happens"


def _remark(one: Replayed, removed: bool) -> str:
    """What became of a finding that is fixed, or may."""
    if one.asked is None or one.asked.happens:
        return ""
    return "; removed" if removed else f"; parity replay {one.finding.id} --remove forgets it"


def _line(one: Replayed, removed: bool) -> str:
    where = f"{one.finding.case} in {one.finding.runtime}" + (" (off-domain)" if one.finding.off_domain else "")
    return f"{one.finding.id}  {where}: {_told(one)}{'; removed' if removed else ''}"


def _broken_line(broken: Broken) -> str:
    return f"{broken.id}  cannot be read: {broken.reason}"


def _summary(found: Sequence[Replayed], broken: Sequence[Broken], folder: Path) -> str:
    if not found and not broken:
        return f"no findings are kept in {folder}"
    happen = sum(one.asked is not None and one.asked.happens for one in found)
    unasked = sum(one.asked is None for one in found) + len(broken)
    fixed = len(found) + len(broken) - happen - unasked
    return f"{happen} still happen, {fixed} no longer do, {unasked} could not be asked"


def _exit(found: Sequence[Replayed], broken: Sequence[Broken] = ()) -> Exit:
    if any(one.asked is not None and one.asked.happens for one in found):
        return Exit.POLICY
    return Exit.UNMEASURED if broken or any(one.asked is None for one in found) else Exit.PASS


def _plain(one: Replayed, removed: bool) -> dict[str, Any]:
    """As JSON. `happens` is null where it could not be asked."""
    from parity.replay.exact import to_json

    asked = one.asked
    return {
        "id": one.finding.id,
        "happens": None if asked is None else asked.happens,
        "kind": None if asked is None or asked.kind is None else str(asked.kind),
        "seen": to_json(asdict(one.finding.seen)),
        "removed": removed,
        **({"error": one.error} if one.error else {}),
    }


def request(finding_id: str | None, folder: Path, *, everything: bool, remove: bool, as_patch: bool) -> Answer:
    """The command line's one command. Raises UsageError for a combination that means nothing."""
    if everything == (finding_id is not None):
        raise UsageError("parity replay takes the id of a finding, or --all: one of them")
    if as_patch and (everything or remove):
        raise UsageError("--patch is about one finding, and changes nothing: give it with the id alone")
    if finding_id is None:
        return replay_all(folder, remove=remove)
    return patch(finding_id, folder) if as_patch else replay(finding_id, folder, remove=remove)
