"""Write parity/jvm/jars.lock.json: what every module of java-harness depends on, with sizes, SHA-256 and licences.

Run it after a dependency in a module's pom has changed, look at the difference, and commit it. Needs Maven; licences come from
the poms in the local repository, the nearest parent's where a pom names none.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
JAVA = CHECKOUT / "java-harness"
LOCK = CHECKOUT / "parity" / "jvm" / "jars.lock.json"
LIST = "target/dependencies.txt"
MAVEN = ["mvn", "-q", "-B", "-ntp", "package", "dependency:list", "-DskipTests", "-DexcludeGroupIds=dev.parity"]
MAVEN += ["-DincludeScope=runtime", f"-DoutputFile={LIST}", "-DoutputAbsoluteArtifactFilename=true"]
POM = "{http://maven.apache.org/POM/4.0.0}"
# What poms call a licence, to its SPDX name. The poms of JAXB and Jakarta name Eclipse's BSD licence.
SPDX = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache-2.0": "Apache-2.0",
    "BSD 3-Clause License": "BSD-3-Clause",
    "EDL 1.0": "BSD-3-Clause",
    "Eclipse Distribution License - v 1.0": "BSD-3-Clause",
    "GNU Affero General Public License (AGPL) version 3.0": "AGPL-3.0-only",
    "MIT License": "MIT",
    "The Apache License, Version 2.0": "Apache-2.0",
    "The Apache Software License, Version 2.0": "Apache-2.0",
}


def main() -> None:
    """Build the modules, and write the lock."""
    subprocess.run(MAVEN, cwd=JAVA, check=True)
    runtimes = {listing.parents[1].name: list(_jars(listing)) for listing in sorted(JAVA.glob(f"*/{LIST}"))}
    runtimes = {name: jars for name, jars in runtimes.items() if jars}
    LOCK.write_text(json.dumps({"schema": 1, "runtimes": runtimes}, indent=2) + "\n", "utf-8")
    count = sum(map(len, runtimes.values()))
    print(f"{LOCK.relative_to(CHECKOUT)}: {count} jars of {len(runtimes)} runtimes")


def _jars(listing: Path) -> Iterator[dict[str, Any]]:
    """The jars of one module in class path order, from lines like `group:name:jar[:classifier]:version:scope:/path -- …`."""
    for line in listing.read_text("utf-8").splitlines():
        found = re.match(r"\s+(\S+?):(\S+?):jar:(?:(\S+?):)?([^:\s]+):(?:compile|runtime):(/.*?\.jar)", line)
        if found:
            group, name, classifier, version, path = found.groups()
            yield _locked(f"{group}:{name}:{version}", classifier, Path(path))


def _locked(coordinate: str, classifier: str | None, path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {
        "coordinate": coordinate,
        "classifier": classifier,
        "file": path.name,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "licence": _licence(coordinate, path.with_name(_pom_name(coordinate))),
    }


def _pom_name(coordinate: str) -> str:
    _, name, version = coordinate.split(":")
    return f"{name}-{version}.pom"


def _licence(coordinate: str, pom: Path) -> str:
    names = _licence_names(pom)
    unknown = [name for name in names if name not in SPDX]
    if unknown or not names:
        sys.exit(f"{coordinate}: licence {unknown or 'not named'}; find its SPDX name, and add it to SPDX in this script")
    return " OR ".join(dict.fromkeys(SPDX[name] for name in names))


def _licence_names(pom: Path) -> list[str]:
    root = ElementTree.parse(pom).getroot()
    names = [(element.text or "").strip() for element in root.iterfind(f"{POM}licenses/{POM}license/{POM}name")]
    parent = root.find(f"{POM}parent")
    if names or parent is None:
        return names
    group, name, version = (parent.findtext(f"{POM}{part}", "") for part in ("groupId", "artifactId", "version"))
    return _licence_names(_repository(pom) / group.replace(".", "/") / name / version / f"{name}-{version}.pom")


def _repository(pom: Path) -> Path:
    """The root of the local repository: above the folders of the group, the name and the version."""
    group = ElementTree.parse(pom).getroot()
    own = group.findtext(f"{POM}groupId") or group.findtext(f"{POM}parent/{POM}groupId") or ""
    return pom.parents[2 + len(own.split("."))]


if __name__ == "__main__":
    main()
