"""Intervals that a PMML document declares valid: closed and open ends, several of them, fields that declare nothing."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from parity.anatomy.pmml.domain import intervals


def document(fields: str, mining: str = "") -> str:
    return f"""<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>{fields}</DataDictionary>
    <TreeModel functionName="regression"><MiningSchema>{mining}</MiningSchema></TreeModel></PMML>"""


def declared(tmp_path: Path, inner: str, mining: str = "") -> dict:
    field = f'<DataField name="a" optype="continuous" dataType="double">{inner}</DataField>'
    (tmp_path / "model.pmml").write_text(document(field, mining))
    return intervals(tmp_path / "model.pmml")


@pytest.mark.parametrize(
    ("inner", "span"),
    [
        ('<Interval closure="closedClosed" leftMargin="-1.5" rightMargin="10"/>', (-1.5, 10.0)),
        ('<Interval closure="openOpen" leftMargin="0" rightMargin="1"/>', (5e-324, math.nextafter(1.0, 0.0))),
        ('<Interval closure="openClosed" leftMargin="0" rightMargin="1"/>', (5e-324, 1.0)),
        ('<Interval closure="closedOpen" leftMargin="0" rightMargin="1"/>', (0.0, math.nextafter(1.0, 0.0))),
        ('<Interval closure="closedOpen" leftMargin="0"/>', (0.0, None)),
        ('<Interval closure="closedClosed" leftMargin="0" rightMargin="1"/><Interval closure="closedClosed" leftMargin="5" '
         'rightMargin="6"/>', (0.0, 6.0)),
        ('<Interval closure="closedClosed" leftMargin="0" rightMargin="1"/><Interval closure="openClosed" rightMargin="-6"/>',
         (None, 1.0)),
    ],
)  # fmt: skip
def test_ends_of_intervals(inner, span, tmp_path):
    assert declared(tmp_path, inner) == {"a": span}


def test_fields_that_declare_nothing(tmp_path):
    interval = '<Interval closure="closedClosed" leftMargin="0" rightMargin="1"/>'
    assert declared(tmp_path, '<Value value="3"/>') == {}
    assert declared(tmp_path, interval, '<MiningField name="a" invalidValueTreatment="asIs"/>') == {}
    assert declared(tmp_path, interval, '<MiningField name="a" invalidValueTreatment="returnInvalid"/>') == {"a": (0.0, 1.0)}


def test_what_is_no_pmml_declares_nothing(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"x")
    (tmp_path / "cut.pmml").write_text("<PMML><Data")
    assert intervals(tmp_path / "model.onnx") == intervals(tmp_path / "cut.pmml") == intervals(tmp_path / "none.pmml") == {}
