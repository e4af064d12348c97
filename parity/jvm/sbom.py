"""A bill of materials of jars: CycloneDX 1.6 as JSON (https://cyclonedx.org/docs/1.6/json/). Equal jars make equal documents."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from parity import __version__
from parity.jvm.lock import Jar


def document(jars: Mapping[str, tuple[Jar, ...]]) -> dict[str, Any]:
    """The jars by runtime, as a document. A jar of several runtimes is one component, with a property for each."""
    runtimes: dict[Jar, list[str]] = {}
    for name, locked in jars.items():
        for jar in locked:
            runtimes.setdefault(jar, []).append(name)
    application = {"type": "application", "bom-ref": "parity", "name": "pytest-parity", "version": __version__}
    content = " ".join(sorted(f"{purl(jar)}@{jar.sha256}" for jar in runtimes))
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}",
        "version": 1,
        "metadata": {"component": application},
        "components": [_component(jar, names) for jar, names in runtimes.items()],
        "dependencies": [{"ref": "parity", "dependsOn": [purl(jar) for jar in runtimes]}],
    }


def purl(jar: Jar) -> str:
    """The package URL (https://github.com/package-url/purl-spec, type maven)."""
    group, name, version = (quote(part, safe="") for part in jar.coordinate.split(":"))
    qualifiers = f"classifier={quote(jar.classifier, safe='')}&type=jar" if jar.classifier else "type=jar"
    return f"pkg:maven/{group}/{name}@{version}?{qualifiers}"


def _component(jar: Jar, runtimes: list[str]) -> dict[str, Any]:
    group, name, version = jar.coordinate.split(":")
    return {
        "type": "library",
        "bom-ref": purl(jar),
        "group": group,
        "name": name,
        "version": version,
        "hashes": [{"alg": "SHA-256", "content": jar.sha256}],
        "licenses": _licences(jar.licence),
        "purl": purl(jar),
        "properties": [
            {"name": "parity:file", "value": jar.file},
            {"name": "parity:size", "value": str(jar.size)},
            *({"name": "parity:runtime", "value": runtime} for runtime in runtimes),
        ],
    }


def _licences(licence: str) -> list[dict[str, Any]]:
    """An SPDX id is a licence, `A OR B` an expression, and what SPDX does not know is an expression of its own (LicenseRef-…)."""
    single = " " not in licence and not licence.startswith("LicenseRef-")
    return [{"license": {"id": licence}}] if single else [{"expression": licence}]
