"""A patch for `git apply` that adds a finding's row to the user's own tests: a test module that fails until both sides agree."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from parity.errors import StoreError
from parity.replay.exact import from_json
from parity.replay.python import as_python, can_be_said, needs_numpy, row_lines
from parity.values.finding import Finding
from parity.values.plan import Phase

CONFIGURATIONS = ("parity.toml", "pyproject.toml")
OPTIONAL = ("data", "inputs", "outputs", "ignore_outputs")


def patch_of(finding: Finding, context: Mapping[str, Any]) -> tuple[Path, str]:
    """The file that the patch adds, relative to the repository (or the case's folder, outside of one), and the patch.

    Raises StoreError for a call without rows, for a side that disagrees with itself, for columns that have no words, and for a
    reference that only the process that made it has.
    """
    if finding.phase == Phase.INVARIANCE:
        raise StoreError(
            f"finding {finding.id} is a side that disagrees with itself ({finding.input_class}): no row shows it alone"
        )
    if finding.row.num_rows != 1:
        raise StoreError(f"finding {finding.id} is a call of {finding.row.num_rows} rows, which no example row can stand for")
    if not can_be_said(finding.row):
        raise StoreError(f"finding {finding.id} has columns of types that a test cannot hold as text; numbers and text can be")
    root = Path(context["root"])
    folder = _test_folder(root, context)
    lines = _module(finding, context, root, folder)
    path = (folder / _file_name(finding)).relative_to(_repository(root))
    head = [f"diff --git a/{path} b/{path}", "new file mode 100644", "--- /dev/null", f"+++ b/{path}"]
    return path, "\n".join([*head, f"@@ -0,0 +1,{len(lines)} @@", *(f"+{line}" for line in lines)]) + "\n"


def _test_folder(root: Path, context: Mapping[str, Any]) -> Path:
    """`tests` beside the configuration; beside the module where that is what declared the case."""
    return root if context["source"].endswith(".py") and not (root / "tests").is_dir() else root / "tests"


def _file_name(finding: Finding) -> str:
    return f"test_parity_{_slug(finding.case)}_{finding.id}.py"


def _slug(name: str) -> str:
    return re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower() or "case"


def _repository(root: Path) -> Path:
    return next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)


def _module(finding: Finding, context: Mapping[str, Any], root: Path, folder: Path) -> list[str]:
    why = finding.cause.name if finding.cause else finding.input_class
    told = f"Finding {finding.id}: {finding.kind} of {finding.artifact} in {finding.runtime} ({why})."
    name = f"test_{_slug(finding.case)}_in_{_slug(finding.runtime)}"
    above = "parent" if folder == root else "parents[1]"
    return [
        f'"""{ascii(told)[1:-1]}',
        "",
        f"Made by `parity replay {finding.id} --patch`; fails until both sides agree about this row.",
        '"""',
        "",
        "from pathlib import Path",
        "",
        *(["import numpy as np"] if needs_numpy(finding.row) else []),
        "import pyarrow as pa",
        "",
        "import parity",
        "",
        f"ROOT = Path(__file__).{above}",
        *row_lines(finding.row),
        "",
        "",
        f"def {name}() -> None:",
        "    parity.check_row(",
        *(f"        {argument}," for argument in ("ROW", *_arguments(finding, context, root), 'folder=ROOT / ".parity"')),
        "    )",
    ]


def _arguments(finding: Finding, context: Mapping[str, Any], root: Path) -> list[str]:
    """The case by its name in the configuration, or all of it."""
    runtime = f"runtime={as_python(finding.runtime)}"
    if context["source"] in CONFIGURATIONS:
        return ["config=ROOT", f"case={as_python(finding.case)}", f"artifact={as_python(finding.artifact)}", runtime]
    if context["reference"] is None:
        raise StoreError(f"finding {finding.id}: its reference was an object of the process that found it; name it in a file")
    options = from_json(context["artifact"]["options"])
    given = {name: from_json(context[name]) for name in OPTIONAL if context[name]} | ({"options": options} if options else {})
    if isinstance(given.get("data"), str):
        given["data"] = _relative(given["data"], root)
    return [
        "root=ROOT",
        f"reference={as_python(context['reference'])}",
        f"artifact={as_python(_relative(context['artifact']['path'], root))}",
        runtime,
        *(f"{name}={as_python(value)}" for name, value in given.items()),
    ]


def _relative(path: str, root: Path) -> str:
    """Within the folder relative to it, so that the test holds in another checkout."""
    relative = os.path.relpath(root / path, root)
    return path if relative.startswith(os.pardir) else relative
