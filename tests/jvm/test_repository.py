"""Which repository is asked, with which login and through which proxy."""

from __future__ import annotations

import sys
import zipfile
from types import ModuleType

import pytest

from parity.errors import JarsError
from parity.jvm.maven_settings import Mirror, Proxy, Settings
from parity.jvm.repository import find_repository
from tests.jvm.maven import Machine

MIRROR = Mirror("corp", "https://corp/maven/", ("*",))


@pytest.fixture
def without_jgo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jgo.constants", None)


def test_the_variables_go_first(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings((MIRROR,))
    assert (find_repository(settings).base, find_repository(settings).origin) == (
        "https://corp/maven",
        "mirror corp in Maven's settings.xml",
    )
    monkeypatch.setenv("MAVEN_REPO_URL", "https://general/m2")
    assert find_repository(settings).base == "https://general/m2"
    monkeypatch.setenv("PARITY_MAVEN_REPO_URL", "https://own/m2")
    assert (find_repository(settings).base, find_repository(settings).origin) == ("https://own/m2", "PARITY_MAVEN_REPO_URL")


def test_a_login_in_the_address_leaves_it(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARITY_MAVEN_REPO_URL", "https://me:p%40ss@own:8443/m2/")
    repository = find_repository(Settings())
    assert (repository.base, repository.login) == ("https://own:8443/m2", ("me", "p@ss"))


def test_the_login_of_a_mirrors_server(machine: Machine) -> None:
    assert find_repository(Settings((MIRROR,), {"corp": ("me", "p")})).login == ("me", "p")
    assert find_repository(Settings((MIRROR,), {"other": ("me", "p")})).login is None
    with pytest.raises(JarsError, match=r"the password of server corp .* is encrypted, and only Maven can read it: set PARITY_"):
        find_repository(Settings((MIRROR,), {"corp": ("me", "{jSMOWnoPFgsHVpMvz5VrIt5kRbzGpI8u+9EF1iFQyJQ=}")}))


@pytest.mark.parametrize("address", ["corp/maven", "ftp://corp/maven", "https://"])
def test_what_is_no_address(machine: Machine, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("PARITY_MAVEN_REPO_URL", address)
    with pytest.raises(JarsError, match=f"the Maven repository of PARITY_MAVEN_REPO_URL is '{address}'; wanted one that begins"):
        find_repository(Settings())


def test_jgo_knows_central(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    jgo, constants = ModuleType("jgo"), ModuleType("jgo.constants")
    constants.MAVEN_CENTRAL_URL = "https://central/m2"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "jgo", jgo)
    monkeypatch.setitem(sys.modules, "jgo.constants", constants)
    assert (find_repository(Settings()).base, find_repository(Settings()).origin) == ("https://central/m2", "Maven Central")


@pytest.mark.usefixtures("without_jgo")
def test_an_installed_maven_knows_central(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    (machine.folder / "maven/lib").mkdir(parents=True)
    pom = "<repositories><repository>\n<id>central</id><url>https://central/m2</url></repository></repositories>"
    with zipfile.ZipFile(machine.folder / "maven/lib/maven-model-builder-3.9.jar", "w") as archive:
        archive.writestr("org/apache/maven/model/pom-4.0.0.xml", pom)
    monkeypatch.setenv("MAVEN_HOME", str(machine.folder / "maven"))
    assert find_repository(Settings()).base == "https://central/m2"


@pytest.mark.usefixtures("without_jgo")
def test_nobody_knows_a_repository(machine: Machine) -> None:
    with pytest.raises(
        JarsError, match=r"no Maven repository is known .*pytest-parity\[java\].* or set PARITY_MAVEN_REPO_URL to"
    ):
        find_repository(Settings())


def test_proxies_of_the_usual_variables_go_before_those_of_maven(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings((MIRROR,), proxy=Proxy("http://maven-proxy:1", ("*.direct",)))
    assert find_repository(settings).proxies == {"http": "http://maven-proxy:1", "https": "http://maven-proxy:1"}
    monkeypatch.setenv("all_proxy", "http://all:2")
    monkeypatch.setenv("HTTPS_PROXY", "http://usual:3")
    assert find_repository(settings).proxies == {"http": "http://all:2", "https": "http://usual:3"}
    monkeypatch.setenv("no_proxy", "corp")
    assert find_repository(settings).proxies == {}


def test_hosts_that_maven_asks_directly(machine: Machine) -> None:
    mirror = Mirror("corp", "https://repo.direct/maven", ("*",))
    assert find_repository(Settings((mirror,), proxy=Proxy("http://p:1", ("*.direct",)))).proxies == {}
