"""`Repro.java`: one file against the engine's own API, for one row, that prints the reference's answer and the engine's."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import Any

from parity.compare.matching import Pair, columns_of
from parity.jvm.find import find_jvm
from parity.jvm.lock import Jar, read_lock
from parity.jvm.places import locate
from parity.replay.wiring import Wiring, fed_of, pair_of
from parity.runtimes import find
from parity.runtimes.repro import Call, Java, Reproducible, comment, indented, plain, text
from parity.runtimes.runtime import jvm_options
from parity.values.case import Artifact
from parity.values.finding import Finding
from parity.values.signature import OutputSpec

FILE = "Repro.java"

MOST_COLUMNS = 10_000
"""A class file holds 65,535 constants: a cell and its name take up to four (JVMS 4.1)."""

FRAME = """\
HEADER
IMPORTS

public final class Repro {
  static final String ARTIFACT = PATH;

  /** What the reference answered, and at which place of the engine's values its partner stands. */
  static final Object[] REFERENCE = {EXPECTED};
  static final int[] PLACES = {PLACED};
  static final String[] NAMES = {NAMED};

  public static void main(String[] arguments) throws Exception {
    System.out.println(TITLE);
    System.out.println(SAID);
    Object[] engine;
    try {
      engine = score(arguments.length > 0 ? arguments[0] : ARTIFACT);
    } catch (Exception refusal) {
      for (int i = 0; i < REFERENCE.length; i++) {
        System.out.println("  [" + i + "]  reference " + show(REFERENCE[i]));
      }
      System.out.println("engine refuses: " + refusal);
      return;
    }
    double largest = 0;
    for (int i = 0; i < engine.length && PLACES.length == 0; i++) {
      System.out.println("  [" + i + "]  engine " + show(engine[i]));
    }
    for (int i = 0; i < PLACES.length; i++) {
      Object answer = PLACES[i] < engine.length ? engine[PLACES[i]] : null;
      double difference = far(REFERENCE[i], answer);
      largest = difference > largest || Double.isNaN(difference) ? difference : largest;
      System.out.println("  " + NAMES[i] + "  reference " + show(REFERENCE[i]) + "  engine " + show(answer));
      System.out.println("    difference " + difference);
    }
    if (PLACES.length > 0) {
      System.out.println("largest difference " + largest);
    }
  }

  static Object[] score(String artifact) throws Exception {
SCORE
  }

MEMBERS

  /** NaN where one side alone is a number; between labels 0 or infinity. */
  static double far(Object reference, Object engine) {
    if (reference instanceof Number a && engine instanceof Number b) {
      double ours = a.doubleValue();
      double theirs = b.doubleValue();
      return ours == theirs || (Double.isNaN(ours) && Double.isNaN(theirs)) ? 0 : Math.abs(ours - theirs);
    }
    if (reference == null || engine == null) {
      return reference == engine ? 0 : Double.NaN;
    }
    return same(reference).equals(same(engine)) ? 0 : Double.POSITIVE_INFINITY;
  }

  /** The labels 1, 1.0 and "1" are one. */
  static String same(Object label) {
    return label.toString().endsWith(".0") ? label.toString().substring(0, label.toString().length() - 2) : label.toString();
  }

  /** Every digit, and the bits; a float is widened, which is exact. */
  static String show(Object value) {
    if (value instanceof Double || value instanceof Float) {
      double wide = ((Number) value).doubleValue();
      return wide + " (" + Double.toHexString(wide) + ")";
    }
    return value == null ? "missing" : value.toString();
  }
}
"""


def repro_java(finding: Finding, artifact: Artifact, wiring: Wiring) -> str | None:
    """The file's text; None where the runtime has no such method, the call no row, or its columns do not cross."""
    runtime = find()[finding.runtime]
    if not isinstance(runtime, Reproducible) or finding.row.num_rows != 1 or finding.row.num_columns > MOST_COLUMNS:
        return None
    pair, fed = pair_of(wiring, finding.output), fed_of(wiring, finding.row)
    if fed is None:
        return None
    call = Call(artifact.path.absolute(), runtime.options(artifact), fed, pair.runtime)
    java = runtime.repro(call)
    return None if java is None else _filled(finding, pair, call, java)


def _filled(finding: Finding, pair: Pair, call: Call, java: Java) -> str:
    values, places, names = _expected(finding, pair)
    body = {
        "HEADER": _header(finding, read_lock().get(finding.runtime, ())),
        "IMPORTS": "\n".join(f"import {name};" for name in _used(java)),
        "PATH": text(str(call.artifact)),
        "EXPECTED": ", ".join(plain(value) for value in values),
        "PLACED": ", ".join(map(str, places)),
        "NAMED": ", ".join(text(name) for name in names),
        "TITLE": text(f"finding {finding.id}: {finding.kind}, output {pair.name} of {finding.artifact} in {finding.runtime}"),
        "SAID": text(_said(finding)),
        "SCORE": indented(java.score, 4),
        "MEMBERS": indented(java.members, 2) if java.members else "",
    }
    return re.sub(r"\b(" + "|".join(body) + r")\b", lambda found: body[found[0]], FRAME)


def _said(finding: Finding) -> str:
    """The reference's refusal in its own words, or how its answer is told."""
    seen = finding.seen.reference
    return f"reference refuses: {seen}" if isinstance(seen, str) else f"the reference's {finding.output or 'answer'} is a literal"


def _expected(finding: Finding, pair: Pair) -> tuple[list[Any], list[int], list[str]]:
    """The reference's values, the place of each one's partner, and a name for each; no places where widths do not fit."""
    reference, runtime = finding.seen.reference, finding.seen.runtime
    ours = reference.get(pair.reference.name, []) if isinstance(reference, dict) else []
    theirs = runtime.get(pair.runtime.name, []) if isinstance(runtime, dict) else [None] * (pair.runtime.width or len(ours))
    columns = columns_of(pair, len(ours), len(theirs)) if ours else None
    if columns is None:
        return ours, [], []
    return [ours[i] for i in columns[0]], columns[1], [_name(pair.reference, i, len(ours)) for i in columns[0]]


def _name(spec: OutputSpec, place: int, width: int) -> str:
    if spec.classes and len(spec.classes) == width:
        return f"{spec.name}({spec.classes[place]})"
    return spec.name if width == 1 else f"{spec.name}[{place}]"


def _used(java: Java) -> list[str]:
    """The imports whose class the code names, and those of everything in a class, of which no word says whether it is used."""
    words = {*re.findall(r"\w+", f"{java.score}\n{java.members}"), "*"}
    return sorted({name for name in java.imports if name.rpartition(".")[2] in words})


def _header(finding: Finding, jars: Sequence[Jar]) -> str:
    lines = [
        f"Finding {finding.id} of case {finding.case}: {finding.kind} in {finding.runtime}. Its twin in Python is repro.py.",
        "Prints the reference's answer, the engine's, and how far they are apart. Another file may be named as the argument.",
        *([f"Cause: {finding.cause.name}. {finding.cause.fix}"] if finding.cause else []),
        "",
        "Run it with a JDK 17 or newer:",
        *(f"  {line}" for line in _commands(finding.runtime, jars)),
    ]
    return "\n".join(f"// {comment(line)}".rstrip() for line in lines)


def _commands(runtime: str, jars: Sequence[Jar]) -> list[str]:
    """With the jars where parity found them, if it did; else fetched by Maven, by the coordinates of the lock."""
    if not jars:
        return [f"java {FILE}"]
    coordinates = [f"{jar.coordinate}:jar:{jar.classifier}" if jar.classifier else jar.coordinate for jar in jars]
    maven = [f"for jar in {' '.join(coordinates)};", "do mvn -q dependency:copy -Dartifact=$jar -DoutputDirectory=lib; done"]
    java = shlex.join(["java", *jvm_options(find()[runtime], find_jvm())])
    fetched = [*maven, f"{java} -cp 'lib/*' {FILE}"]
    path = _class_path(runtime, jars)
    return [f"{java} -cp {shlex.quote(path)} {FILE}", "or, with Maven:", *fetched] if path else fetched


def _class_path(runtime: str, jars: Sequence[Jar]) -> str:
    """Where the jars lie on this machine, folders of them in short; "" where one is nowhere."""
    found = [path for jar in jars if (path := locate(jar, runtime)) is not None]
    if len(found) < len(jars):
        return ""
    folders = {path.parent for path in found}
    return f"{folders.pop()}/*" if len(folders) == 1 else ":".join(map(str, found))
