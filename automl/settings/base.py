"""What every kind of training has: a dataclass of values that the ``training`` section holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Self

from automl.bounds import Above, AtMost, Automatic, Between
from automl.fields import construct

if TYPE_CHECKING:
    from collections.abc import Mapping

LearningRate = Annotated[float, Above(0), AtMost(100)]
BatchSize = Annotated[int, Between(1, 1_048_576), Automatic()]
Epochs = Annotated[int, Between(1, 1_000_000), Automatic()]
Patience = Annotated[int, Between(1, 1_000_000), Automatic()]


@dataclass(frozen=True)
class Settings:
    """How a model is trained; a subclass is a dataclass whose fields are the keys of the ``training`` section.

    It is registered as an entry point of the group ``automl.training`` under the ``name`` of the section; what users
    choose is ``<top-level package>/conf/training/<choice>.yaml``. The driver reads the fields, their types and bounds
    out of its source, so that its module is light to import and defines them plainly.

    Example:
        >>> @dataclass(frozen=True)
        ... class Lloyd(Settings):
        ...     epochs: Epochs = 50
        >>> Lloyd.of({"name": "lloyd", "epochs": 5})
        Lloyd(epochs=5)
    """

    @classmethod
    def of(cls, training: Mapping[str, Any]) -> Self:
        """The settings that a ``training`` section holds, as ``ModelPlugin.prepare`` and ``Trial.training`` give it.

        Raises:
            ConfigError: A key is unknown, or a value of the wrong type or out of its bounds.
        """
        return construct(cls, {key: value for key, value in training.items() if key != "name"}, "training")
