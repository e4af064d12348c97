"""`parity jars list`, `verify`, `fetch`, `bundle` and `sbom`: what each runtime's class path holds, and how it comes here."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parity.commands.answer import Answer, Exit
from parity.errors import ParityError, UsageError

if TYPE_CHECKING:
    from parity.jvm.fetch import Plan
    from parity.jvm.lock import Jar

STEP = 0.1
"""Progress is told after each tenth of what is to come."""


def jars(verify: bool) -> Answer:
    """Every runtime's jars. `verify` reads all of them anew, and ends with exit 3 where one is missing or altered."""
    from parity.runtimes import find

    runtimes = {name: _class_path(name, verify) for name in sorted(find())}
    lines: list[str] = []
    for name, entry in runtimes.items():
        count = _count(len(entry["jars"]))
        lines.append(f"{name}: {entry['error'] or f'{count}, sizes and SHA-256 as locked'}")
        lines += [] if verify else [f"  {jar}" for jar in entry["jars"]]
    bad = any(entry["error"] for entry in runtimes.values())
    return Answer({"runtimes": runtimes}, lines, Exit.UNMEASURED if bad and verify else Exit.PASS)


def _class_path(runtime: str, rehash: bool) -> dict[str, Any]:
    from parity.jvm.jars import class_path

    try:
        return {"jars": [str(jar) for jar in class_path(runtime, rehash=rehash).jars], "error": None}
    except ParityError as error:
        return {"jars": [], "error": str(error)}


def fetch(
    runtimes: Sequence[str],
    *,
    dest: Path | None,
    given: Path | None,
    offline: bool,
    tell: Callable[[str], None],
    progress: Callable[[str], None],
) -> Answer:
    """Bring the jars of the runtimes. `tell` is called before anything is fetched: what, how much, under which licence."""
    from parity.jvm.fetch import bring, plan

    bare = _without_jars(runtimes)
    if bare and len(bare) == len(runtimes):
        return Answer({"fetched": [], "here": []}, [f"{', '.join(bare)}: no jars of others are needed"])
    wanted = plan([name for name in runtimes if name not in bare], folder=dest, given=given)
    for line in _announcement(wanted):
        tell(line)
    brought = bring(wanted, given=given, offline=offline, on_bytes=_counter(wanted.size, progress))
    lines = [f"{jar.path} ({jar.source or 'another parity brought it'})" for jar in brought]
    lines.append(f"brought {_count(len(brought))}; {len(wanted.here)} were here already; all are as locked")
    if dest and brought:
        lines.append(f"to use them, set PARITY_JARS={dest}")
    document = {
        "fetched": [{**asdict(one.jar), "path": str(one.path), "source": one.source} for one in brought],
        "here": [{**asdict(jar), "path": str(path)} for jar, path in wanted.here],
    }
    return Answer(document, lines)


def _without_jars(runtimes: Sequence[str]) -> list[str]:
    """Those of the named runtimes that exist and run on our own jars alone."""
    from parity.jvm.lock import read_lock
    from parity.runtimes import find

    return [name for name in runtimes if name in find() and name not in read_lock()]


def _announcement(wanted: Plan) -> list[str]:
    from parity.jvm.lock import announced

    if not wanted.absent:
        return []
    fetched: dict[str, list[Jar]] = {}
    for jar, runtime in wanted.absent:
        fetched.setdefault(runtime, []).append(jar)
    lines = [f"{_count(len(wanted.absent))} for {', '.join(fetched)}, {wanted.size / 1e6:.1f} MB, into {wanted.folder}"]
    return lines + [f"note: {line}" for line in announced(fetched)]


def _count(jars: int) -> str:
    return "1 jar" if jars == 1 else f"{jars} jars"


def _counter(total: int, progress: Callable[[str], None]) -> Callable[[int], None]:
    """Says how far the downloads are. Several threads count: at worst a step is told twice."""
    state = {"bytes": 0, "told": 0.0}

    def count(more: int) -> None:
        state["bytes"] += more
        share = state["bytes"] / total
        if share >= state["told"] + STEP:
            state["told"] = share
            progress(f"{state['bytes'] / 1e6:.1f} of {total / 1e6:.1f} MB")

    return count


def bundle(file: Path, runtimes: Sequence[str], tell: Callable[[str], None]) -> Answer:
    """Write the jars of the runtimes into one zip; whoever passes it on is told of the licences."""
    from parity.jvm.bundle import bundle as write
    from parity.jvm.lock import announced

    written = write(file, runtimes)
    for line in announced(written):
        tell(f"note: {line}")
    held = list(dict.fromkeys(jar for jars in written.values() for jar in jars))
    lines = [
        f"{file}: {_count(len(held))}, {sum(jar.size for jar in held) / 1e6:.1f} MB",
        f"there: parity jars fetch --from {file.name}",
    ]
    return Answer({"bundle": str(file), "jars": [asdict(jar) for jar in held]}, lines)


def sbom(runtimes: Sequence[str], out: Path | None) -> Answer:
    """A CycloneDX document of the jars that are here and verified: of the named runtimes, or of all that have theirs."""
    from parity.jvm.lock import chosen, read_lock
    from parity.jvm.sbom import document

    wanted = chosen(read_lock(), runtimes)
    errors = {name: _class_path(name, rehash=False)["error"] for name in wanted}
    if runtimes and any(errors.values()):
        return Answer({"error": errors}, [error for error in errors.values() if error], Exit.UNMEASURED)
    made = document({name: jars for name, jars in wanted.items() if not errors[name]})
    text = json.dumps(made, indent=1)
    if out is None:
        return Answer(made, [text])
    try:
        out.write_text(f"{text}\n", "utf-8")
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror or error}; name another file") from None
    return Answer(made, [f"{out}: {_count(len(made['components']))}"])
