"""Columns of a table turned into numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras

from automl.data.encoding.date_layer import DateParts
from automl.data.encoding.inputs import stacked_inputs
from automl.data.encoding.table_layers import Categories, Impute, Standardize, Truth
from automl.data.stacking import stacks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from automl.data.spec import DataSpec


def make(spec: DataSpec) -> keras.Model:
    """A model from the tensors of ``stacking.stacks`` to ``numeric`` and ``categorical``, (batch, features) each.

    Numbers are imputed by the median and standardised; false and true are 0 and 1; a date becomes its day, and its
    places in the year, the week and the day as points on circles; whatever was missing in the train part has an
    indicator beside it. Categories are numbered from 1, the unknown ones 0.

    Until the scale of the features is learned, they come out as they are, in 64 bits.
    """
    inputs = stacked_inputs(spec)
    learned, outputs = spec.statistics, {}
    numeric = list(_numeric(spec, inputs))
    if numeric:
        features = keras.layers.Concatenate(dtype="float64")(numeric) if len(numeric) > 1 else numeric[0]
        if "feature_mean" in learned:
            features = Standardize(learned["feature_mean"], learned["feature_deviation"])(features)
        outputs["numeric"] = features
    if names := _names(spec, "categorical"):
        vocabularies = [learned["vocabularies"][name] for name in names]
        outputs["categorical"] = Categories(_places(spec, names), vocabularies)(inputs["string_columns"])
    return keras.Model(inputs, outputs, name="encoder")


def _numeric(spec: DataSpec, inputs: Mapping[str, keras.KerasTensor]) -> Iterator[keras.KerasTensor]:
    """Numbers, truth values and dates as features, those of one kind side by side."""
    learned = spec.statistics
    missing = set(learned["missing"])
    if names := _names(spec, "numeric"):
        layer = Impute([learned["medians"][name] for name in names], _indicators(names, missing))
        yield layer(inputs["float64_columns"])
    if names := _names(spec, "boolean"):
        words = [learned["vocabularies"][name] for name in names]
        yield Truth(_places(spec, names), words, _indicators(names, missing))(inputs["string_columns"])
    if names := _names(spec, "date"):
        origins, day_first = ([learned[key][name] for name in names] for key in ("origins", "day_first"))
        layer = DateParts(_places(spec, names), origins, day_first, _indicators(names, missing))
        yield layer(inputs["string_columns"])


def _names(spec: DataSpec, kind: str) -> list[str]:
    return [name for name, one in spec.details["columns"] if one == kind]


def _places(spec: DataSpec, names: list[str]) -> list[int]:
    """Where these columns stand among those that enter as strings."""
    places = {name: place for place, name in enumerate(stacks(spec)["string_columns"])}
    return [places[name] for name in names]


def _indicators(names: list[str], missing: set[str]) -> list[int]:
    return [place for place, name in enumerate(names) if name in missing]
