"""`"package.module:name"` and `"package.module:name()"`, with the folder of the configuration importable."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from typing import Any

from parity.errors import ReferenceLoadError
from parity.references.describe import attribute
from parity.references.foreign import Failure, attempt

ADDRESS = re.compile(r"(?P<module>[^\W\d]\w*(\.[^\W\d]\w*)*):(?P<name>[^\W\d]\w*(\.[^\W\d]\w*)*)(?P<call>\(\))?")


def is_address(reference: str) -> bool:
    return ADDRESS.fullmatch(reference) is not None


def make_importable(root: Path) -> None:
    """The folder in front of the path, as for a script that lies in it."""
    folder = str(root)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    importlib.invalidate_caches()


def by_address(reference: str, root: Path) -> Any:
    """The object, or what it returns where the address ends with "()". Raises ReferenceLoadError."""
    found = ADDRESS.fullmatch(reference)
    if found is None:
        raise ReferenceLoadError(f'the reference "{reference}" is neither a file nor "package.module:name"')
    module = value = imported(found["module"], reference, root)
    for name in found["name"].split("."):
        if not hasattr(value, name):
            told = f"{found['module']} ({place(module)}) has no {name!r}{offer(value, name)}"
            raise ReferenceLoadError(f'the reference "{reference}": {told}')
        value = getattr(value, name)
    return called(value, reference) if found["call"] else value


def imported(name: str, reference: str, root: Path) -> Any:
    forget_namesake(name, root)
    module = attempt(lambda: importlib.import_module(name))
    if not isinstance(module, Failure):
        return module
    if module.error == "ModuleNotFoundError" and absent(module.message, name):
        raise ReferenceLoadError(
            f'the reference "{reference}": there is no module {name!r}, neither installed nor in {root}; correct the name'
        )
    raise ReferenceLoadError(
        f'the reference "{reference}": importing {name!r} raised {module.error}: {module.message}; '
        f'`python -c "import {name}"` shows where'
    )


def absent(message: str, name: str) -> bool:
    """Whether the module itself is not there, and not one that it imports."""
    parents = [".".join(name.split(".")[: i + 1]) for i in range(name.count(".") + 1)]
    return any(message.startswith(f"No module named '{parent}'") for parent in parents)


def forget_namesake(name: str, root: Path) -> None:
    """Two cases may each have a `model.py` beside their configuration: the one loaded for the other is not ours."""
    top = name.partition(".")[0]
    own = [root / f"{top}.py", root / top / "__init__.py"]
    loaded = attribute(sys.modules.get(top), "__file__")
    here = [path for path in own if path.is_file()]
    if not here or loaded is None or any(Path(loaded).resolve() == path.resolve() for path in here):
        return
    for known in [key for key in sys.modules if key == top or key.startswith(f"{top}.")]:
        del sys.modules[known]
    sys.path.remove(str(root))
    sys.path.insert(0, str(root))


def called(value: Any, reference: str) -> Any:
    if not callable(value):
        told = f'it is a {type(value).__name__} and cannot be called; leave out the "()"'
        raise ReferenceLoadError(f'the reference "{reference}": {told}')
    result = attempt(value)
    if isinstance(result, Failure):
        raise ReferenceLoadError(
            f'the reference "{reference}": calling it raised {result.error}: {result.message}; '
            "correct that, or give it what it needs"
        )
    return result


def place(module: Any) -> str:
    return str(attribute(module, "__file__") or "built in")


def offer(module: Any, name: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, [n for n in dir(module) if not n.startswith("_")], n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
