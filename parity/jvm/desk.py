"""Answers requests over one Java Bridge. The worker serves it through pipes; inline mode calls it directly."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from typing import Any

import jpype

Message = dict[str, Any]


class Desk:
    """One Bridge and what may be asked of it. Whatever Java throws becomes a reply, with a kind and the message."""

    def __init__(self, own_flags: Sequence[str] = ()) -> None:
        self._own_flags = own_flags
        self._bridge: Any = None
        self._operations: dict[str, Callable[[Message], Message]] = {
            "open": self._open,
            "score": self._score,
            "time": self._time,
            "close": self._close,
        }

    def answer(self, message: Message) -> Message:
        """The reply to one request: {"error": kind, "message": text} where it could not be done."""
        try:
            return self._operations[message["op"]](message)
        except jpype.JException as error:
            return {"error": _kind(error), "message": _text(error)}

    def _open(self, message: Message) -> Message:
        failed = start_jvm(message["jvm"], message["class_path"], message["flags"], self._own_flags)
        if failed:
            return {"error": "jvm", "message": failed}
        bridge = jpype.JClass("parity.harness.Bridge")
        options = message["options"]
        self._bridge = bridge.open(message["scorer"], message["artifact"], list(options), list(options.values()))
        return {
            "signature": json.loads(str(self._bridge.signature())),
            "versions": json.loads(str(self._bridge.versions())),
            "flags": _started["flags"],
        }

    def _score(self, message: Message) -> Message:
        self._prepare(message)
        refusal = str(self._bridge.score())
        if not refusal:
            return {}
        kind, _, text = refusal.partition("\t")
        return {"error": kind, "message": text}

    def _time(self, message: Message) -> Message:
        self._prepare(message)
        result = self._bridge.time(*message["plan"])
        return {"result": [int(number) for number in result]}

    def _prepare(self, message: Message) -> None:
        """Map the block and announce the columns, where they changed since the last call."""
        if "map" in message:
            self._bridge.map(*message["map"])
        if "schema" in message:
            self._bridge.schema(*message["schema"])

    def _close(self, _: Message) -> Message:
        if self._bridge is not None:
            self._bridge.close()
            self._bridge = None
        return {}


_started: dict[str, Any] = {}  # a process has one JVM, which cannot be started again


def start_jvm(jvm: str, class_path: list[str], flags: list[str], own_flags: Sequence[str]) -> str:
    """Start this process's JVM, once: it keeps the flags of its first start. Returns why it could not be started, or ""."""
    if jpype.isJVMStarted():
        mine = _started.get("pid") == os.getpid() and _started["class_path"] == class_path
        return "" if mine else _occupied(class_path)
    try:
        jpype.startJVM(jvm, *flags, *own_flags, classpath=class_path, convertStrings=False, interrupt=False)
    except (OSError, RuntimeError, TypeError, ValueError) as error:
        return f"the JVM {jvm} would not start with {' '.join(flags)}: {error}"
    _started.update(class_path=class_path, flags=flags, pid=os.getpid())
    return ""


def _occupied(class_path: list[str]) -> str:
    if _started.get("pid", os.getpid()) != os.getpid():
        return "this process was forked from one whose JVM runs already, and a forked JVM hangs; start a fresh process"
    return (
        f"this process runs a JVM already, with another class path than {os.pathsep.join(class_path)}; inline mode serves one "
        "runtime per process: leave out --parity-inline, or name one runtime with --parity-runtime"
    )


def _kind(error: Any) -> str:
    """The refusal's kind: a ScoringException names its own; the rest is told by its class."""
    if isinstance(error, jpype.JClass("parity.harness.ScoringException")):
        return str(error.kind())
    if isinstance(error, jpype.JClass("java.lang.OutOfMemoryError")):
        return "out-of-memory"
    return "other"


def _text(error: Any) -> str:
    """The exception's own message, without the native stack trace that some engines append."""
    text = str(error.getMessage() or error.getClass().getName())
    return text.split("\nStack trace:")[0].strip()
