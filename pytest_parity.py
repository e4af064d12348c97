"""Front of the pytest plugin: options, and nothing else until `--parity` is given.

This module is imported by every pytest of the environment. It imports only what pytest has imported already.
"""

from __future__ import annotations

import pytest

# (name, keywords of the command-line option, type of its twin in the ini file)
OPTIONS: tuple[tuple[str, dict[str, object], str], ...] = (
    ("profile", {"metavar": "NAME", "help": "how much to search: dev, ci (default) or nightly"}, "string"),
    ("runtime", {"action": "append", "metavar": "NAME", "help": "judge in this JVM runtime only; may be repeated"}, "args"),
    ("phase", {"action": "append", "metavar": "NAME", "help": "run this phase only; may be repeated"}, "args"),
    ("case", {"action": "append", "metavar": "GLOB", "help": "judge cases whose name matches; may be repeated"}, "args"),
    ("model", {"metavar": "REF", "help": "the model in Python, a file or package.module:name; no parity.toml needed"}, "string"),
    ("artifact", {"action": "append", "metavar": "PATH", "help": "the exported file to judge it by; may be repeated"}, "args"),
    ("data", {"metavar": "PATH", "help": "real rows for --parity-model: .parquet, .csv or .feather"}, "string"),
    ("rows", {"metavar": "N", "help": "rows of the phases random and boundary, instead of the profile's"}, "string"),
    ("max-time", {"metavar": "T", "help": "longest time of an item, such as 90, 90s or 2m; rows never depend on it"}, "string"),
    ("seed", {"metavar": "N", "help": "seed of the run (default 0); the same seed gives the same rows"}, "string"),
    ("json", {"metavar": "PATH", "help": "write the results as JSON"}, "string"),
    ("jars", {"metavar": "DIR", "help": "look for the engines' jars in this folder first, as PARITY_JARS says"}, "string"),
    ("out", {"metavar": "DIR", "help": "folder of findings, journals and logs (default .parity in the root)"}, "string"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("parity", "scores of Python and JVM compared")
    group.addoption("--parity", action="store_true", default=None, help="collect and judge parity cases")
    parser.addini("parity", "collect and judge parity cases, as --parity does", type="bool", default=False)
    group.addoption("--parity-inline", action="store_true", default=None, help="run the JVM inside this process (for debuggers)")
    parser.addini("parity_inline", "as --parity-inline", type="bool", default=False)
    for name, keywords, kind in OPTIONS:
        group.addoption(f"--parity-{name}", default=None, **keywords)
        parser.addini(f"parity_{name.replace('-', '_')}", f"as --parity-{name}", type=kind, default=None)  # type: ignore[arg-type]


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("parity") or config.getini("parity"):
        from parity.plugin.session import activate

        activate(config)
