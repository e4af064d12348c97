"""Cells as Java: what javac makes of the literals has the bits that went in."""

from __future__ import annotations

import math
import random
import struct
import subprocess
from pathlib import Path

import pytest

from parity.jvm.find import find_jvm
from parity.runtimes.repro import Call, Cell, as_float, blocks, comment, floating, literal, plain, refused, text
from parity.values.columns import ColumnType
from parity.values.signature import OutputSpec

DOUBLE, SINGLE = ColumnType.FLOAT64, ColumnType.FLOAT32
TEXTS = [
    "",
    "plain",
    'a "quoted" \\ back',
    "\\u0041 \\\\u0042",
    "line\nend\r\ttab\0\x01" + "7",
    "Łódź İı 😀 e\u0301 \u2028",
    "\x7f",
    "x" * 70_000,
]


def double(bits: int) -> float:
    return float(struct.unpack("<d", struct.pack("<Q", bits))[0])


def doubles() -> list[float]:
    drawn = random.Random(3)
    special = [
        0.0,
        -0.0,
        math.inf,
        -math.inf,
        math.nan,
        double(0x7FF8000000000ABC),
        5e-324,
        -2.2250738585072014e-308,
        1.7976931348623157e308,
    ]
    return [*special, 41.5, 0.1, *(double(drawn.getrandbits(64)) for _ in range(300))]


def singles() -> list[float]:
    drawn = random.Random(4)
    found = [struct.unpack("<f", struct.pack("<I", drawn.getrandbits(32)))[0] for _ in range(300)]
    return [0.0, -0.0, math.inf, 2.0**-149, 3.4028234663852886e38, *(x for x in found if not math.isnan(x))]


def run_java(folder: Path, body: str, members: str = "") -> list[str]:
    """What a `main` of these statements prints, compiled from one file."""
    source = folder / "Repro.java"
    source.write_text(
        f"public final class Repro {{\n  public static void main(String[] a) {{\n{body}\n  }}\n{members}\n}}\n", "ascii"
    )
    java = find_jvm().home / "bin" / "java"
    done = subprocess.run([java, source], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_every_literal_keeps_its_bits(tmp_path: Path) -> None:
    wide, narrow, whole = doubles(), singles(), [0, -1, 2**53 + 1, 2**63 - 1, -(2**63)]
    cells = (
        [f"Long.toHexString(Double.doubleToRawLongBits({literal(Cell('x', DOUBLE, v))}))" for v in wide]
        + [f"Integer.toHexString(Float.floatToRawIntBits({literal(Cell('x', SINGLE, v))}))" for v in narrow]
        + [f"Long.toString({literal(Cell('x', ColumnType.INT64, v))})" for v in whole]
        + [f"Integer.toString({literal(Cell('x', ColumnType.INT32, v))})" for v in (7, -(2**31))]
    )
    calls, methods = blocks("show", "java.io.PrintStream out", [f"out.println({cell});" for cell in cells])
    body = f"java.io.PrintStream out = System.out;\n{calls}"
    expected = (
        [f"{struct.unpack('<Q', struct.pack('<d', v))[0]:x}" for v in wide]
        + [f"{struct.unpack('<I', struct.pack('<f', v))[0]:x}" for v in narrow]
        + [str(v) for v in (*whole, 7, -(2**31))]
    )
    assert run_java(tmp_path, body, methods) == expected


def test_every_text_keeps_its_characters(tmp_path: Path) -> None:
    body = "\n".join(f'System.out.println({text(t)}.hashCode() + ":" + {text(t)}.length()); // {comment(t[:50])}' for t in TEXTS)
    assert run_java(tmp_path, body) == [f"{java_hash(t)}:{len(t.encode('utf-16-le')) // 2}" for t in TEXTS]


def java_hash(value: str) -> int:
    """String.hashCode: s[0]*31^(n-1) + … over UTF-16 units, in 32 bits."""
    units = struct.unpack(f"<{len(value.encode('utf-16-le')) // 2}H", value.encode("utf-16-le"))
    total = 0
    for unit in units:
        total = (31 * total + unit) & 0xFFFFFFFF
    return total - 2**32 if total >= 2**31 else total


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (Cell("x", DOUBLE, 41.5), "(float) 0x1.4cp+5"),
        (Cell("x", SINGLE, 0.5), "0x1p-1f"),
        (Cell("x", DOUBLE, None), "Float.NaN"),
        (Cell("x", ColumnType.INT64, 2**40), "(float) 1099511627776L"),
        (Cell("x", ColumnType.BOOL, True), "1f"),
    ],
)
def test_a_float_is_cast_as_a_caller_would(cell: Cell, expected: str) -> None:
    assert as_float(cell) == expected


def test_payloads_of_narrow_nans() -> None:
    widened = double(0x7FF8000000000000 | 0xABC << 29)
    assert floating(widened, "f") == "Float.intBitsToFloat(0x7fc00abc)"


def test_scores_and_labels() -> None:
    assert [plain(v) for v in (None, True, 3, 2**70, 0.25, "a")] == ["null", "true", "3L", "0x1p+70", "0x1p-2", '"a"']


def test_many_statements_become_several_methods() -> None:
    calls, methods = blocks("fill", "float[] row", [f"row[{i}] = 0f;" for i in range(1001)])
    assert calls == "fill0(row);\nfill1(row);\nfill2(row);"
    assert methods.count("static void") == 3 and methods.count("row[") == 1001


def test_a_row_that_cannot_be_handed_over_says_so() -> None:
    assert refused('a "b"').score == 'throw new IllegalArgumentException("a \\"b\\"");'


def test_cells_of_a_call_in_order() -> None:
    assert Call(Path("x"), {}, (), OutputSpec("y", "float32")).cells == ()
