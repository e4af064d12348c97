"""One call of an engine as Java text: what a runtime is given to write its part of `Repro.java`, and what it gives back.

A runtime that can be reproduced has, beside what `parity.runtimes.runtime.Runtime` wants, the method `repro` of `Reproducible`.
The rest of the file (imports, the reference's answer, what is printed, the jars) is `parity/replay/java.py`'s, the same for all.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from parity.numeric.hexadecimal import short_hex
from parity.values.columns import ColumnType
from parity.values.signature import InputSpec, OutputSpec

Value = bool | int | float | str | None

BLOCK = 500
"""Statements of one method: the JVM refuses methods above 64 KiB, and a cell costs about 10 bytes."""

TEXT = 10_000
"""Characters of one literal: a class file's constant holds 65,535 bytes, a character takes at most 3 (JVMS 4.4.7)."""


@dataclass(frozen=True)
class Cell:
    """One cell of the row. `value` is None where it is missing; a float32 is widened, which is exact."""

    column: str
    type: ColumnType
    value: Value


@dataclass(frozen=True)
class Fed:
    """An input of the artifact, as its signature has it, and the cells that feed it, in order; none where no column does."""

    spec: InputSpec
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Call:
    """One row for one artifact. `options` are those of `Runtime.options`; `output` is the one whose values are wanted."""

    artifact: Path
    options: Mapping[str, str]
    inputs: tuple[Fed, ...]
    output: OutputSpec

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells of all inputs, in order."""
        return tuple(cell for fed in self.inputs for cell in fed.cells)


@dataclass(frozen=True)
class Java:
    """A runtime's part of `Repro.java`.

    `imports` are full class names. `score` is the body of `static Object[] score(String artifact) throws Exception`: it scores
    the row with the engine's own API, as the runtime's scorer does, and returns the values of the call's output in order, each a
    Number, Boolean, String, or null for none. What it throws is printed as the engine's refusal. `members` are further static
    methods. Lines are indented from 0 by two blanks; the names main, score, show, far, REFERENCE, PLACES, NAMES and ARTIFACT
    are taken.
    """

    imports: tuple[str, ...]
    score: str
    members: str = ""


@runtime_checkable
class Reproducible(Protocol):
    """A runtime whose calls can be written down as Java."""

    def repro(self, call: Call) -> Java | None:
        """The call against the engine's own API, without anything of parity. None where it has no words; raises nothing."""
        ...


def literal(cell: Cell) -> str:
    """The cell as a Java expression of its own type: double, float, int, long, boolean, String; `null` for missing."""
    if isinstance(cell.value, float):
        return floating(cell.value, "f" if cell.type == ColumnType.FLOAT32 else "")
    if isinstance(cell.value, int) and not isinstance(cell.value, bool):
        return f"{cell.value}L" if cell.type == ColumnType.INT64 else str(cell.value)
    return plain(cell.value)


def plain(value: Value) -> str:
    """A score or a label as a Java expression: long for whole numbers, double for others."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value}L" if -(2**63) <= value < 2**63 else floating(float(value))
    return floating(value) if isinstance(value, float) else text(value)


def as_float(cell: Cell) -> str:
    """A Java expression of type float as a caller of a float API would write it: wider numbers are cast, missing is NaN.

    The cell is a number or a boolean.
    """
    if cell.value is None:
        return "Float.NaN"
    if isinstance(cell.value, bool):
        return f"{int(cell.value)}f"
    if isinstance(cell.value, float) and math.isnan(cell.value):
        return floating(cell.value, "f")
    return literal(cell) if cell.type == ColumnType.FLOAT32 else f"(float) {literal(cell)}"


def floating(value: float, suffix: str = "") -> str:
    """A double, or with suffix "f" a float: hex, so that no digit is lost; NaN with its bits where they are not the usual."""
    name = "Float" if suffix else "Double"
    if math.isnan(value):
        return _nan(value, name)
    if math.isinf(value):
        return f"{name}.{'POSITIVE' if value > 0 else 'NEGATIVE'}_INFINITY"
    return short_hex(value) + suffix


def _nan(value: float, name: str) -> str:
    wide = struct.unpack("<Q", struct.pack("<d", value))[0]
    if wide == 0x7FF8000000000000:
        return f"{name}.NaN"
    if name == "Double":
        return f"Double.longBitsToDouble(0x{wide:016x}L)"
    # The upper 23 bits of the payload are a float's; packing with "f" would make the usual NaN of it.
    return f"Float.intBitsToFloat(0x{(wide >> 32 & 0x80000000) | 0x7F800000 | (wide >> 29 & 0x7FFFFF):08x})"


def text(value: str) -> str:
    """A Java String of ASCII characters only, whatever encoding the compiler takes; long text in several parts."""
    parts = [value[i : i + TEXT] for i in range(0, len(value), TEXT)] or [""]
    quoted = ['"' + "".join(map(_character, part)) + '"' for part in parts]
    return quoted[0] if len(quoted) == 1 else f'String.join("", {", ".join(quoted)})'


SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _character(character: str) -> str:
    """Control characters in octal: a Unicode escape of a line end would end the line before the literal is read (JLS 3.3)."""
    if character in SHORT:
        return SHORT[character]
    code = ord(character)
    if code < 0x20 or code == 0x7F:
        return f"\\{code:03o}"
    if code < 0x7F:
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i] << 8 | units[i + 1]:04x}" for i in range(0, len(units), 2))


def comment(said: str) -> str:
    """Text for one `//` line, escaped as in a literal: javac obeys Unicode escapes in comments too."""
    return "".join(map(_character, said))


def put(field: str, cell: Cell) -> str:
    """The statement that puts a cell into `row`, a map; an engine that takes maps reads an absent key as missing."""
    if cell.value is None:
        return f"// missing, so the key is absent: {text(field)}"
    return f"row.put({text(field)}, {literal(cell)});"


def target_of(output: str) -> str:
    """Of several targets of PMML each has an output of probabilities of its own, "probability(TARGET)"; "" of a single one."""
    return "" if output == "probability" else output.removeprefix("probability(").removesuffix(")")


def blocks(name: str, parameter: str, statements: Sequence[str]) -> tuple[str, str]:
    """Statements as methods `static void name0(parameter)`, …, of at most BLOCK each: the text that calls them, and the methods.

    `parameter` is a type and a name ("float[] row").
    """
    argument = parameter.rpartition(" ")[2]
    parts = [statements[i : i + BLOCK] for i in range(0, len(statements), BLOCK)] or [[]]
    names = [name if len(parts) == 1 else f"{name}{i}" for i in range(len(parts))]
    methods = [
        "\n".join([f"static void {each}({parameter}) {{", *(f"  {s}" for s in part), "}"])
        for each, part in zip(names, parts, strict=True)
    ]
    return "\n".join(f"{each}({argument});" for each in names), "\n\n".join(methods)


def refused(said: str) -> Java:
    """For a row that cannot be handed to the engine at all, in the words of who would have to do it."""
    return Java((), f"throw new IllegalArgumentException({text(said)});")


def unfit(inputs: Iterable[Fed]) -> Java | None:
    """The refusal of the first tensor that its cells cannot fill, as the scorers of tensors refuse it; None where all fit."""
    for one in inputs:
        misfit = next((cell for cell in one.cells if not _fits(cell, one.spec.type)), None)
        if misfit is not None:
            held = f"which cannot hold {literal(misfit)} of column {misfit.column}"
            return refused(f"input {one.spec.name} takes {one.spec.type}, {held}")
        if not one.cells:
            return refused(f"no column feeds the input {one.spec.name}")
    return None


def _fits(cell: Cell, kind: str) -> bool:
    """Text into text, numbers into numbers; missing has a stand-in in float tensors only, whole tensors hold whole numbers."""
    if cell.value is None:
        return kind in ("float32", "float64")
    if isinstance(cell.value, str) != (kind == "string"):
        return False
    if kind in ("float32", "float64", "string"):
        return True
    return math.isfinite(float(cell.value)) and float(cell.value).is_integer()


def indented(code: str, by: int) -> str:
    """Code moved to the right by so many blanks; empty lines stay empty."""
    return "\n".join(" " * by + line if line else line for line in code.split("\n"))
