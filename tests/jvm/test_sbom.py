"""The bill of materials: every jar once, by package URL, with hash and licence. Checked with CycloneDX's schema by hand."""

from __future__ import annotations

from parity.jvm.lock import read_lock
from parity.jvm.sbom import document, purl
from tests.jvm.maven import a_jar

JAR = a_jar(classifier="linux-x86_64", licence="Apache-2.0 OR LGPL-2.1-only")


def test_a_component() -> None:
    (component,) = document({"one": (JAR,), "two": (JAR,)})["components"]
    assert component["purl"] == component["bom-ref"] == "pkg:maven/org.engine/engine@1.0?classifier=linux-x86_64&type=jar"
    assert (component["group"], component["name"], component["version"]) == ("org.engine", "engine", "1.0")
    assert component["hashes"] == [{"alg": "SHA-256", "content": JAR.sha256}]
    assert component["licenses"] == [{"expression": "Apache-2.0 OR LGPL-2.1-only"}]
    assert [one["value"] for one in component["properties"] if one["name"] == "parity:runtime"] == ["one", "two"]


def test_a_single_licence_is_an_id_and_an_unknown_one_an_expression() -> None:
    components = document({"one": (a_jar("a"), a_jar("b", licence="LicenseRef-Engine"))})["components"]
    assert [one["licenses"] for one in components] == [[{"license": {"id": "MIT"}}], [{"expression": "LicenseRef-Engine"}]]


def test_equal_jars_make_equal_documents_and_others_another_serial_number() -> None:
    assert document({"one": (JAR,)}) == document({"one": (JAR,)})
    assert document({"one": (JAR,)})["serialNumber"] != document({"one": (a_jar(),)})["serialNumber"]


def test_the_real_lock() -> None:
    made = document(read_lock())
    wanted = {jar for jars in read_lock().values() for jar in jars}
    assert len(made["components"]) == len(wanted) == len({purl(jar) for jar in wanted})
    assert made["dependencies"][0]["dependsOn"] == [one["bom-ref"] for one in made["components"]]
