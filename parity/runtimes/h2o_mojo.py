"""H2O's MOJO reader, h2o-genmodel with its XGBoost extension. Reading a MOJO needs no licence and no H2O cluster."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parity.errors import ConfigurationError
from parity.runtimes.archives import zip_names
from parity.runtimes.h2o_mojo_java import direct, easy
from parity.runtimes.options import checked, one_of
from parity.runtimes.repro import Call, Java
from parity.values.case import Artifact

_INI = "model.ini"  # every MOJO has it in its root
_FIRST = re.compile(r"model\.ini|boosterBytes|trees/t\d+_\d+\.bin")  # what H2O's writer puts first, by algorithm


@dataclass(frozen=True)
class H2oMojo:
    """See `parity.runtimes.runtime.Runtime`.

    It is called through EasyPredictModelWrapper, as H2O's documentation has production do. Options: `api = "direct"` calls
    `score0` on encoded numbers instead; `unknown-as-missing` and `invalid-as-missing` are the wrapper's conversions of unknown
    levels and of text that is no number; `leaf` adds the leaf per tree (false without them, as in the wrapper).
    """

    name: str = "h2o-mojo"
    format: str = "H2O MOJO"
    suffixes: frozenset[str] = frozenset({".zip", ".mojo"})
    scorer: str = "parity.h2omojo.H2oMojoScorer"
    licence: str = "Apache-2.0"
    default: bool = True

    def recognises(self, artifact: Path) -> bool:
        if artifact.is_dir():
            return False
        whole, names = zip_names(artifact)
        return _INI in names if whole else any(map(_FIRST.fullmatch, names))

    def options(self, artifact: Artifact) -> dict[str, str]:
        flags = dict.fromkeys(("unknown-as-missing", "invalid-as-missing", "leaf"), _flag)
        options = checked(self.name, artifact, {"api": one_of("easy", "direct"), **flags})
        if options.get("api") == "direct" and "true" in (options.get("leaf"), options.get("invalid-as-missing")):
            raise ConfigurationError(
                f'options leaf and invalid-as-missing of {artifact.path.name} belong to the wrapper: leave out api = "direct"'
            )
        return options

    def repro(self, call: Call) -> Java:
        return direct(call) if call.options.get("api") == "direct" else easy(call)


def _flag(value: Any) -> str:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return str(value).lower()


RUNTIME = H2oMojo()
