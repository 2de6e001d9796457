"""What authors get wrong in their code is told in pre-flight by their line, with what to write there."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from authors import MODULE, distribution

from automl.errors import AutomlError
from automl.jobs import Place, PreflightJob, RehearseJob
from automl.jobs.preflight import preflight
from automl.jobs.rehearsal import rehearse

if TYPE_CHECKING:
    from pathlib import Path

LAYER = """
class Scale(keras.layers.Layer):
    def __init__(self, factor=2.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x):
        return x * self.factor

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


@dataclass
"""
SCALED = MODULE.replace("@dataclass\n", LAYER[1:]).replace(
    "return keras.Model", "x = Scale()(x)\n        return keras.Model"
)
KNOWN = SCALED.replace("class Scale", '@keras.saving.register_keras_serializable("automl_mine")\nclass Scale')
WHERE = "Mine.build (mine.py:13)"
END = "End it with: return keras.Model(inputs, head(spec)(features))."


def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str) -> str:
    """What pre-flight and rehearsal say of a module."""
    distribution(tmp_path / "site", module)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    for name in ("automl_mine", "automl_mine.mine"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    config = {
        "seed": 1,
        "model": {"name": "mine", "tasks": ["image_classification"], "units": 8},
        "data": {"name": "digits", "task": "image_classification", "validation": 0.2, "test": 0.2},
        "search": {"objective": None},
        "training": {"batch_size": 32, "epochs": 1},
    }
    job = PreflightJob(-1, config, Place(tmp_path, tmp_path / "cache"), "", {})
    try:
        found = preflight(job)
        assert found.trained is not None
        rehearse(RehearseJob(job.id, job.config, job.place, job.folder, found.trained))
    except AutomlError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("return keras", "keras", f"{WHERE} returned None. {END}"),
        ("return keras.Model(inputs, head(spec)(x))", "return head(spec)(x)",
         f"{WHERE} returned a KerasTensor. {END}"),
        ("head(spec)(x)", "x", f"{WHERE} ends in outputs of shape (8,) a sample, and image_classificat"),
        ("keras.layers.Flatten()(inputs)", "inputs", f"{WHERE} ends in outputs of shape (8, 8, 10) a sample"),
        ("head(spec)(x)", "keras.layers.Dense(10, 'softmax')(x)",
         f"{WHERE} ends in a softmax, and the loss takes what comes before it (logits). {END}"),
        ("spec.input.shape", "(28, 28, 1)", f"{WHERE} takes inputs of shape (28, 28, 1), and a sample of di"),
        ("def build", "def built", "Mine (mine.py:9) does not define build, which every model has."),
        ("(KerasPlugin)", "", "The model 'mine' must be a subclass of automl.plugin.ModelPlugin. Received: Mine ("),
        ("@dataclass\n", "", "Mine (mine.py:9) declares units, but is no dataclass. Write @dataclass above it."),
        ("import keras\n", "import keras\nimport nobody_has\n", "The model 'mine' needs the package 'nobody_has' ("),
        ("@dataclass\n", "{}['a']\n@dataclass\n", "The model 'mine' of automl-mine 0.1 cannot be imported fr"),
        ("return keras.Model", "x = keras.layers.Lambda(lambda v: v)(x)\n        return keras.Model",
         "The model that was saved cannot be loaded: a Lambda layer holds Python code, which is not loaded."),
    ],
)  # fmt: skip
def test_it_is_told_by_the_author_s_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_registry: None, old: str, new: str, sentence: str
) -> None:
    assert told(tmp_path, monkeypatch, MODULE.replace(old, new)).startswith(sentence)


def test_a_layer_that_keras_does_not_know_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_registry: None
) -> None:
    assert told(tmp_path, monkeypatch, SCALED) == (
        "The model that was saved cannot be loaded: Keras does not know the class 'Scale' (mine.py:9). Write"
        " @keras.saving.register_keras_serializable(package='automl_mine') above it."
    )


def test_a_layer_that_cannot_be_made_again_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_registry: None
) -> None:
    forgetful = KNOWN.replace('{**super().get_config(), "factor": self.factor}', "super().get_config()")
    module = forgetful.replace("factor=2.0", "factor").replace("Scale()", "Scale(2.0)")
    assert told(tmp_path, monkeypatch, module).startswith(
        "The model that was saved cannot be loaded: the class 'Scale' (mine.py:9) cannot be made of what its get_config"
        " told: Scale.__init__() missing 1 required positional argument: 'factor'"
    )
