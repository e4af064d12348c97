"""What the two processes agree on: the slots of the block, the codes of the types, and the lines on the pipes.

This module imports neither numpy nor pyarrow, because the worker imports it too.
The Java twin of the slot numbers is `parity.harness.Layout`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

MAGIC = 0x5041524954593031  # "PARITY01"
LAYOUT_VERSION = 2

SLOT_MAGIC, SLOT_VERSION, SLOT_SIZE, SLOT_STATE, SLOT_ROWS, SLOT_COLUMNS = range(6)
SLOT_STREAM, SLOT_STREAM_LENGTH, SLOT_SCORES, SLOT_SCORES_CAPACITY = range(6, 10)
SLOT_OUTPUTS, SLOT_REFUSED, SLOT_REFUSALS, SLOT_REFUSALS_LENGTH = range(10, 14)
SLOT_NEEDED, SLOT_INSIDE_NS, SLOT_COLUMN_TABLE, SLOT_OUTPUT_TABLE, SLOT_OUTPUT_CAPACITY = range(14, 19)
SLOTS = 19

STATE_IDLE, STATE_WRITTEN, STATE_SCORING, STATE_SCORED = range(4)

COLUMN_SLOTS = 6
OUTPUT_SLOTS = 6

TYPE_CODES = {"float32": 1, "float64": 2, "int32": 3, "int64": 4, "bool": 5, "string": 6}
TYPE_NAMES = {code: name for name, code in TYPE_CODES.items()}

_ESCAPED = re.compile(r"\\(.)")
_PLAIN = {"n": "\n", "t": "\t", "\\": "\\"}


def unescape(text: str) -> str:
    """Undo the Java side's escaping of backslash, newline and tab."""
    return _ESCAPED.sub(lambda match: _PLAIN.get(match[1], match[0]), text)


def refusal_lines(text: str) -> Iterator[tuple[int, str, str]]:
    """Rows, kinds and messages of the refusals text that Java writes."""
    for line in text.split("\n"):
        if line:
            row, kind, message = line.split("\t", 2)
            yield int(row), kind, unescape(message)


def encode(message: dict[str, Any]) -> bytes:
    """One line of JSON, in ASCII, so that no text can break the framing."""
    return json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n"


def decode(line: bytes) -> dict[str, Any]:
    """The message that a line holds."""
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError(f"a message must be a JSON object, got {line[:80]!r}")
    return message
