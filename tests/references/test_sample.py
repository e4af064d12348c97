"""Sample data from files and frames: what is read, what is refused and how."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from parity.errors import DataError
from parity.references import decoded, load_sample, select_columns
from tests.references.models import batch, case


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "f": [1.5, np.nan, -0.0],
            "i": [1, 2, 2**53 + 1],
            "b": [True, False, True],
            "s": pd.Series(["nan", None, ""], dtype=object),
            "c": pd.Categorical(["x", "y", None]),
        }
    )


def types(found: pa.RecordBatch) -> list[str]:
    return [str(f.type) for f in found.schema]


def sample(path: Path) -> pa.RecordBatch:
    found = load_sample(case(None, path.parent, path.name))
    assert found is not None
    return found


def test_no_data_is_none(tmp_path):
    assert load_sample(case(None, tmp_path)) is None


@pytest.mark.parametrize("suffix", [".parquet", ".feather"])
def test_frames_come_back_from_files_as_they_were(tmp_path, suffix):
    path = tmp_path / f"sample{suffix}"
    getattr(frame(), f"to_{suffix[1:]}")(path)
    found = sample(path)
    assert types(found)[:4] == ["double", "int64", "bool", "string"]
    assert pa.types.is_dictionary(found.schema.field("c").type)
    assert found.column("f").to_pylist() == [1.5, None, -0.0]
    assert found.column("i").to_pylist()[2] == 2**53 + 1
    assert found.column("s").to_pylist() == ["nan", None, ""]
    assert found.column("c").to_pylist() == ["x", "y", None]


def test_nan_in_a_file_is_null(tmp_path):
    pyarrow.parquet.write_table(pa.table({"f": [1.0, float("nan"), None]}), tmp_path / "s.parquet")
    assert sample(tmp_path / "s.parquet").column("f").null_count == 2


def test_csv_keeps_text_and_dates_as_text(tmp_path):
    rows = ["n,t,d,w,e", '1.5,nan,2018-01-31,1,"é,ü"', ',NA,2018-02-01,2,""', "nan,x,2018-02-02,,", ""]
    (tmp_path / "s.csv").write_text("\n".join(rows), encoding="utf-8")
    found = sample(tmp_path / "s.csv")
    assert types(found) == ["double", "string", "string", "int64", "string"]
    assert found.column("n").to_pylist() == [1.5, None, None]
    assert found.column("t").to_pylist() == ["nan", "NA", "x"]
    assert found.column("d").to_pylist()[0] == "2018-01-31"
    assert found.column("w").to_pylist() == [1, 2, None]
    assert found.column("e").to_pylist() == ["é,ü", "", None]


def test_narrow_numbers_are_widened_and_odd_texts_made_plain():
    table = pa.table(
        {
            "i8": pa.array([1], pa.int8()),
            "u16": pa.array([65535], pa.uint16()),
            "u32": pa.array([2**32 - 1], pa.uint32()),
            "f16": pa.array(np.array([0.5], np.float16)),
            "large": pa.array(["x"], pa.large_string()),
            "empty": pa.array([None]),
            "f32": pa.array([0.1], pa.float32()),
            "codes": pa.DictionaryArray.from_arrays(pa.array([0], pa.int8()), pa.array([7], pa.int16())),
        }
    )
    found = batch(table)
    assert types(found)[:7] == ["int32", "int32", "int64", "float", "string", "double", "float"]
    assert str(found.schema.field("codes").type) == "dictionary<values=int64, indices=int32, ordered=0>"
    assert types(decoded(found))[-1] == "int64"


def test_chunks_and_indices_of_pandas_are_put_together(tmp_path):
    indexed = frame().set_index(pd.Index(["r1", "r2", "r3"]))
    indexed.to_parquet(tmp_path / "s.parquet")
    assert sample(tmp_path / "s.parquet").schema.names == ["f", "i", "b", "s", "c"]
    chunks = [pa.table({"c": pa.array([text]).dictionary_encode()}) for text in ("x", "y")]
    chunked = pa.concat_tables(chunks)
    assert batch(chunked).column("c").to_pylist() == ["x", "y"]


@pytest.mark.parametrize(
    "given",
    [
        {"f": [1.0, None], "s": ["a", None]},
        pa.RecordBatch.from_pydict({"f": [1.0, None], "s": ["a", None]}),
        pd.DataFrame({"f": [1.0, np.nan], "s": ["a", None]}),
    ],
)
def test_frames_given_directly(given):
    assert batch(given).to_pydict() == {"f": [1.0, None], "s": ["a", None]}


def test_arrays_given_directly_are_numbered():
    assert batch(np.eye(2)).schema.names == ["x0", "x1"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"a": [1, "x"]}, "the column 'a' holds values of mixed or unknown types .*; give it one type"),
        (pd.DataFrame({"a": [1, 2], "b": pd.Series([1.5, "x"], dtype=object)}), "the column 'b' holds values of mixed"),
        ({"a": [1], "b": [1, 2]}, r"its columns are of different lengths \(1, 2\)"),
        ({"a": []}, "the sample data: has no rows; give a few hundred real rows, or leave data out"),
        ({}, "has no columns"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "the column 'a' stands there more than once"),
        (np.zeros(3), r"a ndarray of shape \(3,\) was given; a pandas DataFrame, a pyarrow Table"),
        ([1, 2], "a list was given; a pandas DataFrame"),
        ({"a": pa.array([2**63], pa.uint64())}, "the column 'a' of type uint64 does not fit into int64; convert it"),
    ],
)
def test_data_that_cannot_be_used(given, words):
    with pytest.raises(DataError, match=words):
        batch(given)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("absent.parquet", None, r"the sample data absent.parquet: there is no such file \(.*\); give a .parquet, .csv"),
        ("s.parquet", b"", "s.parquet: cannot be read as .parquet: .*; is it complete"),
        ("s.parquet", b"PAR1 but not really", "cannot be read as .parquet"),
        ("s.feather", b"nonsense", "cannot be read as .feather"),
        ("s.csv", b"", "cannot be read as .csv"),
        ("s.csv", b"a,b\n", "has no rows"),
        ("s.csv", b"a,a\n1,2\n", "the column 'a' stands there more than once"),
        ("s.csv", b"a,b\n1,2\n3\n", "cannot be read as .csv"),
        ("s.xlsx", b"x", "s.xlsx: .xlsx is not read; .parquet, .csv, .feather, .arrow, .npy, .npz are"),
    ],
)
def test_files_that_cannot_be_used(tmp_path, name, content, words):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=words):
        sample(tmp_path / name)


def test_columns_of_the_reference_are_chosen_by_name():
    given = batch({"id": [1], "b": [2], "a": [3]})
    assert select_columns(given, ("a", "b"), 2).to_pydict() == {"a": [3], "b": [2]}
    assert select_columns(given, None, 3) is given
    assert select_columns(given, None, None) is given


def test_absent_columns_are_named_with_both_lists():
    words = "lacks the column 'c', 'd'; it has 'a', 'b', the reference was fitted on 'a', 'c', 'd'"
    with pytest.raises(DataError, match=words):
        select_columns(batch({"a": [1], "b": [2]}), ("a", "c", "d"), 3)


def test_another_number_of_columns_is_refused():
    with pytest.raises(DataError, match=r"has 2 columns \('a', 'b'\), the reference was fitted on 3 without names"):
        select_columns(batch({"a": [1], "b": [2]}), None, 3)


def test_types_that_do_not_cross_are_refused_where_they_are_needed():
    given = batch(pd.DataFrame({"day": pd.to_datetime(["2018-01-31"]), "a": [1.0]}))
    assert select_columns(given, ("a",), 1).schema.names == ["a"]
    with pytest.raises(DataError, match=r"the sample's column 'day' is of type timestamp\[.*\]; numbers, booleans, text"):
        select_columns(given, ("day", "a"), 2)
