"""PMML documents by hand, over the numbers a and b, the float f and the categories c."""

from __future__ import annotations

_HEAD = """<?xml version="1.0"?>
<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>
<DataDictionary><DataField name="a" optype="continuous" dataType="double"/>
<DataField name="b" optype="continuous" dataType="double"/><DataField name="f" optype="continuous" dataType="float"/>
<DataField name="c" optype="categorical" dataType="string"><Value value="w"/><Value value="x"/><Value value="y z"/></DataField>
<DataField name="y" optype="continuous" dataType="double"/>
</DataDictionary>"""
SCHEMA = """<MiningSchema><MiningField name="y" usageType="target"/><MiningField name="a"/><MiningField name="b"/>
<MiningField name="c"/></MiningSchema>"""


def document(model: str, front: str = "") -> str:
    """A document with one model."""
    return f"{_HEAD}{front}{model}</PMML>"


def tree(nodes: str, attributes: str = "", front: str = "") -> str:
    """A regression tree."""
    return document(f'<TreeModel functionName="regression" {attributes}>{SCHEMA}{nodes}</TreeModel>', front)


SCORECARD = document(f"""<Scorecard functionName="regression" initialScore="100" useReasonCodes="false">{SCHEMA}<Characteristics>
<Characteristic name="age"><Attribute partialScore="11"><SimplePredicate field="a" operator="lessOrEqual" value="20"/></Attribute>
<Attribute partialScore="12"><CompoundPredicate booleanOperator="and">
<SimplePredicate field="a" operator="greaterThan" value="20"/>
<SimplePredicate field="a" operator="lessOrEqual" value="30"/></CompoundPredicate></Attribute>
<Attribute partialScore="13"><SimplePredicate field="a" operator="greaterThan" value="30"/></Attribute>
<Attribute partialScore="14"><SimplePredicate field="a" operator="isMissing"/></Attribute></Characteristic>
<Characteristic name="kind"><Attribute partialScore="10"><SimplePredicate field="c" operator="equal" value="x"/></Attribute>
<Attribute partialScore="0"><True/></Attribute></Characteristic></Characteristics></Scorecard>""")


def _sum(name: str, base: float, scores: tuple[float, float]) -> str:
    trees = "".join(
        f"""<Segment><True/><TreeModel functionName="regression" noTrueChildStrategy="returnLastPrediction"><MiningSchema/>
        <Node score="0"><True/><Node score="{score}"><SimplePredicate field="f" operator="lessThan" value="1"/></Node></Node>
        </TreeModel></Segment>"""
        for score in scores
    )
    return f"""<Segment><True/><MiningModel functionName="regression" x-mathContext="float"><MiningSchema/>
    <Output><OutputField name="{name}"/></Output><Targets><Target rescaleConstant="{base}" rescaleFactor="0.5"/></Targets>
    <Segmentation multipleModelMethod="sum">{trees}</Segmentation></MiningModel></Segment>"""


CHAIN = document(f"""<MiningModel functionName="classification"><MiningSchema/><Segmentation multipleModelMethod="modelChain">
{_sum("m0", 1, (1, 2))}{_sum("m1", 2, (3, 4))}
<Segment><True/><RegressionModel functionName="classification" normalizationMethod="softmax"><MiningSchema/>
<RegressionTable targetCategory="0"><NumericPredictor name="m0" coefficient="1"/></RegressionTable>
<RegressionTable targetCategory="1"><NumericPredictor name="m1" coefficient="1"/></RegressionTable>
</RegressionModel></Segment></Segmentation></MiningModel>""")
