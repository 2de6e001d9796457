"""Actions in an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from automl.inheritance import override
from automl.tasks.base import Task
from automl.tasks.samples import tiny_environment

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from automl.data import Dataset, DataSpec
    from automl.plugin import ModelPlugin


class Control(Task):
    """Returns of whole episodes; a model's predictions are actions: numbers of choices, or points in a box."""

    captions: ClassVar[dict[str, str]] = {"episode": "An episode, as the agent plays it."}

    def score(self, plugin: ModelPlugin, data: Dataset, part: Any) -> dict[str, float]:
        """See ``Task.score``: mean and standard deviation over the episodes of the part."""
        del data
        returns = part.returns(plugin.predict, part.episodes)
        return {"return": float(returns.mean()), "return_deviation": float(returns.std())}

    @override
    def baseline(self, data: Dataset, part: Any) -> dict[str, float]:
        del data
        return {"return": part.random_return()}

    def answer(self, predictions: np.ndarray, spec: DataSpec) -> pd.DataFrame:
        """See ``Task.answer``: ``action``, or a column a dimension of the box."""
        import pandas as pd

        del spec
        flat = np.asarray(predictions).reshape(len(predictions), -1)
        single = flat.shape[1] == 1
        return pd.DataFrame(flat, columns=["action"] if single else [f"action {n}" for n in range(flat.shape[1])])

    @override
    def tiny(self, folder: Path) -> Dataset:
        return tiny_environment(self.info.name, folder)
