"""Texts for a vectoriser: made of the words that it learned, and those that leave it nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

MOST_WORDS = 12
"""Words of a text: as many as a short message has."""

STOP_WORDS = ("the and of to a in", "the", "And The Of")
"""In every list of English stop words that vectorisers know; in none, they are words that no short vocabulary has."""

MARKS = (".", "...", "!?;,-", " \t ", "--", "'\"")


def sentences(words: Sequence[str], rows: int, rng: np.random.Generator) -> npt.NDArray[Any]:
    """`rows` texts of 1 to MOST_WORDS known words each, in an object array."""
    known = np.array(words, dtype=object)
    lengths = rng.integers(1, MOST_WORDS, rows, endpoint=True)
    drawn = known[rng.integers(0, len(known), int(lengths.sum()))]
    return np.array([" ".join(part) for part in np.split(drawn, np.cumsum(lengths)[:-1])], dtype=object)


def odd_texts(words: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Class of input to texts that tokenisers cut, fold or weigh differently; `words` are a vocabulary."""
    first, last = words[0], words[-1]
    return {
        "known-words": (first, f"{first} {last}", " ".join(words[:20])),
        "other-case": (first.upper(), f"{first.title()} {last.upper()}"),
        "stop-words-only": STOP_WORDS,
        "marks-only": MARKS,
        "words-between-marks": (f"{first},{last}", f"({first})-{last}_{first}", f"{first}'s {last}\u2019s"),
        "word-repeated": (" ".join([first] * 300),),
        "short-words": ("a b c", f"x {first} y"),
        "accented": (f"é{first}", f"{first}\u0301 {last}", f"{first}\u00a0{last}"),
        "unknown-words": ("parityunseen zzzz", f"parityunseen {first}"),
    }
