"""Which directory and ports a local cloud uses."""

from pathlib import Path

import pytest

from local.place import ROOT, LocalError, Place


def test_without_settings_it_is_the_checkouts_own() -> None:
    place = Place.from_environment({})
    assert place.directory == ROOT / ".local"
    assert place.port == 4566
    assert place.carrier_port == 4570


def test_directory_and_port_come_from_the_environment(tmp_path: Path) -> None:
    place = Place.from_environment({"REGUA_STATE_DIR": str(tmp_path), "PORT": "4700"})
    assert place.stack_file == tmp_path / "stack.json"
    assert place.api_url == "http://localhost:4700/_aws/execute-api/c011ec75"
    assert place.inbox_url == "http://localhost:4704"


def test_empty_settings_count_as_absent() -> None:
    assert Place.from_environment({"PORT": "", "REGUA_STATE_DIR": ""}).port == 4566


@pytest.mark.parametrize("text", ["abc", "80", "65535", "-1", "4566.0", "٤٥٦٦"])
def test_an_unusable_port_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(LocalError, match="for example PORT=4566"):
        Place.from_environment({"PORT": text})
