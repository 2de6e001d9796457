from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from automl import registry
from automl.errors import PluginError
from automl.registry import Group

if TYPE_CHECKING:
    from pathlib import Path


def install(folder: Path, name: str, group: str, target: str, entry: str) -> None:
    """Write what an installer leaves of a distribution."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{group}]\n{entry} = {target}\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_registry: None) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_the_core_and_its_plugins_come_in_by_the_same_door() -> None:
    entries = registry.entries(Group.MODELS)
    assert {"cnn", "resnet"} <= set(entries)
    assert entries["cnn"].package == "automl_vision"
    assert "automl_vision" in registry.config_folders()
    assert registry.config_file("model", "cnn") == registry.config_folders()["automl_vision"] / "model" / "cnn.yaml"


def test_listing_imports_neither_frameworks_nor_plugins() -> None:
    code = (
        "import sys; from automl import registry\n"
        "[registry.entries(group) for group in registry.Group]; registry.choices('model'); registry.config_folders()\n"
        "print([name for name in sys.modules if name.partition('.')[0] in ('tensorflow', 'keras', 'automl_vision')])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_an_unknown_name_is_answered_with_the_nearest(site: Path) -> None:
    with pytest.raises(PluginError, match=r"Unknown model 'resnt'. Did you mean: resnet\?"):
        registry.entry(Group.MODELS, "resnt")


def test_a_name_offered_twice_is_refused_naming_both_distributions(site: Path) -> None:
    install(site, "automl-rival", Group.MODELS, "rival.cnn:CNN", "cnn")
    with pytest.raises(PluginError) as error:
        registry.entry(Group.MODELS, "cnn")
    assert "The model 'cnn' is offered twice" in str(error.value)
    assert "automl-rival 1.0 (rival.cnn:CNN)" in str(error.value)
    assert "(automl_vision.cnn:CNN)" in str(error.value)
    assert registry.entry(Group.MODELS, "resnet").package == "automl_vision"


def test_a_plugin_that_cannot_be_imported_says_why(faults: None) -> None:
    entry = registry.entry(Group.MODELS, "unimportable")
    with pytest.raises(PluginError, match="The model 'unimportable' needs the package 'a_package_that_nobody_has'"):
        entry.load()


def test_a_missing_attribute_is_told(site: Path) -> None:
    install(site, "automl-typo", Group.MODELS, "json:NoSuchThing", "typo")
    with pytest.raises(PluginError, match=r"'typo' of automl-typo 1.0 cannot be imported from json:NoSuchThing"):
        registry.entry(Group.MODELS, "typo").load()
