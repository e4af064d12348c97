"""`@parity.case`: a case declared in a test module, by the function that returns its reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import Any


@dataclass(frozen=True)
class DeclaredCase:
    """A function that returns the reference, and the table that `[[case]]` would hold beside it.

    It cannot be called, so that pytest without `--parity` does not take one named `test_…` for a test.
    """

    function: Callable[[], Any]
    name: str
    table: Mapping[str, Any]
    data: Any = None
    _reference: list[Any] = field(default_factory=list, repr=False, compare=False)

    def reference(self) -> Any:
        """The reference, built at the first call of this process and kept."""
        if not self._reference:
            self._reference.append(self.function())
        return self._reference[0]


Artifacts = str | PathLike[str] | Mapping[str, Any] | Sequence[str | PathLike[str] | Mapping[str, Any]]


def case(
    *, artifacts: Artifacts, data: Any = None, name: str | None = None, **settings: Any
) -> Callable[[Callable[[], Any]], DeclaredCase]:
    """Declare the decorated function's return value as the reference of a case.

    `artifacts` is a path, or `{"path": …, "runtimes": […], "options": {…}}`, or a list of them; paths are relative to the test
    module. `data` is a path or a frame. Further settings are those of `[[case]]` in `parity.toml`, with underscores for
    hyphens: `inputs`, `outputs`, `ignore_outputs`, `columns`, `gate`. The case is called `name`, else as the function is,
    without a leading `test_`. Settings are checked where the case is collected.
    """

    def declare(function: Callable[[], Any]) -> DeclaredCase:
        table = {key.replace("_", "-"): value for key, value in settings.items()}
        table["artifacts"] = [_plain(one) for one in _listed(artifacts)]
        return DeclaredCase(function, name or function.__name__.removeprefix("test_"), table, data)

    return declare


def _listed(artifacts: Artifacts) -> list[Any]:
    return [artifacts] if isinstance(artifacts, str | PathLike | Mapping) else list(artifacts)


def _plain(artifact: Any) -> Any:
    return artifact if isinstance(artifact, str | Mapping) else str(artifact)
