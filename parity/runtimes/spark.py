"""Spark's own MLlib on the folder that `PipelineModel.save` writes, in one thread of one process."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from parity.jvm.find import Jvm, has_module
from parity.runtimes.content import head
from parity.runtimes.options import checked, one_of
from parity.runtimes.repro import Call, Java
from parity.runtimes.spark_java import repro
from parity.values.case import Artifact

_METADATA = re.compile(rb'\s*\{"class":"org\.apache\.spark\.ml\.')
# What Spark's own launcher opens in every JVM (JavaModuleOptions of spark-launcher 4.1.0): on Java 17 Spark needs it to start.
_OPENED = (
    *("java.base/java.lang", "java.base/java.lang.invoke", "java.base/java.lang.reflect", "java.base/java.io"),
    *("java.base/java.net", "java.base/java.nio", "java.base/java.util", "java.base/java.util.concurrent"),
    *("java.base/java.util.concurrent.atomic", "java.base/jdk.internal.ref", "java.base/sun.nio.ch", "java.base/sun.nio.cs"),
    *("java.base/sun.security.action", "java.base/sun.util.calendar", "java.security.jgss/sun.security.krb5"),
)
_VECTOR = "jdk.incubator.vector"


@dataclass(frozen=True)
class Spark:
    """See `parity.runtimes.runtime.Runtime`. A pipeline, or one model that was saved alone.

    Option `outputs`: "ends", the columns that no stage of the pipeline takes, or "all" that it makes.
    """

    name: str = "spark"
    format: str = "Spark pipeline"
    suffixes: frozenset[str] = frozenset()
    scorer: str = "parity.spark.SparkScorer"
    licence: str = "Apache-2.0"
    default: bool = True

    def recognises(self, artifact: Path) -> bool:
        parts = sorted(artifact.glob("metadata/part-*"))
        return any(_METADATA.match(head(part)) for part in parts)

    def options(self, artifact: Artifact) -> dict[str, str]:
        return checked(self.name, artifact, {"outputs": one_of("ends", "all")})

    def jvm_options(self, jvm: Jvm) -> tuple[str, ...]:
        """With the module of vectors, where the JVM has it: it decides in which order Spark sums, as it does in production."""
        opened = tuple(f"--add-opens={package}=ALL-UNNAMED" for package in _OPENED)
        return (*opened, f"--add-modules={_VECTOR}") if has_module(jvm, _VECTOR) else opened

    def repro(self, call: Call) -> Java | None:
        return repro(call)


RUNTIME = Spark()
