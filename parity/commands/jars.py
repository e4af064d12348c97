"""`parity jars list` and `verify`: what each runtime's class path holds, and whether it is what was locked."""

from __future__ import annotations

from typing import Any

from parity.commands.answer import Answer, Exit
from parity.errors import ParityError


def jars(verify: bool) -> Answer:
    """Every runtime's jars. `verify` ends with exit 3 where one is missing or altered; listing never fails."""
    from parity.runtimes import find

    runtimes = {name: _class_path(name) for name in sorted(find())}
    lines: list[str] = []
    for name, entry in runtimes.items():
        lines.append(
            f"{name}: {entry['error']}" if entry["error"] else f"{name}: {len(entry['jars'])} jars, sizes and SHA-256 as locked"
        )
        lines += [] if verify else [f"  {jar}" for jar in entry["jars"]]
    bad = any(entry["error"] for entry in runtimes.values())
    return Answer({"runtimes": runtimes}, lines, Exit.UNMEASURED if bad and verify else Exit.PASS)


def _class_path(runtime: str) -> dict[str, Any]:
    from parity.jvm.jars import class_path

    try:
        return {"jars": [str(jar) for jar in class_path(runtime).jars], "error": None}
    except ParityError as error:
        return {"jars": [], "error": str(error)}
