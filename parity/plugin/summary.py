"""What stands above and below the tests: the header, the summary, the results as files."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parity import __version__
from parity.errors import UnmeasurableError
from parity.plugin.options import Options
from parity.values.result import PhaseResult
from parity.values.settings import Settings

if TYPE_CHECKING:
    from parity.report.run import RunReport

# The report's styles in pytest's markup.
MARKUP: Mapping[str, Mapping[str, bool]] = {
    "plain": {},
    "title": {"bold": True},
    "good": {"green": True},
    "bad": {"red": True},
    "warn": {"yellow": True},
    "dim": {"light": True},
}


def header(options: Options, config: pytest.Config) -> list[str]:
    """Versions, the JVM that would run, and what was asked for; the JVM is found, not started."""
    settings = options.settings
    asked = [f"profile {settings.profile}", f"seed {settings.seed}"]
    asked += [f"rows {settings.rows:,}"] if settings.rows else []
    asked += [f"at most {settings.max_seconds:g} s an item"] if settings.max_seconds else []
    asked += [f"runtimes {', '.join(options.runtimes)}"] if options.runtimes else []
    asked += [f"phases {', '.join(options.phases)}"] if options.phases else []
    asked += ["inline"] if settings.inline else []
    return [
        f"parity: {__version__}, {', '.join(asked)}, findings in {_short(settings.folder, config.rootpath)}",
        f"parity: Python {platform.python_version()}, {jvm_line()}",
    ]


def jvm_line() -> str:
    from parity.jvm.find import find_jvm

    try:
        jvm = find_jvm()
    except UnmeasurableError as error:
        return f"no JVM: {error}"
    return f"JVM {jvm.version} in {jvm.home}"


def report_of(results: Sequence[PhaseResult], settings: Settings) -> RunReport:
    from parity.report.environment import environment
    from parity.report.run import RunReport

    return RunReport(tuple(results), settings.seed, environment(jvm_line(), jars_of(results)), settings.profile)


def jars_of(results: Sequence[PhaseResult]) -> dict[str, object]:
    """By runtime, as the sessions told: file names of the class path."""
    return {result.runtime: result.environment["jars"] for result in results if "jars" in result.environment}


def write_reports(results: Sequence[PhaseResult], options: Options) -> None:
    """The files that were asked for. Raises StoreError where one cannot be written."""
    from parity.report.json_report import write_document

    if options.json is not None:
        write_document(report_of(results, options.settings), options.json)


def describe(result: PhaseResult) -> list[str]:
    """Findings of a phase in words: the first of each kind and cause in full, its likes in a line each.

    Off-domain ones stand in the summary, unless they are all there is to blame.
    """
    from parity.report.terminal import finding_lines

    formulas = {output.name: output.formula for output in result.outputs}
    lines: list[str] = []
    alike: list[str] = []
    seen: set[tuple[str, str]] = set()
    for finding in [finding for finding in result.findings if not finding.off_domain] or result.findings:
        key = (finding.kind, finding.cause.name if finding.cause else "")
        text = [str(line) for line in finding_lines(finding, formulas.get(finding.output, ""))]
        if key in seen:
            alike.append(text[0])
        else:
            lines += ["", *text]
            seen.add(key)
    return lines + (["", "of the same kind and cause:", *(f"  {title}" for title in alike)] if alike else [])


def show_summary(results: Sequence[PhaseResult], reporter: pytest.TerminalReporter) -> None:
    from parity.report.terminal import summary, totals

    for line in [*summary(results), totals(results)]:
        reporter.write_line(line.text, **MARKUP[line.style])


def _short(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
