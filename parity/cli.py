"""The `parity` command. Exit: 0 pass, 1 policy violated, 2 usage or configuration, 3 could not measure."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

from parity import __version__
from parity.commands.answer import Answer, Exit
from parity.errors import UnmeasurableError, UsageError

JSON_WANTED = "parity.json"


class Guarded(click.Group):
    """Turns errors into a message and an exit code: no traceback of ours for what the user or the machine got wrong."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UsageError as error:
            _stop(ctx, str(error), Exit.USAGE)
        except UnmeasurableError as error:
            _stop(ctx, str(error), Exit.UNMEASURED)


def _stop(ctx: click.Context, message: str, code: Exit) -> NoReturn:
    if ctx.meta.get(JSON_WANTED):
        click.echo(json.dumps({"error": message, "exit": int(code)}, indent=1))
    click.echo(f"error: {message}", err=True)
    ctx.exit(int(code))


def _remember(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    ctx.meta[JSON_WANTED] = value


def as_json(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--json", is_flag=True, expose_value=False, callback=_remember, help="Print the answer as JSON.")(command)


folder_option = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".parity"),
    show_default=True,
    help="Where findings, journals and logs lie.",
)


@click.group(cls=Guarded, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="parity")
def main() -> None:
    """Proves, or disproves, that a model scores the same in Python and on the JVM."""


@main.result_callback()
@click.pass_context
def show(ctx: click.Context, answer: Answer) -> None:
    if ctx.meta.get(JSON_WANTED):
        click.echo(json.dumps(answer.document, indent=1, allow_nan=False))
    else:
        for line in answer.lines:
            click.echo(line)
    ctx.exit(int(answer.exit))


@main.command()
@folder_option
@as_json
def doctor(folder: Path) -> Answer:
    """Say what this machine can measure, and how to get what is missing."""
    from parity.commands.doctor import doctor as look

    return look(folder)


@main.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path), default=Path())
@as_json
def init(directory: Path) -> Answer:
    """Write a first parity.toml into DIRECTORY, of the models and artifacts that lie there."""
    from parity.commands.init import init as write

    return write(directory)


@main.command()
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("parity-demo"),
    show_default=True,
    help="The demo's project; kept, so that you can look around in it.",
)
@as_json
@click.pass_context
def demo(ctx: click.Context, folder: Path) -> Answer:
    """Judge real models on real data in three JVM runtimes."""
    from parity.demo.run import demo as play

    return play(folder, quiet=bool(ctx.meta.get(JSON_WANTED)), say=_say)


@main.command()
@click.argument("config", type=click.Path(exists=True, path_type=Path), default=Path())
@click.option("--runtime", "runtimes", multiple=True, help="Judge in this JVM runtime only.")
@click.option("--phase", "phases", multiple=True, help="Run this phase only.")
@click.option("--case", "cases", multiple=True, help="Judge cases whose name matches this glob.")
@click.option("--model", help="The model in Python: a file or package.module:name; with --artifact, instead of CONFIG.")
@click.option("--artifact", "artifacts", multiple=True, type=click.Path(path_type=Path), help="The exported file.")
@click.option("--data", type=click.Path(path_type=Path), help="Real rows for --model.")
@click.option("--profile", default="ci", show_default=True, help="How much to search: dev, ci or nightly.")
@click.option("--rows", help="Rows of the phases random and boundary.")
@click.option("--max-time", help="Longest time of an item, such as 90s or 2m.")
@click.option("--seed", help="Seed of the rows; 0 unless given, a new one each time for nightly.")
@click.option("--inline", is_flag=True, help="Run the JVM inside this process.")
@folder_option
@as_json
def run(
    config: Path,
    runtimes: tuple[str, ...],
    phases: tuple[str, ...],
    cases: tuple[str, ...],
    model: str | None,
    artifacts: tuple[Path, ...],
    data: Path | None,
    **more: Any,
) -> Answer:
    """Judge the cases of CONFIG, a parity.toml or its folder: the same as pytest --parity, without pytest."""
    from parity.commands.run import Request
    from parity.commands.run import run as judge
    from parity.plugin.options import settings_from

    request = Request(config, runtimes, phases, cases, model, artifacts, data)
    return judge(request, settings_from(option="--", **more), _say)


@main.command()
@click.argument("artifact", type=click.Path(path_type=Path))
@click.option("--runtime", help="The JVM runtime; by default the one of the artifact's format.")
@click.option("--data", required=True, type=click.Path(path_type=Path), help="Rows: .parquet, .csv or .feather.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write all scores there, as Parquet.")
@folder_option
@as_json
def score(artifact: Path, runtime: str | None, data: Path, out: Path | None, folder: Path) -> Answer:
    """Score a file of rows on the JVM, and nothing else."""
    from parity.commands.score import score as ask

    return ask(artifact, runtime, data, out, folder)


@main.command()
@click.argument("finding", required=False)
@click.option("--all", "everything", is_flag=True, help="All findings that are kept.")
@click.option("--remove", is_flag=True, help="Forget what no longer happens.")
@click.option("--patch", "as_patch", is_flag=True, help="Print a patch for git apply that makes the row a test of your own.")
@folder_option
@as_json
def replay(finding: str | None, folder: Path, **how: bool) -> Answer:
    """Ask both sides again for the row of FINDING, and say whether it still happens (exit 1) or not (exit 0)."""
    from parity.commands.replay import request

    return request(finding, folder, **how)


@main.command()
@click.argument("finding")
@click.option("--reason", required=True, help="Why this drift is acceptable.")
@click.option("--owner", required=True, help="Who answers for it.")
@click.option("--expires", required=True, metavar="YYYY-MM-DD", help="The last day on which it is accepted.")
@click.option("--rows", is_flag=True, help="Record the number of rows too: more of them fail again.")
@click.option("--config", type=click.Path(path_type=Path), default=Path(), help="The parity.toml, or its folder.")
@folder_option
@as_json
def accept(finding: str, config: Path, folder: Path, **said: Any) -> Answer:
    """Write FINDING into the ledger of CONFIG: it no longer fails until it expires, grows or changes its kind."""
    from parity.commands.accept import Acceptance
    from parity.commands.accept import accept as write

    return write(finding, Acceptance(**said), config, folder)


@main.command()
@click.argument("case")
@click.option("--config", type=click.Path(path_type=Path), default=Path(), help="The parity.toml, or its folder.")
@click.option("--runtime", help="The JVM runtime; by default the case's first.")
@click.option("--fault", "faults", multiple=True, help="Inject this fault only.")
@click.option("--phase", "phases", multiple=True, help="Run this phase only.")
@click.option("--profile", default="ci", show_default=True, help="How much to search: dev, ci or nightly.")
@click.option("--rows", help="Rows of the phases random and boundary.")
@click.option("--seed", default="0", show_default=True)
@folder_option
@as_json
def selftest(
    case: str, config: Path, runtime: str | None, faults: tuple[str, ...], phases: tuple[str, ...], **more: Any
) -> Answer:
    """Inject known faults into the artifact of CASE and its scores, and count how many are found."""
    from parity.commands.selftest import Request
    from parity.commands.selftest import selftest as inject
    from parity.plugin.options import settings_from

    settings = settings_from(option="--", max_time=None, inline=False, **more)
    return inject(Request(case, config, runtime, faults, phases), settings, _say)


@main.group()
def jars() -> None:
    """The Java archives of each runtime."""


@jars.command("list")
@as_json
def jars_list() -> Answer:
    """Name every jar of every runtime's class path."""
    from parity.commands.jars import jars as look

    return look(verify=False)


@jars.command("verify")
@as_json
def jars_verify() -> Answer:
    """Compare every jar with its locked size and SHA-256."""
    from parity.commands.jars import jars as look

    return look(verify=True)


@jars.command("fetch")
@click.argument("runtimes", nargs=-1)
@click.option("--dest", type=click.Path(file_okay=False, path_type=Path), help="Bring them there instead, for PARITY_JARS.")
@click.option("--from", "given", type=click.Path(path_type=Path), help="Take them from this bundle or folder alone.")
@click.option("--offline", is_flag=True, help="No network: what is here, Maven's cache included. Also PARITY_OFFLINE=1.")
@as_json
def jars_fetch(runtimes: tuple[str, ...], dest: Path | None, given: Path | None, offline: bool) -> Answer:
    """Bring the jars of RUNTIMES (default: all) here, without Maven; the lock says which, and each is verified.

    They come from ~/.m2, then from the repository that PARITY_MAVEN_REPO_URL or a mirror in Maven's settings.xml names, else from
    Maven Central. Proxies are taken from HTTPS_PROXY and the like, or from settings.xml.
    """
    from parity.commands.jars import fetch

    return fetch(runtimes, dest=dest, given=given, offline=offline, tell=_tell, progress=_say)


@jars.command("bundle")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("runtimes", nargs=-1)
@as_json
def jars_bundle(file: Path, runtimes: tuple[str, ...]) -> Answer:
    """Write the jars of RUNTIMES (default: all) into the zip FILE, for a network without a repository."""
    from parity.commands.jars import bundle

    return bundle(file, runtimes, _tell)


@jars.command("sbom")
@click.argument("runtimes", nargs=-1)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write it there.")
@as_json
def jars_sbom(runtimes: tuple[str, ...], out: Path | None) -> Answer:
    """A bill of materials (CycloneDX) of the jars of RUNTIMES that are here."""
    from parity.commands.jars import sbom

    return sbom(runtimes, out)


def _tell(text: str) -> None:
    """What has to be known before it happens, licences among it: said wherever the command runs, never into the answer."""
    click.echo(text, err=True)


def _say(text: str) -> None:
    """Progress, for people at a terminal: never into a pipe or a file, and never into the JSON."""
    if sys.stderr.isatty():
        click.echo(text, err=True)


if __name__ == "__main__":
    main()
