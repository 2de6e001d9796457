"""Kinds of training, losses and optimizers that a distribution brings: read out of its source, checked by name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from conftest import clear_registry
from foreign import register

from automl import registry
from automl.config.kinds import check_kind
from automl.config.named import check_named
from automl.config.sections import check_sections
from automl.errors import AutomlError
from automl.tasks import TaskInfo, task_info

SOURCE = """
from dataclasses import dataclass
from typing import Annotated, Literal

import a_framework_that_is_not_installed
from automl.plugin import Between
from automl.training import Supervised

@dataclass(frozen=True)
class Contrastive(Supervised):
    critic_steps: Annotated[int, Between(1, 100)] = 5
    penalty: Literal["none", "gradient"] = "none"
"""


@pytest.fixture
def section(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_registry: None) -> dict[str, object]:
    """A foreign section of settings, as an installed distribution offers it."""
    info = tmp_path / "foreign_settings-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: foreign-settings\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[automl.training]\ncontrastive = foreign_settings.own:Contrastive\n")
    package = tmp_path / "foreign_settings"
    (package / "conf" / "training").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "own.py").write_text(SOURCE)
    (package / "conf" / "training" / "contrastive.yaml").write_text("name: contrastive\ncritic_steps: 5\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return {"name": "contrastive"}


def refusal(training: dict[str, object]) -> str:
    """What is said of a training section in a configuration that is right otherwise."""
    from omegaconf import OmegaConf

    core = registry.core_config_folder()
    files = {"data": "digits", "search": "optuna", "runner": "inline", "tracking": "none"}
    config = {
        group: OmegaConf.to_container(OmegaConf.load(core / group / f"{one}.yaml")) for group, one in files.items()
    }
    model = OmegaConf.to_container(OmegaConf.load(str(registry.config_file("model", "cnn"))))
    try:
        check_sections({**config, "model": model, "training": training})
    except AutomlError as error:
        return str(error)
    return ""


def test_a_foreign_kind_of_training_is_checked_and_not_imported(section: dict[str, object]) -> None:
    assert "contrastive" in registry.choices("training")
    assert refusal({**section, "critic_steps": 2, "penalty": "gradient", "learning_rate": 0.1}) == ""
    assert refusal({**section, "critic_steps": 0}).startswith(
        "training.critic_steps: expected an integer of at least 1"
    )
    assert "training.penalty: expected one of none, gradient" in refusal({**section, "penalty": "gradiant"})
    assert "Did you mean: critic_steps?" in refusal({**section, "critic_step": 1})
    assert "Did you mean: contrastive?" in refusal({"name": "contrastiv"})
    check_kind("cnn", section)  # it has the keys that the model reads, and more
    assert "foreign_settings" not in sys.modules


def test_a_loss_is_one_that_the_task_lists() -> None:
    segmentation = TaskInfo("segmentation", "A label a pixel.", {"dice": "maximize"}, "majority", losses=("dice",))
    check_named({"name": "supervised", "loss": "dice"}, [segmentation])
    check_named({"name": "supervised", "loss": {"choices": ["auto", "dice"]}}, [segmentation])
    check_named({"name": "control"}, [task_info("control")])
    with pytest.raises(
        AutomlError, match=r"^training.loss.choices: segmentation has no loss 'dise'\. Did you mean: dice\?"
    ):
        check_named({"name": "supervised", "loss": {"choices": ["auto", "dise"]}}, [segmentation])


def test_losses_and_optimizers_of_other_distributions_are_known_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_registry: None
) -> None:
    register(Path(__file__).parents[2] / "examples" / "tcn", tmp_path, monkeypatch)
    clear_registry()
    regression, control = task_info("tabular_regression"), task_info("control")
    check_named({"name": "supervised", "loss": "cauchy", "optimizer": {"choices": ["adam", "adabelief"]}}, [regression])
    with pytest.raises(AutomlError, match=r"expected one of adam, .*, adabelief\. Received: 'adabelif'\. Did you mean"):
        check_named({"name": "supervised", "optimizer": "adabelif"}, [regression])
    with pytest.raises(AutomlError, match=r"^training\.loss: control has no loss 'cauchy'"):
        check_named({"name": "supervised", "loss": "cauchy"}, [control])
    assert "automl_tcn" not in sys.modules
