"""The type in which a PMML file asks for its numbers to be computed."""

from __future__ import annotations

from pathlib import Path


def precision_of(path: Path) -> str:
    """ "float32" where a model of the file carries `x-mathContext="float"`, else "float64".

    JPMML's extension of PMML 4.4: each model names the type of its own arithmetic, double unless it says otherwise
    (`ModelEvaluator.newValueFactory` of JPMML-Evaluator). The type of a field (`dataType="float"`) is another matter: it says how
    the field's values are stored and compared, and the sums that they lead to are in doubles all the same.
    """
    from xml.etree import ElementTree

    models = ElementTree.parse(path).getroot().iter()
    return "float32" if any(element.get("x-mathContext") == "float" for element in models) else "float64"
