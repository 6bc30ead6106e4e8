"""The third-party layer: built once, reproducible, and never half there."""

from pathlib import Path

import pytest

from infra.targets import AWS, LOCAL, Target
from tools import build_layers
from tools.build_layers import DOCUMENTS, RUNTIME, Layer, LayerBuildError, build, fingerprint

UNCHECKED_HASH = 0b01
"""The flags of a .pyc that carries a hash of its source which is not compared (PEP 552)."""


class Installer:
    """Stands for uv: writes a small package, or fails, and counts."""

    def __init__(self) -> None:
        self.calls = 0
        self.fails = False

    def __call__(self, target: Target, layer: Layer, into: Path) -> None:
        self.calls += 1
        assert layer.pins.is_file()
        if self.fails:
            raise LayerBuildError(f"no wheel for {target.name}")
        for name, content in {
            "package/__init__.py": "VALUE = 1\n",
            "package/tests/test_it.py": "assert True\n",
            "package-1.0.dist-info/METADATA": "Name: package\n",
            "package-1.0.dist-info/RECORD": f"{into}\n",
            "bin/package": "#!/bin/sh\n",
        }.items():
            path = into / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)


@pytest.fixture
def installer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Installer:
    """Build under a temporary directory, without uv and without the network."""
    fake = Installer()
    monkeypatch.setattr(build_layers, "_install", fake)
    monkeypatch.setattr(build_layers, "VENDOR", tmp_path)
    return fake


def _files(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_an_unchanged_layer_is_not_built_again(installer: Installer) -> None:
    assert build(AWS) is True
    assert build(AWS) is False
    assert installer.calls == 1


def test_force_builds_the_same_bytes_again(installer: Installer, tmp_path: Path) -> None:
    build(LOCAL)
    first = _files(tmp_path / "local")
    assert build(LOCAL, force=True) is True
    assert _files(tmp_path / "local") == first
    assert installer.calls == 2


def test_what_is_never_imported_or_never_the_same_is_left_out(
    installer: Installer, tmp_path: Path
) -> None:
    build(AWS)
    assert installer.calls == 1
    assert set(_files(tmp_path / "aws" / "python")) == {
        "package/__init__.py",
        "package-1.0.dist-info/METADATA",
    }


def test_byte_code_is_shipped_for_this_python_and_never_checked_against_the_clock(
    installer: Installer, tmp_path: Path
) -> None:
    build(LOCAL)
    assert installer.calls == 1
    (compiled,) = (tmp_path / "local").rglob("*.pyc")
    assert int.from_bytes(compiled.read_bytes()[4:8], "little") == UNCHECKED_HASH
    assert str(tmp_path).encode() not in compiled.read_bytes()


def test_a_failed_build_leaves_the_last_good_layer(installer: Installer, tmp_path: Path) -> None:
    build(AWS)
    good = _files(tmp_path / "aws")
    installer.fails = True
    with pytest.raises(LayerBuildError, match="no wheel for aws"):
        build(AWS, force=True)
    assert _files(tmp_path) == {f"aws/{name}": content for name, content in good.items()}


def test_a_failed_build_says_why_and_fails_the_command(
    installer: Installer, capsys: pytest.CaptureFixture[str]
) -> None:
    installer.fails = True
    assert build_layers.main(["--target", "aws"]) == 1
    assert "no wheel for aws" in capsys.readouterr().err


def test_each_target_is_its_own_build() -> None:
    assert fingerprint(AWS) != fingerprint(LOCAL)


def test_each_layer_is_its_own_build_in_its_own_place(installer: Installer, tmp_path: Path) -> None:
    assert fingerprint(AWS, RUNTIME) != fingerprint(AWS, DOCUMENTS)
    assert build(AWS, RUNTIME)
    assert build(AWS, DOCUMENTS)
    assert installer.calls == 2
    assert {path.name for path in tmp_path.iterdir()} == {"aws", "aws-documents"}
