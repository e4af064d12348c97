"""Java source, as m2cgen generates it: compiled when it is opened, by the JVM that scores.

The artifact is a program and is run as one, as a pickle would be: open only files of your own. The JVM has to be a JDK.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from parity.runtimes.content import head
from parity.runtimes.options import checked
from parity.runtimes.repro import Call, Cell, Java, blocks, literal, refused, text
from parity.values.case import Artifact

IMPORTS = (
    "java.lang.reflect.InvocationTargetException",
    "java.lang.reflect.Method",
    "java.net.URL",
    "java.net.URLClassLoader",
    "java.nio.file.Files",
    "java.nio.file.Path",
    "javax.tools.ToolProvider",
)
SCORE = """\
Path folder = Files.createTempDirectory("repro");
Path source = Files.copy(Path.of(artifact), folder.resolve(FILE));
if (ToolProvider.getSystemJavaCompiler().run(null, null, null, "-d", folder.toString(), source.toString()) != 0) {
  throw new IllegalStateException("javac refuses " + artifact);
}
double[] row = new double[WIDTH];
FILL
Object answer;
try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
  Method method = loader.loadClass(CLASS).getDeclaredMethod("score", double[].class);
  method.setAccessible(true);
  answer = method.invoke(null, (Object) row);
} catch (InvocationTargetException thrown) {
  throw (Exception) thrown.getCause();
}
double[] numbers = answer instanceof double[] several ? several : new double[] {(double) answer};
Object[] values = new Object[numbers.length];
for (int i = 0; i < values.length; i++) {
  values[i] = numbers[i];
}
return values;"""

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_NAMES = tuple(re.compile(rf"\b{before}class\s+(\w+)") for before in (r"public\s+(?:(?:final|abstract|strictfp)\s+)*", ""))
_PACKAGE = re.compile(r"\bpackage\s+([\w.]+)\s*;")
_CLASS = re.compile(rb"\bclass\s+\w+")
_SCORE = re.compile(rb"\bdouble\s*(?:\[\s*\]\s*)?\s*score\s*\(\s*(?:final\s+)?double\s*\[\s*\]\s*\w+\s*\)")


@dataclass(frozen=True)
class JavaSource:
    """See `parity.runtimes.runtime.Runtime`."""

    name: str = "java-source"
    format: str = "Java source with a score(double[]) method"
    suffixes: frozenset[str] = frozenset({".java"})
    scorer: str = "parity.javasource.JavaSourceScorer"
    licence: str = "Apache-2.0"
    default: bool = True

    def recognises(self, artifact: Path) -> bool:
        start = head(artifact)
        return b"\0" not in start and _CLASS.search(start) is not None and _SCORE.search(start) is not None

    def options(self, artifact: Artifact) -> dict[str, str]:
        return checked(self.name, artifact, {})

    def repro(self, call: Call) -> Java:
        """The source compiled into a temporary folder, and one call of its method; a missing cell is NaN."""
        for cell in call.cells:
            if isinstance(cell.value, str):
                return refused(f"column {cell.column} holds text, but score takes double[]")
        package, name = _declared(call.artifact)
        calls, methods = blocks("fill", "double[] row", [f"row[{i}] = {_as_double(c)};" for i, c in enumerate(call.cells)])
        filled = SCORE.replace("WIDTH", str(len(call.cells))).replace("FILE", text(f"{name}.java"))
        return Java(IMPORTS, filled.replace("CLASS", text(f"{package}{name}")).replace("FILL", calls), methods)


def _declared(artifact: Path) -> tuple[str, str]:
    """The package with its dot ("" for none), and the public class, else the first."""
    code = _COMMENT.sub(" ", artifact.read_text("utf-8", "replace"))
    package = _PACKAGE.search(code)
    names = [found[1] for pattern in _NAMES if (found := pattern.search(code))]
    return (f"{package[1]}." if package else "", names[0] if names else "Model")


def _as_double(cell: Cell) -> str:
    if cell.value is None:
        return "Double.NaN"
    return f"{int(cell.value)}" if isinstance(cell.value, bool) else literal(cell)


RUNTIME = JavaSource()
