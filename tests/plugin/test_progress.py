"""The line that moves: on a terminal, after a while, and never wider than what is left of the line."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from parity.plugin import progress
from parity.plugin.progress import CLEAR, RESTORE, SAVE, Progress
from parity.values.plan import Phase


def config(*, terminal: bool = True, room: int = 80, verbosity: int = 0, worker: bool = False) -> Any:
    writer = SimpleNamespace(fullwidth=100, width_of_current_line=100 - room)
    plugins = {"terminalreporter": SimpleNamespace(isatty=terminal, _tw=writer), "capturemanager": None}
    made = SimpleNamespace(pluginmanager=SimpleNamespace(getplugin=plugins.get), get_verbosity=lambda: verbosity)
    if worker:
        made.workerinput = {}
    return made


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_shown_after_a_while_and_removed(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(config(), Phase.RANDOM) as show:
        show("1,000 rows")
        assert capsys.readouterr().out == ""
        clock[0] += 3
        show("2,000 rows")
        assert capsys.readouterr().out == f"{SAVE} random: 2,000 rows, 3 s{CLEAR}{RESTORE}"
        clock[0] += 0.1
        show("2,100 rows")
        assert capsys.readouterr().out == ""
    assert capsys.readouterr().out == CLEAR


@pytest.mark.parametrize(
    "quiet", [{"terminal": False}, {"room": 10}, {"verbosity": -1}, {"worker": True}], ids=lambda value: next(iter(value))
)
def test_not_shown(clock: list[float], capsys: pytest.CaptureFixture[str], quiet: dict[str, Any]) -> None:
    with Progress(config(**quiet), Phase.RANDOM) as show:
        clock[0] += 60
        show("1,000 rows")
    assert capsys.readouterr().out == ""


def test_never_wraps(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(config(room=30), Phase.BOUNDARY) as show:
        clock[0] += 60
        show("1,234,567 rows, 12,345 drifted")
        written = capsys.readouterr().out.removeprefix(SAVE).removesuffix(CLEAR + RESTORE)
    assert written == " boundary: 1,234,567 rows, 12"[:28]
