"""parity.toml and [tool.parity]: every key of DESIGN section 6 is read, and every mistake has its message."""

from __future__ import annotations

import math
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from parity.config import find, read
from parity.errors import ConfigurationError
from parity.values.case import Artifact, ColumnRule
from parity.values.policy import Gate, Known, Limit, OffDomain, Preset

WHOLE = """
schema = 1
[[case]]
name = "churn"
reference = "churn.joblib"
artifacts = ["churn.onnx",
             { path = "churn.pmml", runtimes = ["jpmml", "pmml4s"] },
             { path = "churn.ubj", options = { missing = -999.0 } }]
data = "sample.parquet"
inputs = { num = ["age", "income"], city = "city" }
outputs = { probability = "probabilities" }
ignore-outputs = ["leaf"]
[case.columns.age]
min = 18
max = inf
missing = false
nan = true
[case.columns."home city"]
categories = ["Rome", "Łódź"]
unseen = true
[case.gate]
preset = "bitwise"
[[case]]
name = "risk"
reference = "package.risk:make()"
artifacts = "churn.onnx"
[require]
runtimes = ["onnxruntime", "jpmml"]
[gate]
preset = "exploratory"
max-abs = { warn = 1e-7, error = 1e-5, reason = "scores are shown with 4 digits" }
label-flips = { error = 2 }
refusals = { error = 1 }
off-domain = "error"
[[known]]
match = { case = "churn", runtime = "pmml4s", kind = "branch-flip", phase = "boundary" }
reason = "PMML4S compares in double"
owner = "risk-models"
expires = 2020-03-31
"""

CASE = '[[case]]\nname = "churn"\nreference = "churn.joblib"\nartifacts = ["churn.onnx"]\n'
KNOWN = '[[known]]\nmatch = { case = "churn" }\nreason = "r"\nowner = "o"\nexpires = 2027-01-01\n'


@pytest.fixture
def folder(tmp_path):
    for name in ("churn.joblib", "churn.onnx", "churn.pmml", "churn.ubj", "sample.parquet"):
        (tmp_path / name).touch()
    return tmp_path


def written(folder: Path, text: str, name: str = "parity.toml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_every_key_of_a_file(folder):
    found = read(written(folder, WHOLE))
    assert (found.path, found.required_runtimes) == (folder / "parity.toml", ("onnxruntime", "jpmml"))
    churn, risk = found.cases
    assert (churn.name, churn.reference, churn.root) == ("churn", "churn.joblib", folder)
    assert churn.data == folder / "sample.parquet"
    assert churn.artifacts == (
        Artifact(folder / "churn.onnx"),
        Artifact(folder / "churn.pmml", ("jpmml", "pmml4s")),
        Artifact(folder / "churn.ubj", (), {"missing": -999.0}),
    )
    assert churn.inputs == {"num": ("age", "income"), "city": ("city",)}
    assert churn.outputs == {"probability": "probabilities"}
    assert churn.ignore_outputs == ("leaf",)
    assert churn.columns == {
        "age": ColumnRule(minimum=18, maximum=math.inf, missing=False, nan=True),
        "home city": ColumnRule(categories=("Rome", "Łódź"), unseen=True),
    }
    assert (risk.reference, risk.artifacts, risk.data) == ("package.risk:make()", (Artifact(folder / "churn.onnx"),), None)
    assert churn.source == "parity.toml"


def test_gate_of_a_case_stands_over_the_gate_of_the_file(folder):
    churn, risk = read(written(folder, WHOLE)).cases
    limit = Limit(1e-7, 1e-5, "scores are shown with 4 digits")
    assert risk.gate == Gate(Preset.EXPLORATORY, limit, 2, 1, OffDomain.ERROR)
    assert churn.gate == Gate(Preset.BITWISE, limit, 2, 1, OffDomain.ERROR)


def test_expired_entry_of_the_ledger_is_read_as_data(folder):
    match = {"case": "churn", "runtime": "pmml4s", "kind": "branch-flip", "phase": "boundary"}
    assert read(written(folder, WHOLE)).known == (Known(match, "PMML4S compares in double", "risk-models", date(2020, 3, 31)),)


def test_defaults(folder):
    found = read(written(folder, CASE))
    assert (found.required_runtimes, found.known, found.cases[0].gate) == ((), (), Gate())


def test_section_of_pyproject(folder):
    text = CASE.replace("[[case]]", "[[tool.parity.case]]") + '[tool.parity.gate]\noff-domain = "off"\n'
    path = written(folder, '[project]\nname = "x"\n' + text, "pyproject.toml")
    assert find(folder) == path
    assert read(path).cases[0].gate.off_domain is OffDomain.OFF
    assert read(folder).cases[0].source == "pyproject.toml"


def test_find_gives_nothing_where_there_is_nothing(folder):
    assert find(folder) is None
    written(folder, "[tool.other]\nparity = 1\n", "pyproject.toml")
    assert find(folder) is None
    written(folder, "parity = [", "pyproject.toml")
    assert find(folder) is None
    assert find(written(folder, CASE).parent) == folder / "parity.toml"


def test_both_files_in_one_folder(folder):
    written(folder, "[tool.parity]\n", "pyproject.toml")
    path = written(folder, CASE)
    for given in (folder, path, folder / "pyproject.toml"):
        with pytest.raises(
            ConfigurationError, match=r"parity.toml and \[tool.parity\] in pyproject.toml are both there; keep one"
        ):
            read(given)


def test_byte_order_mark_is_no_error(folder):
    (folder / "parity.toml").write_bytes(b"\xef\xbb\xbf" + CASE.encode())
    assert read(folder).cases[0].name == "churn"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[[case]", "parity.toml: is not valid TOML: .*line 1"),
        (b'name = "\xff"', r"parity.toml: is not UTF-8 \(byte 8\); save it as UTF-8"),
        (b"", "parity.toml: case: there is no case; add one"),
    ],
)
def test_files_that_are_no_configuration(folder, content, words):
    (folder / "parity.toml").write_bytes(content)
    with pytest.raises(ConfigurationError, match=words):
        read(folder)


def test_files_that_are_not_there(folder):
    with pytest.raises(ConfigurationError, match=r"parity.toml: there is no such file; give a parity.toml or its folder"):
        read(folder / "parity.toml")
    with pytest.raises(ConfigurationError, match=r"there is no parity.toml and no pyproject.toml with \[tool.parity\]"):
        read(folder)
    with pytest.raises(ConfigurationError, match=r"has no \[tool.parity\]; add it, or write a parity.toml"):
        read(written(folder, "[tool.ruff]\n", "pyproject.toml"))


def test_missing_files_are_all_named(folder):
    text = '[[case]]\nname = "churn"\nreference = "a.joblib"\nartifacts = ["b.onnx", "churn.onnx"]\ndata = "c.csv"\n'
    with pytest.raises(ConfigurationError) as raised:
        read(written(folder, text))
    assert str(raised.value).splitlines() == [
        f'parity.toml: case "churn": reference: there is no file {folder / "a.joblib"}',
        f'parity.toml: case "churn": artifacts: there is no file {folder / "b.onnx"}',
        f'parity.toml: case "churn": data: there is no file {folder / "c.csv"}',
        "paths are relative to the folder of the configuration file",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CASE + "[gates]\n", 'parity.toml: gates: unknown key "gates"; did you mean "gate"?'),
        (CASE + "artefacts = []\n", 'case[0].artefacts: unknown key "artefacts"; did you mean "artifacts"?'),
        (CASE + "zzz = 1\n", 'case[0].zzz: unknown key "zzz"; known here: artifacts, columns, data'),
        (CASE + "[case.columns.age]\nmni = 1\n", 'case[0].columns.age.mni: unknown key "mni"; did you mean "min"?'),
        (CASE + "ignore_outputs = []\n", 'did you mean "ignore-outputs"?'),
        (CASE + "[require]\nruntime = []\n", 'require.runtime: unknown key "runtime"; did you mean "runtimes"?'),
        (
            CASE.replace('"churn.onnx"', '{ path = "churn.onnx", runtime = "x" }'),
            'case[0].artifacts[0].runtime: unknown key "runtime"',
        ),
        (CASE + "[case.gate]\nmax_abs = {}\n", 'case[0].gate.max_abs: unknown key "max_abs"; did you mean "max-abs"?'),
        (CASE + KNOWN + "until = 1\n", 'known[0].until: unknown key "until"'),
        (CASE + KNOWN.replace("case =", "model ="), 'known[0].match.model: unknown key "model"'),
    ],
)
def test_unknown_keys_and_the_nearest_known(folder, text, words):
    with pytest.raises(ConfigurationError) as raised:
        read(written(folder, text))
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CASE.replace('"churn"', "3"), "case[0].name: 3 (an integer) was given, a string is wanted"),
        (CASE.replace('"churn"', '" "'), "case[0].name: an empty string was given"),
        (CASE.replace('name = "churn"\n', ""), 'case[0].name: the key "name" is missing; every case has one, as name = "churn"'),
        (CASE.replace('"churn"', '"a[b]"'), 'case[0].name: "a[b]" (a string) was given, a name without [, ], :: and control'),
        (CASE.replace('"churn"', '"a\\nb"'), "a name without [, ], :: and control characters is wanted"),
        (CASE.replace('"churn.joblib"', "[1]"), "case[0].reference: [1] (an array) was given, a path or"),
        (CASE.replace('reference = "churn.joblib"\n', ""), 'case[0].reference: the key "reference" is missing; it is the model'),
        (CASE.replace('["churn.onnx"]', "[]"), "case[0].artifacts: no artifact is given"),
        (CASE.replace('artifacts = ["churn.onnx"]\n', ""), "case[0].artifacts: no artifact is given; name the exported files"),
        (CASE.replace('["churn.onnx"]', "[1]"), "case[0].artifacts[0]: 1 (an integer) was given, a path or { path ="),
        (CASE.replace('["churn.onnx"]', '[""]'), "case[0].artifacts[0]: an empty string was given, a path is wanted"),
        (CASE.replace('["churn.onnx"]', "[{}]"), 'case[0].artifacts[0].path: the key "path" is missing'),
        (
            CASE.replace('["churn.onnx"]', '["churn.onnx", "churn.onnx"]'),
            '"churn.onnx" stands there more than once with the same',
        ),
        (
            CASE.replace('"churn.onnx"', '{ path = "churn.onnx", runtimes = "x" }'),
            'runtimes: "x" (a string) was given, an array of',
        ),
        (
            CASE.replace('"churn.onnx"', '{ path = "churn.onnx", runtimes = ["x", "x"] }'),
            'runtimes: "x" stands there more than once',
        ),
        (
            CASE.replace('"churn.onnx"', '{ path = "churn.onnx", options = 1 }'),
            "options: 1 (an integer) was given, a table is wanted",
        ),
        (CASE + "data = 1\n", "case[0].data: 1 (an integer) was given, a path of a .parquet"),
        (CASE + "inputs = []\n", "case[0].inputs: [] (an array) was given, a table is wanted"),
        (CASE + "inputs = { num = [] }\n", "case[0].inputs.num: [] (an array) was given, a column or an array of columns"),
        (CASE + "inputs = { num = 3 }\n", "case[0].inputs.num: 3 (an integer) was given, a column or an array of columns"),
        (CASE + "outputs = { p = 1 }\n", "case[0].outputs.p: 1 (an integer) was given, a string is wanted"),
        (CASE + 'outputs = { p = "x", q = "x" }\n', 'case[0].outputs: the output "x" of the artifact is given to two'),
        (CASE + 'ignore-outputs = "x"\n', 'case[0].ignore-outputs: "x" (a string) was given, an array of strings is wanted'),
        (
            CASE + "columns = { age = 1 }\n",
            "case[0].columns.age: 1 (an integer) was given, a table is wanted: [case[0].columns.age]",
        ),
        (
            CASE + "[case.columns.age]\nmin = nan\n",
            "columns.age.min: nan was given, a number is wanted (inf and -inf are numbers)",
        ),
        (CASE + "[case.columns.age]\nmin = true\n", "columns.age.min: true (a boolean) was given, a number is wanted"),
        (CASE + "[case.columns.age]\nmin = 2\nmax = 1\n", "columns.age.min: 2 is larger than max = 1; no value would be valid"),
        (CASE + "[case.columns.age]\nmissing = 1\n", "columns.age.missing: 1 (an integer) was given, true or false is wanted"),
        (
            CASE + "[case.columns.c]\ncategories = []\n",
            "columns.c.categories: [] (an array) was given, an array of strings or of",
        ),
        (CASE + '[case.columns.c]\ncategories = ["a", 1]\n', "(not both, not empty) is wanted"),
        (CASE + "[case.columns.c]\ncategories = [true]\n", "an array of strings or of integers"),
        (CASE + '[case.columns.c]\ncategories = ["a", "a"]\n', "categories: a category stands there more than once"),
        (CASE + '[gate]\npreset = "strikt"\n', 'gate.preset: unknown value "strikt"; did you mean "strict"?'),
        (CASE + '[gate]\noff-domain = "ignore"\n', 'gate.off-domain: unknown value "ignore"; known here: error, off, warn'),
        (CASE + "[gate]\nmax-abs = { error = 1e-5 }\n", 'gate.max-abs.reason: the key "reason" is missing; an override'),
        (CASE + '[gate]\nmax-abs = { reason = "r" }\n', 'gate.max-abs: neither "warn" nor "error" is given'),
        (
            CASE + '[gate]\nmax-abs = { error = -1e-5, reason = "r" }\n',
            "gate.max-abs.error: -1e-05 was given, a tolerance from 0 on",
        ),
        (CASE + '[gate]\nmax-abs = { error = nan, reason = "r" }\n', "gate.max-abs.error: nan was given, a number is wanted"),
        (CASE + '[gate]\nmax-abs = { error = inf, reason = "r" }\n', "gate.max-abs.error: inf was given: nothing could fail"),
        (CASE + '[gate]\nmax-abs = { warn = 2, error = 1, reason = "r" }\n', "gate.max-abs.warn: 2.0 is larger than error = 1.0"),
        (CASE + "[gate]\nmax-abs = 1e-5\n", "gate.max-abs: 1e-05 (a float) was given, a table is wanted"),
        (
            CASE + "[gate]\nlabel-flips = { error = -1 }\n",
            "label-flips.error: -1 (an integer) was given, a whole number from 0 on",
        ),
        (CASE + "[gate]\nrefusals = {}\n", 'gate.refusals: the key "error" is missing; write { error = 0 }'),
        (CASE + KNOWN.replace('reason = "r"\n', ""), 'known[0].reason: the key "reason" is missing; known drift is accepted'),
        (CASE + KNOWN.replace('owner = "o"\n', ""), 'known[0].owner: the key "owner" is missing'),
        (CASE + KNOWN.replace("expires = 2027-01-01\n", ""), 'known[0].expires: the key "expires" is missing; known drift ends'),
        (CASE + KNOWN.replace("2027-01-01", '"2027-01-01"'), "a date is wanted: write it without quotes, as 2027-01-01"),
        (CASE + KNOWN.replace("2027-01-01", '"soon"'), "write it without quotes, as 2027-03-31"),
        (
            CASE + KNOWN.replace("2027-01-01", "2027"),
            "known[0].expires: 2027 (an integer) was given, a date, as 2027-03-31, is wanted",
        ),
        (CASE + KNOWN.replace('{ case = "churn" }', "{}"), "known[0].match: nothing is matched, so all drift would be known"),
        (CASE + KNOWN.replace('"churn"', '"chum"'), 'known[0].match.case: there is no case "chum"; did you mean "churn"?'),
        (CASE + KNOWN.replace('case = "churn"', 'phase = "edge"'), 'known[0].match.phase: unknown value "edge"; known here:'),
        (CASE + KNOWN.replace('case = "churn"', 'kind = "flip"'), 'known[0].match.kind: unknown value "flip"; did you mean'),
        (CASE + "schema = 2\n", 'case[0].schema: unknown key "schema"'),
        ("schema = 2\n" + CASE, "schema: 2 (an integer) was given, schema = 1 is what this version reads"),
        ("schema = true\n" + CASE, "schema: true (a boolean) was given"),
        (CASE + CASE, 'case[1].name: "churn" is the name of case[0] too; each case needs its own'),
        ("case = 3\n", "case: 3 (an integer) was given, an array of tables, [[case]], is wanted"),
        ("case = [3]\n", "case[0]: 3 (an integer) was given, a table is wanted: [[case]]"),
    ],
)
def test_mistakes_have_their_message(folder, text, words):
    with pytest.raises(ConfigurationError) as raised:
        read(written(folder, text))
    assert words in str(raised.value)
    assert str(raised.value).startswith("parity.toml: ")


def test_reading_imports_nothing_heavy(folder):
    written(folder, CASE)
    code = (
        "import sys\nfrom parity.config import read\nread(sys.argv[1])\n"
        "print(sorted({'numpy', 'pyarrow', 'pandas', 'sklearn'} & set(sys.modules)))"
    )
    root = str(Path(__file__).parents[2])
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.strip() == "[]"
