"""`parity run`: the same as `pytest --parity`, without pytest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from parity.commands.answer import Answer, Exit, exit_of
from parity.commands.apart import printed_apart
from parity.errors import ParityError, UnmeasurableError, UsageError
from parity.values.case import Configuration
from parity.values.plan import Phase
from parity.values.result import PhaseResult, Verdict
from parity.values.settings import Item, Settings


@dataclass(frozen=True)
class Request:
    """What was typed: a configuration file or its folder, or a model with artifacts; and what to narrow it to."""

    config: Path
    runtimes: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    model: str | None = None
    artifacts: tuple[Path, ...] = ()
    data: Path | None = None


def run(request: Request, settings: Settings, progress: Callable[[str], None]) -> Answer:
    """Judge all items one after the other. What cannot be measured is a result, and so is what an item finds wrong.

    Raises UsageError where nothing can be judged at all. Exit 2 where any item found something given to be wrong.
    """
    from parity.pipeline import Workbench, items
    from parity.plugin.summary import report_of
    from parity.report.json_report import document
    from parity.report.terminal import findings, summary, totals

    todo = items(_configuration(request), runtimes=request.runtimes, phases=request.phases, cases=request.cases)
    if not todo:
        raise UsageError("nothing to judge: no case is left by --case, --runtime and --phase.")
    bench, wrong = Workbench(), dict[str, None]()
    try:
        with printed_apart(settings.folder):
            results = [_judge(item, settings, bench, progress, wrong) for item in todo]
    finally:
        bench.close()
    report = report_of(results, settings)
    return Answer(
        document(report),
        [
            *map(str, findings(results)),
            "",
            *map(str, [*summary(results), totals(results)]),
            *(f"ERROR: {text}" for text in wrong),
        ],
        Exit.USAGE if wrong else exit_of([(r, i.required) for r, i in zip(results, todo, strict=True)]),
    )


def _configuration(request: Request) -> Configuration:
    from parity.config import case_from, read

    if request.model is None and not request.artifacts:
        return read(request.config)
    if request.model is None or not request.artifacts:
        raise UsageError("--model and --artifact go together: the model in Python, and the file that was exported from it.")
    case = case_from(
        request.model,
        [path.absolute() for path in request.artifacts],
        root=Path.cwd(),
        source="--model",
        data=request.data.absolute() if request.data else None,
    )
    return Configuration(Path.cwd(), (case,))


def _judge(item: Item, settings: Settings, bench: object, progress: Callable[[str], None], wrong: dict[str, None]) -> PhaseResult:
    """The item's result; `wrong` collects what its UsageErrors say, once each, in order."""
    from parity.pipeline import run_item

    name = f"{item.case.name}[{item.id}]"
    try:
        result = run_item(item, settings, bench, lambda text: progress(f"{name}: {text}"))  # type: ignore[arg-type]
    except UnmeasurableError as error:
        return _unmeasured(item, str(error))
    except ParityError as error:
        wrong[f"{item.case.name}: {error}"] = None
        return _unmeasured(item, str(error))
    progress(f"{name}: {result.verdict}, {result.reason}")
    return result


def _unmeasured(item: Item, reason: str) -> PhaseResult:
    return PhaseResult(
        case=item.case.name,
        artifact=item.artifact.path.name,
        runtime=item.runtime,
        phase=Phase(item.phase),
        verdict=Verdict.NOT_MEASURED,
        reason=reason,
    )
