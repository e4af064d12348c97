"""The plugin proper: pytest's hooks, each of which delegates."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from parity.config import find, read
from parity.errors import UsageError
from parity.plugin.case import DeclaredCase
from parity.plugin.collect import ParityFile, add_root, holds_cases, standing_for
from parity.plugin.declared import configuration_of, from_command_line
from parity.plugin.items import NOT_UNDER_XDIST, ParityItem, key_of, make_items
from parity.plugin.options import Options, read_options
from parity.plugin.progress import Progress
from parity.plugin.summary import describe, header, show_summary, write_reports
from parity.plugin.travel import unpack, unpack_wrong
from parity.values.result import PhaseResult
from parity.values.settings import Item

if TYPE_CHECKING:
    from parity.pipeline import Workbench
    from parity.values.case import Configuration

NOTHING = (
    "--parity found no case. Write one in parity.toml (parity init helps), or give --parity-model and --parity-artifact; "
    "with --parity-case, --parity-runtime or --parity-phase, check that they leave something."
)


def activate(config: pytest.Config) -> None:
    """Register the plugin; raises pytest.UsageError where an option or the root's configuration is wrong."""
    try:
        options = read_options(config)
        add_root(config, options)
        file = find(config.rootpath)
        if file is not None:
            read(file)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None
    config.pluginmanager.register(ParitySession(config, options), "parity-session")


class ParitySession:
    """State of one pytest process: its options, its workbench, and on the controller the results."""

    def __init__(self, config: pytest.Config, options: Options) -> None:
        self.config = config
        self.options = options
        self.settings = options.settings
        self.worker_output: dict[str, Any] | None = getattr(config, "workeroutput", None)
        self.parallel = self.worker_output is not None
        self.results: list[PhaseResult] = []
        self.collected = 0
        self.items: list[ParityItem] = []
        self.wrong: list[str] = []  # usage errors met while collecting, raised together at its end
        self.late: list[str] = []  # usage errors that pytest can no longer be told of by raising
        self._bench: Workbench | None = None

    # ---- collection
    def pytest_report_header(self) -> list[str]:
        return header(self.options, self.config)

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        if self.options.artifacts and file_path == standing_for(self.options.artifacts[0]):
            return self._file(parent, file_path, partial(from_command_line, self.options, self.config.invocation_params.dir))
        return self._file(parent, file_path, partial(read, file_path)) if holds_cases(file_path) else None

    def pytest_pycollect_makeitem(self, collector: pytest.Collector, obj: object) -> list[ParityItem] | None:
        if not isinstance(obj, DeclaredCase):
            return None
        try:
            items = self._expand(partial(configuration_of, obj, collector.path, self.config.rootpath))
        except UsageError as error:
            raise collector.CollectError(str(error)) from None
        return make_items(collector, items, self, declared=obj)

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        self.collected += isinstance(item, ParityItem)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.items = [item for item in session.items if isinstance(item, ParityItem)]
        if self.worker_output is not None:
            self.worker_output["parity"] = {"collected": self.collected, "wrong": self.wrong}
        elif self.wrong or not (self.collected or self.config.pluginmanager.hasplugin("dsession")):
            raise pytest.UsageError("\n".join(self.wrong or [NOTHING]))

    # ---- running
    def run(self, item: Item, progress: Progress) -> PhaseResult:
        from parity.pipeline import Workbench, run_item

        self._bench = self._bench or Workbench()
        return run_item(item, self.settings, self._bench, progress)

    def pytest_keyboard_interrupt(self) -> None:
        """What was not judged is told: the phases that came before would stand for the whole case."""
        done = {(r.case, r.artifact, r.runtime, r.phase) for r in self.results}
        left = (one for one in self.items if key_of(one.item) not in done)
        self.results += [one.unmeasured("the run was interrupted before this was judged", 0.0) for one in left]

    def describe(self, result: PhaseResult) -> list[str]:
        return describe(result)

    # ---- reporting, on the controller or where there is no xdist
    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """pytest-xdist's: workers read the options again, and a drawn seed is not among them."""
        node.workerinput["parity_seed"] = str(self.settings.seed)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if self.worker_output is None:
            result = unpack(report)
            if result is not None and report.when == "call":
                self.results.append(result)
                self.late += [text for text in unpack_wrong(report) if text not in self.late]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        told = getattr(node, "workeroutput", {}).get("parity", {})
        self.collected += told.get("collected", 0)
        self.wrong += [text for text in told.get("wrong", []) if text not in self.wrong]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._bench is not None:
            self._bench.close()
        if self.worker_output is None:
            self._finish(session)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for line in self.late:
            terminalreporter.write_line(f"ERROR: {line}", red=True)
        if self.results:
            terminalreporter.section("parity")
            show_summary(self.results, terminalreporter)
            if self.config.pluginmanager.hasplugin("dsession"):
                terminalreporter.write_line(NOT_UNDER_XDIST)

    def _finish(self, session: pytest.Session) -> None:
        parallel = self.config.pluginmanager.hasplugin("dsession")
        if parallel and (self.wrong or not self.collected):
            self.late += self.wrong or [NOTHING]
        if self.results:
            self._write_reports()
        if self.late:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR

    def _write_reports(self) -> None:
        try:
            write_reports(self.results, self.options)
        except UsageError as error:
            self.late.append(str(error))

    def _file(self, parent: pytest.Collector, path: Path, read: Callable[[], Configuration]) -> ParityFile:
        return ParityFile.from_parent(parent, path=path, find=partial(self._expand, read), judge=self)

    def _expand(self, read: Callable[[], Configuration]) -> list[Item]:
        """Items of a configuration; what is wrong with it is kept, so that the run ends as a usage error."""
        from parity.pipeline import items

        options = self.options
        try:
            return items(read(), runtimes=options.runtimes, phases=options.phases, cases=options.cases)
        except UsageError as error:
            self.wrong.append(str(error))
            raise
