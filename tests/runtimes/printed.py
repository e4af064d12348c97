"""What a runtime's part of `Repro.java` prints, run as a file of its own on the engine's jars."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from parity.jvm.find import find_jvm
from parity.jvm.jars import class_path
from parity.runtimes.repro import Java

_MAIN = 'public static void main(String[] a) throws Exception { for (Object o : score(a[0])) System.out.println("score " + o); }'


def printed(runtime: str, java: Java, artifact: Path, folder: Path, *flags: str) -> list[float]:
    """The scores, in order; `flags` are the JVM's."""
    imports = "\n".join(f"import {name};" for name in java.imports)
    body = f"static Object[] score(String artifact) throws Exception {{\n{java.score}\n}}\n{java.members}"
    source = folder / "Repro.java"
    source.write_text(f"{imports}\npublic final class Repro {{\n{_MAIN}\n{body}\n}}\n", "ascii")
    jars = os.pathsep.join(map(str, class_path(runtime).jars))
    command = [str(find_jvm().home / "bin" / "java"), *flags, "-cp", jars, str(source), str(artifact)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [float(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("score ")]
