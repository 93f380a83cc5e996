"""Archives that Maven fetches: with the user's settings, once, whole, and tried a second time."""

import os
import pwd
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.integration.servers.maven import fetched
from tests.integration.servers.process import program, run
from tests.locations import ROOT

COORDINATES = "org.example:thing:1.0:zip"
MAVEN = f"""#!{sys.executable}
import json, os, sys, time, zipfile
from pathlib import Path

home = Path(__file__).parent
number = len(list(home.glob("call-*")))
(home / f"call-{{number}}").write_text(json.dumps(sys.argv[1:]))
options = dict(word[2:].partition("=")[::2] for word in sys.argv if word.startswith("-D"))
plan = (home / "plan").read_text().split()
print("Downloading from central", number)
time.sleep(0.2)
if plan[number] == "fails":
    print("Could not transfer artifact", number)
    sys.exit(1)
folder = Path(options["outputDirectory"])
folder.mkdir()
with zipfile.ZipFile(folder / "thing.zip", "w") as archive:
    archive.writestr("a", "content " * 100)
if plan[number] == "breaks":
    whole = (folder / "thing.zip").read_bytes()
    (folder / "thing.zip").write_bytes(whole[: len(whole) // 2])
"""


class Maven:
    """A Maven that goes by a plan: `good`, `breaks` or `fails` for each call."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        path = folder / "mvn"
        path.write_text(MAVEN)
        path.chmod(0o755)

    def plan(self, *words: str) -> None:
        (self._folder / "plan").write_text(" ".join(words))

    def calls(self) -> list[str]:
        """Return the arguments of each call."""
        return [path.read_text() for path in sorted(self._folder.glob("call-*"))]


@pytest.fixture
def maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Maven:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("MAVEN_ARGS", raising=False)
    return Maven(folder)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "thing" / "thing-1.0.zip"


def test_an_archive_is_fetched_once_and_kept(maven: Maven, archive: Path) -> None:
    maven.plan("good")
    for _ in range(2):
        assert zipfile.ZipFile(fetched(COORDINATES, archive)).namelist() == ["a"]
    (call,) = maven.calls()
    assert f"-Dartifact={COORDINATES}" in call
    assert [path.name for path in archive.parent.iterdir()] == [archive.name]


@pytest.mark.parametrize(
    ("first", "words"), [("fails", "Could not transfer artifact 0"), ("breaks", "no whole archive")]
)
def test_what_went_wrong_is_told_and_tried_again_with_an_empty_repository(
    maven: Maven, archive: Path, first: str, words: str
) -> None:
    maven.plan(first, "good")
    with pytest.warns(UserWarning, match=f"Maven is asked again for {COORDINATES}") as told:
        assert zipfile.is_zipfile(fetched(COORDINATES, archive))
    assert words in str(told[0].message)
    assert "Downloading from central 0" in str(told[0].message)
    usual, again = maven.calls()
    assert "maven.repo.local" not in usual
    assert f"-Dmaven.repo.local={archive.parent}" in again
    assert [path.name for path in archive.parent.iterdir()] == [archive.name]


@pytest.mark.parametrize("required", ["0", "1"])
def test_two_failures_are_shown_where_the_archive_is_required_and_skip_elsewhere(
    maven: Maven, archive: Path, required: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    maven.plan("fails", "fails", "fails", "fails")
    monkeypatch.setenv("REQUIRE_SERVICES", required)
    ends = {"0": pytest.skip.Exception, "1": pytest.fail.Exception}[required]
    with pytest.warns(UserWarning), pytest.raises(ends, match="Could not transfer artifact 1"):
        fetched(COORDINATES, archive)
    assert not list(archive.parent.iterdir())


def test_a_broken_archive_of_earlier_is_replaced(maven: Maven, archive: Path) -> None:
    maven.plan("good")
    archive.parent.mkdir(parents=True)
    archive.write_bytes(b"PK\x03\x04 the beginning of one")
    assert zipfile.is_zipfile(fetched(COORDINATES, archive))


def test_many_at_the_same_time_ask_once(maven: Maven, archive: Path) -> None:
    maven.plan("good", "fails", "fails", "fails")
    code = (
        "from pathlib import Path; from tests.integration.servers.maven import fetched; "
        f"print(fetched({COORDINATES!r}, Path({str(archive)!r})))"
    )
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"}

    def ask(_: int) -> str:
        return run([sys.executable, "-c", code], env=environment).stdout.strip()

    with ThreadPoolExecutor(3) as threads:
        assert set(threads.map(ask, range(3))) == {str(archive)}
    assert len(maven.calls()) == 1


def test_two_archives_are_not_fetched_at_the_same_time(maven: Maven, archive: Path) -> None:
    """Maven's repository is made for one at a time: here both would be call 0."""
    maven.plan("good", "good")
    other = archive.parents[1] / "other" / "other.zip"
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda path: fetched(COORDINATES, path), (archive, other)))
    assert len(maven.calls()) == 2


def test_settings_below_home_are_used(
    maven: Maven, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maven.plan("good", "good", "good")
    settings = tmp_path / ".m2" / "settings.xml"
    others = [archive.with_name(f"{number}.zip") for number in range(2)]
    fetched(COORDINATES, archive)
    settings.parent.mkdir()
    settings.write_text("<settings/>")
    fetched(COORDINATES, others[0])
    # What MAVEN_ARGS names goes before.
    monkeypatch.setenv("MAVEN_ARGS", f"--settings {tmp_path / 'other.xml'}")
    fetched(COORDINATES, others[1])
    without, with_them, chosen = maven.calls()
    assert "--settings" not in without
    assert f'"--settings", "{settings}"' in with_them
    assert "--settings" not in chosen


@pytest.fixture
def other_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a HOME that is none of the system's accounts'."""
    assert str(tmp_path) not in {entry.pw_dir for entry in pwd.getpwall()}
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("MAVEN_ARGS", raising=False)
    return tmp_path


def test_a_real_maven_goes_by_the_settings_below_home(other_home: Path, archive: Path) -> None:
    program("mvn", "maven")
    (other_home / ".m2").mkdir()
    nowhere = (other_home / "nowhere").as_uri()
    (other_home / ".m2" / "settings.xml").write_text(f"""<settings>
      <localRepository>{other_home / "repository"}</localRepository>
      <mirrors><mirror><id>ours</id><mirrorOf>*</mirrorOf><url>{nowhere}</url></mirror></mirrors>
    </settings>""")
    with (
        pytest.warns(UserWarning, match=f"ours \\({nowhere}"),
        pytest.raises((pytest.skip.Exception, pytest.fail.Exception), match="ours"),
    ):
        fetched(COORDINATES, archive)
