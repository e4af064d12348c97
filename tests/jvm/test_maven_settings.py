"""Maven's settings.xml, as Maven reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity.errors import JarsError
from parity.jvm.maven_settings import Mirror, Proxy, Settings, local_repository, mirror_of, read_settings
from tests.jvm.maven import Machine

MIRROR = "<mirrors><mirror><id>corp</id><url>http://corp/maven</url><mirrorOf>central</mirrorOf></mirror></mirrors>"
SERVER = "<servers><server><id>corp</id><username>{}</username><password>{}</password></server></servers>"


def test_a_machine_without_settings(machine: Machine) -> None:
    assert read_settings() == Settings(logins={})
    assert local_repository(read_settings()) == machine.home / ".m2/repository"


def test_everything_that_matters_to_downloads(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORP_PASSWORD", "s3cret")
    proxy = (
        "<proxies><proxy><active>false</active><host>old</host></proxy>"
        "<proxy><host> proxy </host><port>3128</port><username>me</username><password>p</password>"
        "<nonProxyHosts>*.corp|localhost</nonProxyHosts></proxy></proxies>"
    )
    where = "<localRepository>${user.home}/m2</localRepository><offline>true</offline>"
    machine.settings(MIRROR + SERVER.format("me", "${env.CORP_PASSWORD}") + proxy + where)
    settings = read_settings()
    assert settings.mirrors == (Mirror("corp", "http://corp/maven", ("central",)),)
    assert settings.logins == {"corp": ("me", "s3cret")}
    assert settings.proxy == Proxy("http://me:p@proxy:3128", ("*.corp", "localhost"))
    assert settings.offline
    assert local_repository(settings) == machine.home / "m2"


def test_the_users_settings_go_before_the_installations(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = machine.folder / "maven"
    (installed / "conf").mkdir(parents=True)
    (installed / "conf/settings.xml").write_text(f"<settings>{MIRROR}{SERVER.format('all', 'a')}</settings>")
    monkeypatch.setenv("MAVEN_HOME", str(installed))
    assert [mirror.id for mirror in read_settings().mirrors] == ["corp"]
    machine.settings(MIRROR.replace("<id>corp", "<id>mine") + SERVER.format("me", "m"))
    assert [mirror.id for mirror in read_settings().mirrors] == ["mine", "corp"]
    assert read_settings().logins == {"corp": ("me", "m")}


def test_settings_that_are_no_xml_are_told(machine: Machine) -> None:
    machine.settings("<mirrors>")
    with pytest.raises(JarsError, match=r"Maven's settings, .*settings\.xml, cannot be read: mismatched tag.*; mend the file"):
        read_settings()


@pytest.mark.parametrize(
    ("of", "stands_in"),
    [
        ("central", True),
        ("*", True),
        ("external:*", True),
        ("other,central", True),
        ("*,!central", False),
        ("other", False),
        ("external:http:*", False),
    ],
)
def test_what_a_mirror_stands_in_for(of: str, stands_in: bool) -> None:
    mirror = Mirror("corp", "http://corp", tuple(of.split(",")))
    assert mirror_of("central", [mirror]) == (mirror if stands_in else None)


def test_a_maven_on_path_is_asked_for_its_settings(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("maven/bin", "maven/conf", "bin"):
        (machine.folder / folder).mkdir(parents=True)
    (machine.folder / "maven/bin/mvn").touch(0o755)
    (machine.folder / "bin/mvn").symlink_to(machine.folder / "maven/bin/mvn")
    (machine.folder / "maven/conf/settings.xml").write_text("<settings><localRepository>/repo</localRepository></settings>")
    monkeypatch.setenv("PATH", str(machine.folder / "bin"))
    assert local_repository(read_settings()) == Path("/repo")
