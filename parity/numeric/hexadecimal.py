"""Floats as C, Java and Python read them back bit for bit."""

from __future__ import annotations


def short_hex(value: float) -> str:
    """C's hex float without trailing zeros: 0x1.4cp+5 for 41.5. The value is finite."""
    mantissa, exponent = value.hex().split("p")
    return f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}p{exponent}"
