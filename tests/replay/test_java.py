"""The text of `Repro.java`, `repro.py` and the patch: what they say of a finding, without running them."""

from __future__ import annotations

import ast
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from parity.compare.matching import Pair
from parity.errors import StoreError
from parity.jvm.lock import read_lock
from parity.replay import Store, context_of
from parity.replay.java import MOST_COLUMNS, repro_java
from parity.replay.patch import patch_of
from parity.replay.python import row_lines
from parity.replay.twin import repro_python
from parity.replay.wiring import Wiring
from parity.values.case import Artifact, Case
from parity.values.finding import Finding, Seen
from parity.values.plan import Phase
from parity.values.settings import Item
from parity.values.signature import InputSpec, OutputKind, OutputSpec
from tests.report.samples import BRANCH_FLIP, PAYLOAD_NAN, ROW

ARTIFACT = Artifact(Path("/models/churn.onnx"), ("onnxruntime",))
PAIR = Pair(
    OutputSpec("probability", "float64", OutputKind.PROBABILITY, 2, ("no", "yes")),
    OutputSpec("probabilities", "float32", None, 2, ("yes", "no")),
)
NUMBERS = replace(
    BRANCH_FLIP,
    row=ROW.select(["age", "income", "ratio", "visits"]),
    seen=Seen({"probability": [0.81, 0.19]}, {"probabilities": [0.77, 0.23]}),
)


def wired(runtime_input: InputSpec, *columns: str) -> Wiring:
    return Wiring(((runtime_input, columns),), (PAIR,))


TENSOR = wired(InputSpec("X", "float32", 4), "age", "income", "ratio", "visits")


def java(finding: Finding = NUMBERS, wiring: Wiring = TENSOR, artifact: Artifact = ARTIFACT) -> str:
    made = repro_java(finding, artifact, wiring)
    assert made is not None
    return made


def test_cells_are_literals_and_missing_is_nan_in_a_tensor() -> None:
    assert [line.strip() for line in java().splitlines() if line.strip().startswith("cells[")] == [
        "cells[0] = (float) 0x1.4c00000000001p+5;",
        "cells[1] = Float.NaN;",
        "cells[2] = 0x1.99999ap-4f;",
        "cells[3] = (float) 7L;",
    ]


def test_classes_lie_side_by_side() -> None:
    text = java()
    assert "REFERENCE = {0x1.9eb851eb851ecp-1, 0x1.851eb851eb852p-3}" in text
    assert "PLACES = {1, 0}" in text
    assert 'NAMES = {"probability(no)", "probability(yes)"}' in text


def test_the_header_has_coordinates_and_commands() -> None:
    text = java()
    (jar,) = read_lock()["onnxruntime"]
    assert f"for jar in {jar.coordinate};" in text
    assert "java -cp 'lib/*' Repro.java" in text
    assert "import ai.onnxruntime.OnnxMap;" in text  # the output names classes: a ZipMap
    assert "import ai.onnxruntime.TensorInfo;" in text and "import java.nio.LongBuffer;" not in text


def test_an_absent_key_for_jpmml() -> None:
    inputs = tuple((InputSpec(name, "any"), (name,)) for name in ("age", "city", "income", "visits"))
    text = java(replace(BRANCH_FLIP, runtime="jpmml"), Wiring(inputs, (PAIR,)), Artifact(Path("/models/churn.pmml")))
    assert 'row.put("city", "\\u0141\\u00f3d\\u017a");' in text
    assert 'row.put("visits", 7L);' in text
    assert 'row.put("income"' not in text and '// missing, so the key is absent: "income"' in text
    assert text.isascii()


def test_the_missing_option_of_xgboost() -> None:
    artifact = Artifact(Path("/models/churn.ubj"), ("xgboost4j",), {"missing": -999})
    text = java(replace(NUMBERS, runtime="xgboost4j"), wired(InputSpec("features", "float32", 2), "age", "income"), artifact)
    assert 'new DMatrix(row, 1, 2, Float.parseFloat("-999.0"))' in text
    assert "row[1] = Float.NaN;" in text


def test_text_for_a_number_is_refused_as_the_scorer_refuses_it() -> None:
    text = java(replace(NUMBERS, row=ROW), wired(InputSpec("X", "float32", 1), "city"))
    assert "throw new IllegalArgumentException(" in text and "of column city" in text


def test_a_refusal_of_the_reference_is_told() -> None:
    text = java(replace(NUMBERS, output="", seen=Seen("missing: NaN in age", {"probabilities": [0.5, 0.5]})))
    assert '"reference refuses: missing: NaN in age"' in text
    assert "REFERENCE = {}" in text and "PLACES = {}" in text


@pytest.mark.parametrize(
    "finding",
    [
        replace(NUMBERS, row=NUMBERS.row.slice(0, 0)),
        replace(NUMBERS, runtime="fake"),
        replace(NUMBERS, row=pa.RecordBatch.from_pydict({f"x{i}": [1.0] for i in range(MOST_COLUMNS + 1)})),
    ],
    ids=["no rows", "no method", "too wide"],
)
def test_none_where_it_cannot_be_written(finding: Finding) -> None:
    assert repro_java(finding, ARTIFACT, TENSOR) is None


def test_none_for_thousands_of_tensors() -> None:
    """Columns by the thousand fit into one tensor's methods, not into one tensor each."""
    row = pa.RecordBatch.from_pydict({f"x{i}": [1.0] for i in range(2001)})
    one, each = (InputSpec("X", "float32", 2001),), tuple(InputSpec(name, "float32") for name in row.schema.names)
    wide = replace(NUMBERS, row=row)
    assert repro_java(wide, ARTIFACT, Wiring(tuple((spec, tuple(row.schema.names)) for spec in one), (PAIR,))) is not None
    assert repro_java(wide, ARTIFACT, Wiring(tuple((spec, (spec.name,)) for spec in each), (PAIR,))) is None


def context(tmp_path: Path, **changes: Any) -> dict[str, Any]:
    keys = {"source": "parity.toml", "reference": "churn.joblib", "data": "rows.parquet"} | changes
    case = Case("churn [1]", artifacts=(ARTIFACT,), root=tmp_path, **keys)
    return context_of(Item(case, ARTIFACT, "onnxruntime", Phase.EXAMPLES, "x"))


def test_rows_in_python_keep_their_bits() -> None:
    row = pa.RecordBatch.from_arrays([*ROW.columns, pa.array([PAYLOAD_NAN])], names=[*ROW.schema.names, "odd"])
    place: dict[str, Any] = {}
    exec("import numpy as np\nimport pyarrow as pa\n" + "\n".join(row_lines(row)), place)
    assert place["ROW"].schema.equals(row.schema)
    assert place["ROW"].column("odd").view(pa.uint64()).to_pylist() == [0x7FF8000000000001]
    assert place["ROW"].select(ROW.schema.names).equals(ROW)


def test_types_that_are_widened_or_decoded(tmp_path: Path) -> None:
    row = pa.RecordBatch.from_arrays(
        [
            pa.array([7], pa.int16()),
            pa.array(["a"]).dictionary_encode(),
            pa.array([1.5], pa.float16()),
            pa.array(["b"], pa.large_string()),
        ],
        names=["n", "d", "h", "t"],
    )
    text = java(replace(NUMBERS, row=row), wired(InputSpec("X", "float32", 2), "n", "h"))
    assert "cells[0] = (float) 7;" in text and "cells[1] = 0x1.8p+0f;" in text
    place: dict[str, Any] = {"pa": pa}
    exec("\n".join(row_lines(row)), place)
    assert place["ROW"].equals(row) and place["ROW"].schema.equals(row.schema)


def test_a_column_that_does_not_cross_has_no_text(tmp_path: Path) -> None:
    dated = replace(NUMBERS, row=pa.RecordBatch.from_arrays([pa.array([0], pa.timestamp("s"))], names=["when"]))
    assert repro_java(dated, ARTIFACT, wired(InputSpec("X", "float32", 1), "when")) is None
    assert repro_python(dated, context(tmp_path), TENSOR) is None
    with pytest.raises(StoreError, match="has columns of types that a test cannot hold as text"):
        patch_of(dated, context(tmp_path))


def test_the_twin_is_python_and_names_the_reference(tmp_path: Path) -> None:
    text = repro_python(NUMBERS, context(tmp_path), TENSOR)
    assert text is not None and "reference='churn.joblib'" in text and "print(values['probability']" in text
    ast.parse(text)
    assert repro_python(NUMBERS, context(tmp_path, reference=object()), TENSOR) is None


def test_both_lie_beside_the_row_and_go_when_they_no_longer_fit(tmp_path: Path) -> None:
    store = Store(tmp_path / ".parity")
    entry = store.save(NUMBERS, context(tmp_path), TENSOR)
    assert sorted(p.name for p in entry.iterdir()) == ["Repro.java", "finding.json", "repro.py", "row.arrow"]
    assert store.load(NUMBERS.id).finding.id == NUMBERS.id
    store.save(replace(NUMBERS, row=NUMBERS.row.slice(0, 0)), context(tmp_path), TENSOR)
    assert sorted(p.name for p in entry.iterdir()) == ["finding.json", "row.arrow"]


def test_nothing_for_a_side_that_disagrees_with_itself(tmp_path: Path) -> None:
    itself = replace(NUMBERS, phase=Phase.INVARIANCE)
    entry = Store(tmp_path / ".parity").save(itself, context(tmp_path), TENSOR)
    assert sorted(p.name for p in entry.iterdir()) == ["finding.json", "row.arrow"]
    with pytest.raises(StoreError, match=r"disagrees with itself .*no row shows it alone"):
        patch_of(itself, context(tmp_path))


def apply(patch: str, folder: Path) -> None:
    subprocess.run(["git", "apply", "-"], input=patch, text=True, cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize("place", ["", "models/churn"])
def test_git_applies_the_patch(tmp_path: Path, place: str) -> None:
    """Also where the configuration lies below the repository's own folder."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    root = tmp_path / place
    root.mkdir(parents=True, exist_ok=True)
    path, patch = patch_of(replace(BRANCH_FLIP, case="churn [1]"), context(root))
    apply(patch, tmp_path)
    assert path == Path(place) / "tests" / "test_parity_churn_1_a91f03c2d7e8.py"
    text = (tmp_path / path).read_text("utf-8")
    compile(text, str(path), "exec")
    assert "def test_churn_1_in_onnxruntime() -> None:" in text
    assert "config=ROOT" in text and "case='churn [1]'" in text and "runtime='onnxruntime'" in text


def test_a_patch_of_a_case_without_a_file_names_all_of_it(tmp_path: Path) -> None:
    known = context(tmp_path, source="--parity-model", inputs={"X": ("age", "city")})
    _, patch = patch_of(BRANCH_FLIP, known)
    apply(patch, tmp_path)
    text = next((tmp_path / "tests").iterdir()).read_text("utf-8")
    assert "reference='churn.joblib'" in text and "data='rows.parquet'" in text and "inputs={'X': ['age', 'city']}" in text


def test_a_declared_case_has_an_address(tmp_path: Path) -> None:
    known = context(tmp_path, source="test_churn.py", reference=object(), address="test_churn:churn.reference()", data=None)
    assert known["reference"] == "test_churn:churn.reference()"
    path, _ = patch_of(BRANCH_FLIP, known)
    assert path.parent == Path()


@pytest.mark.parametrize(
    ("finding", "changes", "words"),
    [
        (replace(NUMBERS, row=ROW.slice(0, 0)), {}, "is a call of 0 rows, which no example row can stand for"),
        (NUMBERS, {"source": "check()", "reference": object()}, "its reference was an object of the process that found it"),
    ],
)
def test_no_patch_says_why(tmp_path: Path, finding: Finding, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(StoreError, match=words):
        patch_of(finding, context(tmp_path, **changes))
