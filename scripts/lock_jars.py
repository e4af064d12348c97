"""Write parity/jvm/jars.lock.json: what every module of java-harness depends on, with sizes, SHA-256 and licences.

Run it after a dependency in a module's pom has changed, look at the difference, and commit it. With --check (for CI) nothing is
written: it exits 1 and names the differences where the lock is not what the modules say. Needs Maven; licences come from the poms
in the local repository, the nearest parent's where a pom names none.
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
MAVEN = ["mvn", "-q", "-B", "-ntp", "-Pheavy", "package", "dependency:list", "-DskipTests", "-DexcludeGroupIds=dev.parity"]
MAVEN += ["-DincludeScope=runtime", f"-DoutputFile={LIST}", "-DoutputAbsoluteArtifactFilename=true"]
POM = "{*}"  # any namespace: poms older than Maven 3 often name none
# What poms call a licence, to its SPDX name. The poms of JAXB and Jakarta name Eclipse's BSD licence.
SPDX = {
    "0BSD": "0BSD",
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache 2.0 License": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License V2.0": "Apache-2.0",
    "Apache License Version 2.0": "Apache-2.0",
    "Apache License, 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Public License 2.0": "Apache-2.0",
    "Apache-2.0": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD 2-Clause": "BSD-2-Clause",
    "BSD 2-Clause License": "BSD-2-Clause",
    "BSD 2-clause License": "BSD-2-Clause",
    "BSD 3 Clause": "BSD-3-Clause",
    "BSD 3-Clause": "BSD-3-Clause",
    "BSD 3-Clause License": "BSD-3-Clause",
    "BSD 3-clause": "BSD-3-Clause",
    "BSD-3-Clause": "BSD-3-Clause",
    "BSD-Style": "BSD-3-Clause",
    "CDDL + GPLv2 with classpath exception": "CDDL-1.1 OR GPL-2.0-only WITH Classpath-exception-2.0",
    "EDL 1.0": "BSD-3-Clause",
    "EPL 2.0": "EPL-2.0",
    "EPL-2.0": "EPL-2.0",
    "Eclipse Distribution License - v 1.0": "BSD-3-Clause",
    "Eclipse Public License, Version 2.0": "EPL-2.0",
    "GNU Affero General Public License (AGPL) version 3.0": "AGPL-3.0-only",
    "GNU General Public License (GPL) version 2, or any later version": "GPL-2.0-or-later",
    "GPL": "GPL-2.0-or-later",
    "GPL-2.0-with-classpath-exception": "GPL-2.0-only WITH Classpath-exception-2.0",
    "GPL2 w/ CPE": "GPL-2.0-only WITH Classpath-exception-2.0",
    "GPLv2 with Classpath exception": "GPL-2.0-only WITH Classpath-exception-2.0",
    "LGPL": "LGPL-2.1-or-later",
    "LGPL 2.1": "LGPL-2.1-or-later",
    "LGPL-2.1-or-later": "LGPL-2.1-or-later",
    "MIT": "MIT",
    "MIT License": "MIT",
    "MIT license": "MIT",
    "MPL": "MPL-2.0",
    "MPL 1.1": "MPL-1.1",
    "New BSD License": "BSD-3-Clause",
    "The Apache License Software License, Version 2.0": "Apache-2.0",
    "The Apache License, Version 2.0": "Apache-2.0",
    "The Apache Software License, Version 2.0": "Apache-2.0",
    "The BSD 3-Clause License": "BSD-3-Clause",
    "The BSD License": "BSD-3-Clause",
    "The MIT License": "MIT",
    "The New BSD License": "BSD-3-Clause",
    "Unicode-3.0": "Unicode-3.0",
}
_JERSEY = "EPL-2.0 OR GPL-2.0-only WITH Classpath-exception-2.0"
# Where the names do not say which version, where there are none (the jar has the text), or where they are of copied parts, too.
OF_COORDINATE = {
    "ai.h2o:mojo2-runtime-impl:2.9.0": "LicenseRef-H2O-Driverless-AI-Evaluation",
    "com.googlecode.efficient-java-matrix-library:ejml:0.24": "LGPL-3.0-or-later",
    "org.apache.datasketches:datasketches-memory:3.0.2": "Apache-2.0",
    "org.glassfish.jersey.core:jersey-client:3.0.18": _JERSEY,
    "org.glassfish.jersey.core:jersey-common:3.0.18": _JERSEY,
    "org.glassfish.jersey.core:jersey-server:3.0.18": _JERSEY,
    "org.glassfish.jersey.containers:jersey-container-servlet:3.0.18": _JERSEY,
    "org.glassfish.jersey.containers:jersey-container-servlet-core:3.0.18": _JERSEY,
    "org.glassfish.jersey.inject:jersey-hk2:3.0.18": _JERSEY,
    "oro:oro:2.0.8": "Apache-1.1",
}

Runtimes = dict[str, list[dict[str, Any]]]


def main(arguments: list[str]) -> None:
    """Build the modules, and write the lock, or compare it."""
    if arguments not in ([], ["--check"]):
        sys.exit(f"unknown: {' '.join(arguments)}; the only option is --check")
    runtimes = from_modules()
    name = LOCK.relative_to(CHECKOUT)
    if arguments:
        differences = list(compare(json.loads(LOCK.read_text("utf-8"))["runtimes"], runtimes))
        sys.exit("\n".join([*differences, f"{name} is not what the modules say: run {sys.argv[0]}"]) if differences else 0)
    LOCK.write_text(json.dumps({"schema": 1, "runtimes": runtimes}, indent=2) + "\n", "utf-8")
    print(f"{name}: {sum(map(len, runtimes.values()))} jars of {len(runtimes)} runtimes")


def from_modules() -> Runtimes:
    """What Maven says of the modules in the parent pom, whatever other folders hold."""
    subprocess.run(MAVEN, cwd=JAVA, check=True)
    modules = sorted(element.text or "" for element in ElementTree.parse(JAVA / "pom.xml").iterfind(f"{POM}modules/{POM}module"))
    runtimes = {module: list(_jars(JAVA / module / LIST)) for module in modules}
    return {name: jars for name, jars in runtimes.items() if jars}


def compare(locked: Runtimes, wanted: Runtimes) -> Iterator[str]:
    """One line for each difference; the order of a class path is one, too."""
    for name in sorted(locked.keys() | wanted.keys()):
        old, new = ({jar["file"]: jar for jar in runtimes.get(name, [])} for runtimes in (locked, wanted))
        yield from (f"{name}: {file} is locked, and no module wants it" for file in old if file not in new)
        yield from (f"{name}: {file} is wanted, and not locked" for file in new if file not in old)
        for file in (file for file in old if file in new):
            differing = (key for key in new[file] if old[file].get(key) != new[file][key])
            yield from (f"{name}: {file}: {key} {old[file].get(key)}, wanted {new[file][key]}" for key in differing)
        if set(old) == set(new) and list(old) != list(new):
            yield f"{name}: the same jars are wanted in another order"


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
    if coordinate in OF_COORDINATE:
        return OF_COORDINATE[coordinate]
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
    main(sys.argv[1:])
