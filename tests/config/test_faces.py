"""What authors get wrong in a face, its place or its class is told by file and line before anything is imported."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from authors import FACE, MODULE, distribution

from automl.config.compose import compose_all
from automl.errors import PluginError

if TYPE_CHECKING:
    from pathlib import Path

FACE_FILE = "automl_mine/conf/model/mine.yaml"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_registry: None) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def refused(choice: str = "mine") -> str:
    with pytest.raises(PluginError) as caught:
        compose_all([f"+model={choice}"])
    assert "automl_mine" not in sys.modules
    return str(caught.value)


def test_what_is_right_is_composed(site: Path) -> None:
    distribution(site)
    assert compose_all(["+model=mine"])[0]["model"]["units"] == {"low": 8, "high": 16}


@pytest.mark.parametrize(
    "place",
    ["automl_mine/conf/mine.yaml", "automl_mine/conf/models/mine.yaml", "automl_mine/conf/model/mine.yml",
     "conf/model/mine.yaml", "automl_mine/mine.yaml"],
)  # fmt: skip
def test_a_face_in_the_wrong_folder_is_found(site: Path, place: str) -> None:
    distribution(site, place=place)
    told = f"its face is expected in {site / FACE_FILE}. Received: {site / place}. Move it."
    assert refused() == f"model=mine, of automl-mine 0.1: {told}"


def test_a_face_of_another_name_and_one_that_is_nowhere_are_told(site: Path) -> None:
    distribution(site, place="automl_mine/conf/model/other.yaml")
    assert f"expected in {site / FACE_FILE}, under the name of the entry point. Received: other.yaml." in refused()
    (site / "automl_mine/conf/model/other.yaml").unlink()
    assert f"expected in {site / FACE_FILE}, and there is none." in refused()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("name: mine", "name: other", ":1: 'name' is to be that of the entry point, mine. Received: 'other'."),
        ("name: mine\n", "", ": 'name' is to be that of the entry point, mine. Received: None."),
        ("summary: One dense layer.\n", "", ": 'summary' is to be a sentence about the model. Received: None."),
        ("One dense layer.", "[1, 2]", ":2: 'summary' is to be a sentence about the model. Received: [1, 2]."),
        ("tasks: [image_classification]\n", "", ": 'tasks' is to be a list of what the model takes. Received: None."),
        ("[image_classification]", "image_classification", ":3: 'tasks' is to be a list of what the model takes."),
        ("[image_classification]", "[clouds]", ":3: 'tasks': there is no task 'clouds'. Available: control,"),
        ("[image_classification]", "[forecasting, image_clasification]",
         ":3: 'tasks': there is no task 'image_clasification'. Did you mean: image_classification"),
        ("units:", "depth:", ":4: 'depth' is no field of Mine (automl_mine/mine.py:10). Available: units."),
        ("units: {low: 8, high: 16}\n", "", ": 'units' is missing: give it a value or a space, or at automl_mine/mi"),
        (FACE, "", ": expected keys and values. Received: None."),
        (FACE, "- a\n", ": expected keys and values. Received: ['a']."),
        ("{low: 8", "{low: 8, ", ":4: this is not YAML: "),
        ("units: {low: 8, high: 16}", "units:\n\tlow: 8", ":5: this is not YAML: found character '\\t'"),
    ],
)  # fmt: skip
def test_a_wrong_key_is_told_by_its_line(site: Path, old: str, new: str, told: str) -> None:
    distribution(site, face=FACE.replace(old, new))
    assert refused().startswith(f"model=mine, of automl-mine 0.1: {FACE_FILE}{told}")


def test_a_task_of_a_distribution_that_is_not_installed_is_no_mistake(site: Path) -> None:
    distribution(site, face=FACE.replace("[image_classification]", "[image_classification, clustering]"))
    assert compose_all(["+model=mine"])


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("@dataclass\n", "", "automl_mine/mine.py:9: Mine declares units, but is no dataclass. Write @dataclass a"),
        ("units: int", "units = 8", f"{FACE_FILE}:4: 'units' is no field of Mine (automl_mine/mine.py:10) without it"),
        ("units: int", "units: int\n    tasks: int = 3", "automl_mine/mine.py:10: 'tasks' cannot be a field of Mine"),
        ("units: int", "units: int\n    default: int = 3", "automl_mine/mine.py:10: 'default' cannot be a field of Mi"),
        ("units: int", "units: int\n    portfolio: int = 3", "automl_mine/mine.py:10: 'portfolio' cannot be a field "),
        ("class Mine(", "class Mne(", "its entry point names 'Mine', which automl_mine/mine.py does not have. Did"),
        ("units: int", "units: = int", "automl_mine/mine.py:11: invalid syntax."),
    ],
)  # fmt: skip
def test_a_wrong_class_is_told_by_its_line(site: Path, old: str, new: str, told: str) -> None:
    distribution(site, MODULE.replace(old, new))
    assert refused().startswith(f"model=mine, of automl-mine 0.1: {told}")


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("automl_mine.mne:Mine", "the module automl_mine.mne, which is not there. Did you mean: automl_mine.mine"),
        ("automl_minne.mine:Mine", "the package 'automl_minne', which is not installed."),
    ],
)
def test_an_entry_point_that_leads_nowhere_is_told(site: Path, target: str, told: str) -> None:
    distribution(site, target=target)
    assert refused().startswith(f"model=mine, of automl-mine 0.1: its entry point names {told}")


def test_loaders_and_tasks_are_told_likewise(site: Path) -> None:
    distribution(site, group="automl.datasets")
    with pytest.raises(
        PluginError, match=r"data=mine, .* is expected in .*automl_mine/conf/data/mine.yaml. Received: "
    ):
        compose_all(["+model=cnn", "data=mine"])
