"""What the command refuses before anything is started, and how it reads its environment."""

import argparse
from pathlib import Path

import pytest

from local.demo.command import configure, days_of, run
from local.demo.terms import DEMO_RULER
from local.place import LocalError


def options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    configure(parser)
    return parser.parse_args(words)


def test_make_s_variables_are_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PORTFOLIO": "a.csv", "MAPPING": "m.yaml", "DAYS": "9"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("RULER", raising=False)
    read = options()
    assert (read.portfolio, read.mapping, read.days) == (Path("a.csv"), Path("m.yaml"), "9")
    assert read.ruler is None


@pytest.mark.parametrize("text", ["0", "-1", "abc", "4.5", "1000", "٤"])
def test_a_number_of_days_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(LocalError, match="DAYS="):
        days_of(text)


def test_a_bad_file_is_refused_before_a_cloud_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        pytest.fail("the cloud was started for a file that cannot be read")

    monkeypatch.setattr("local.cloud.up", never)
    monkeypatch.setenv("REGUA_STATE_DIR", str(tmp_path / "state"))
    bad = tmp_path / "x.csv"
    bad.write_text("a;b\n1;2\n", encoding="utf-8")
    with pytest.raises(LocalError, match="sem coluna para"):
        run(options("--portfolio", str(bad)))
    with pytest.raises(LocalError, match="is not a file"):
        run(options("--portfolio", str(tmp_path / "missing.csv")))


def test_without_a_ruler_the_demo_lives_under_the_one_with_four_channels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class StartedError(Exception):
        """The cloud would be up now."""

    def started(_place: object, *, ruler_file: Path) -> None:
        assert ruler_file == DEMO_RULER
        raise StartedError

    monkeypatch.setattr("local.cloud.up", started)
    monkeypatch.setenv("REGUA_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.delenv("RULER", raising=False)
    assert DEMO_RULER.is_file()
    with pytest.raises(StartedError):
        run(options("--days", "3"))
