"""AutoGluon with its defaults on a table in two files; run by ``auto.py`` with the Python that has it."""

from __future__ import annotations

import json
import sys
from typing import Any

from contenders import scored


def scores(order: dict[str, Any]) -> dict[str, float]:
    """What the model that it would use scores on the test part."""
    from autogluon.tabular import TabularDataset, TabularPredictor  # type: ignore[import-not-found]

    predictor = TabularPredictor(order["target"], path=order["folder"], verbosity=0)
    predictor.fit(TabularDataset(order["train"]), time_limit=order["seconds"])
    test = TabularDataset(order["test"])
    if order["classes"]:
        return scored(test[order["target"]], predictor.predict_proba(test).to_numpy(), predictor.class_labels)[0]
    return scored(test[order["target"]], predictor.predict(test).to_numpy(), None)[0]


if __name__ == "__main__":
    print(json.dumps(scores(json.loads(sys.argv[1]))))
