"""Columns of any name, from a table to the packed model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from automl.data.tables.csv import Csv
from automl.errors import DataError
from automl.jobs import serving_code
from automl.jobs.served import pack
from automl.plugin import Trial
from automl.registry import Group, entry

if TYPE_CHECKING:
    from pathlib import Path

NAMES = [
    "Hours per week", "소득", "PM2.5", "a-b", "a b", "a_b", "A b", "a/b", "(x)", "50%", 'say "hi"', "it's", "a:b",
    "2nd", "", "twice", "twice", "shape", "dtype", "täglich", "🙂", "a,b", "self", "inputs",
]  # fmt: skip
OWN = [*NAMES[:14], "column15", "twice", "twice (2)", *NAMES[17:]]
ROWS = 90


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any, Path]:
    folder = tmp_path_factory.mktemp("names")
    rng = np.random.default_rng(0)
    columns: list[Any] = [rng.normal(size=ROWS).round(3) for _ in NAMES[:-3]]
    columns += [rng.choice(["x", "y", "z"], ROWS), DAYS[rng.permutation(ROWS)], np.arange(ROWS) * 7 % 11]
    table = pd.DataFrame(dict(enumerate([*columns, np.arange(ROWS) % 2])))
    table.columns = pd.Index([*NAMES, "answer"])
    table.to_csv(folder / "table.csv", index=False)
    data = Csv("odd", target="answer", path=str(folder / "table.csv")).open(folder / "cache", 0)
    plugin = entry(Group.MODELS, "mlp").load()(layers=1, width=8, bins=8, numeric_width=4)
    plugin.fit(data, Trial({"training": {"epochs": 1}}, folder, objective="val_accuracy"))
    plugin.save(folder / "plugin")
    assert pack(plugin, data, folder) == []
    return plugin, data, folder


DAYS = pd.date_range("2024-01-01", periods=ROWS).strftime("%d/%m/%Y").to_numpy(object)


def test_names_are_the_columns_own(made: tuple[Any, Any, Path]) -> None:
    _, data, _ = made
    assert list(data.spec.inputs) == OWN
    told = " ".join(data.spec.warnings)
    assert "column 15 has no name; it is called 'column15'." in told
    assert "column 17 has the name of another one, 'twice'; it is called 'twice (2)'." in told


def test_the_plugin_takes_a_table_or_columns_by_name(made: tuple[Any, Any, Path]) -> None:
    plugin, data, folder = made
    raw = data.test.examples(5)
    expected = plugin.predict(raw)
    loaded = type(plugin).load(folder / "plugin")
    table = pd.DataFrame(raw)[OWN[::-1]].assign(**{"not asked for": 1})
    np.testing.assert_allclose(loaded.predict(table), expected, rtol=1e-5)
    as_lists = {name: [None if pd.isna(one) else one for one in values] for name, values in raw.items()}
    np.testing.assert_allclose(loaded.predict(as_lists), expected, rtol=1e-5)
    with pytest.raises(DataError, match="predict: the column '소득' is missing"):
        loaded.predict(table.drop(columns="소득"))
    with pytest.raises(DataError, match=r"the column 'PM2.5' is to hold numbers. Received: 'many'"):
        loaded.predict({**raw, "PM2.5": ["many"] * 5})


def test_the_packed_model_takes_a_table_as_people_have_it(made: tuple[Any, Any, Path]) -> None:
    import mlflow.pyfunc

    plugin, data, folder = made
    served = mlflow.pyfunc.load_model(str(folder / "model"))
    raw = data.test.examples(5)
    expected = plugin.predict(raw)
    table = pd.DataFrame(raw)[OWN[::-1]].assign(**{"not asked for": 1})
    assert np.stack(served.predict(table)["probabilities"]) == pytest.approx(expected, abs=1e-5)
    # Whole numbers, missing ones, numbers spelled out, a date as the file has it, a word for nothing.
    odd: dict[str, Any] = {"PM2.5": 3, "소득": [None] * 5, "a b": ["1.5"] * 5, "🙂": "NA", "a,b": " n/a"}
    whole = table.assign(**odd)
    alike = {**raw, "PM2.5": np.full(5, 3.0), "소득": np.full(5, np.nan), "a b": np.full(5, 1.5)}
    alike |= {"🙂": np.full(5, np.nan), "a,b": np.array([""] * 5, object)}
    assert np.stack(served.predict(whole)["probabilities"]) == pytest.approx(plugin.predict(alike), abs=1e-5)
    days = table.copy()
    days["self"] = pd.to_datetime(table["self"]).dt.strftime("%d/%m/%Y")
    assert np.stack(served.predict(days)["probabilities"]) == pytest.approx(expected, abs=1e-5)
    with pytest.raises(Exception, match="소득"):
        served.predict(table.drop(columns="소득"))


def test_a_saved_model_names_its_columns(made: tuple[Any, Any, Path]) -> None:
    plugin, data, folder = made
    plugin.export(folder / "saved")
    saved = serving_code.load(str(folder / "saved"))
    assert {name for names in saved.columns.values() for name in names} == set(OWN)
    raw = data.test.examples(4)
    np.testing.assert_allclose(serving_code.call(saved, raw), plugin.predict(raw), rtol=1e-5)
    with pytest.raises(ValueError, match="The model needs these columns too: 소득"):
        serving_code.call(saved, {name: values for name, values in raw.items() if name != "소득"})
