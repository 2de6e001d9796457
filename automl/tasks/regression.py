"""Values: a number for a row of a table, or the next steps of a series."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from automl.data.scaling import target_scale
from automl.errors import ConfigError
from automl.inheritance import override
from automl.tasks import quantiles
from automl.tasks.balance import draw_target
from automl.tasks.base import SupervisedTask
from automl.tasks.classification import check_augmentation, chosen_loss
from automl.tasks.figures import forecasts as draw_forecasts
from automl.tasks.figures import intervals as draw_intervals
from automl.tasks.figures import predictions as draw_predictions
from automl.tasks.figures import residuals as draw_residuals
from automl.tasks.figures import step_errors as draw_step_errors
from automl.tasks.picking import picked, write_samples
from automl.tasks.rising import Rising
from automl.tasks.samples import tiny_series, tiny_table
from automl.tasks.target_units import TargetUnits
from automl.tasks.values import METRICS, value_scores

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from automl.data import Dataset, DataSpec, Part
    from automl.plugin import ModelPlugin
    from automl.settings import Supervised

_LOSSES = {
    "auto": "MeanSquaredError",
    "mse": "MeanSquaredError",
    "mae": "MeanAbsoluteError",
    "huber": "Huber",
    "quantile": "",  # ours: Keras has none
}


class Regression(SupervisedTask):
    """Values; networks learn them standardised by the train part, and predictions are in the target's own unit."""

    every_epoch = ("rmse", "mae", "mse")
    captions: ClassVar[dict[str, str]] = {
        "predictions": "Predicted over true values of the test part; a model without error is on the dotted line.",
        "residuals": "What was predicted less what is true, over what was predicted, and how often.",
        "intervals": "True values of the test part over what lies between the outermost quantiles, by predicted value.",
        "largest_errors": "The samples of the test part that the model is furthest from.",
        "data_target": "How the values to be predicted are distributed in each part.",
    }

    def check(self, spec: DataSpec, config: Mapping[str, Any]) -> None:
        """See ``Task.check``: values have no classes to be weighed or smoothed."""
        check_augmentation(spec, config)
        training = config.get("training") or {}
        for key, neutral in (("class_weight", "none"), ("label_smoothing", 0.0)):
            if training.get(key, neutral) != neutral:
                raise ConfigError(
                    f"training.{key}: {self.info.name} has no classes; expected {neutral}. Received: {training[key]}."
                )

    @override
    def asked(self, spec: DataSpec, training: Mapping[str, Any]) -> DataSpec:
        return quantiles.asked_of(spec, training)

    @override
    def settles(self, spec: DataSpec, objective: str) -> bool:
        del objective
        return bool(quantiles.levels(spec))  # which are to hold as often as they say

    def head(self, spec: DataSpec) -> Any:
        """See ``SupervisedTask.head``: standardised values in the target's shape, with their quantiles last."""
        import keras

        assert spec.target is not None
        shape: tuple[Any, ...] = spec.target.shape
        if count := len(quantiles.levels(spec)):
            shape = (*(shape or (1,)), count)
            layers = [keras.layers.Dense(math.prod(shape), dtype="float32"), keras.layers.Reshape(shape), Rising()]
            return keras.Sequential(layers, name="head")
        if len(shape) < 2:
            return keras.layers.Dense(math.prod(shape), dtype="float32", name="head")
        layers = [keras.layers.Dense(math.prod(shape), dtype="float32"), keras.layers.Reshape(shape, dtype="float32")]
        return keras.Sequential(layers, name="head")

    def decode(self, spec: DataSpec) -> Any:
        """See ``SupervisedTask.decode``: the target's own scale."""
        if "target_mean" not in spec.statistics:
            return None
        mean, deviation = target_scale(spec)
        if quantiles.levels(spec):  # their axis comes after the outputs'
            mean, deviation = mean[:, np.newaxis], deviation[:, np.newaxis]
        dtype = "float32" if spec.target is None else spec.target.dtype
        return TargetUnits(mean.tolist(), deviation.tolist(), dtype=dtype, name="target_scale")

    @override
    def loss(self, spec: DataSpec, settings: Supervised) -> Any:
        import keras

        from automl.tasks.pinball import Pinball, Pinballs

        name = chosen_loss(_LOSSES, self.info.name, settings)
        if asked := quantiles.levels(spec):
            return Pinballs(asked)
        if not name:
            return Pinball(settings.quantile)
        return getattr(keras.losses, name)()

    def encode(self, target: Any, spec: DataSpec) -> tuple[Any, Any]:
        """See ``SupervisedTask.encode``: standardised 32-bit floats (batch, ..., outputs)."""
        import tensorflow as tf

        dtype = tf.float64 if target.dtype == tf.float64 else tf.float32
        mean, deviation = (tf.constant(one, dtype) for one in target_scale(spec))
        values = tf.cast(target, dtype)
        values = tf.cast(((values[:, tf.newaxis] if values.shape.rank == 1 else values) - mean) / deviation, tf.float32)
        # A weight for each sample, of the rank that losses of this target have.
        return values, tf.ones([tf.shape(values)[0], *(1,) * (values.shape.rank - 2)])

    def running(self, spec: DataSpec) -> tuple[Any, ...]:
        """See ``SupervisedTask.running``: in the unit of ``scores``."""
        from automl.tasks.running import MeanError

        scale, asked = self._scale(spec), quantiles.levels(spec)
        places = quantiles.middle_places(asked) if asked else ()
        return (
            MeanError("mse", scale, power=2, places=places),
            MeanError("mae", scale, places=places),
            MeanError("rmse", scale, power=2, root=True, places=places),
        )

    def _scale(self, spec: DataSpec) -> np.ndarray:
        """What errors of standardised values are multiplied by to be those that ``scores`` tells, by output."""
        return target_scale(spec)[1]

    def scores(
        self, spec: DataSpec, target: np.ndarray, predictions: np.ndarray, names: Collection[str] | None = None
    ) -> dict[str, float]:
        """See ``SupervisedTask.scores``: in the target's own unit; of quantiles the middle one counts as the value."""
        values, spread = quantiles.apart(predictions, target.shape, spec)
        found = value_scores(target, values, [one for one in names or self.info.metrics if one in METRICS])
        return found | self._spread_scores(spec, target, spread, names)

    def _spread_scores(
        self, spec: DataSpec, target: np.ndarray, spread: np.ndarray | None, names: Collection[str] | None
    ) -> dict[str, float]:
        """Those of quantiles (n, ..., quantiles), where there are some."""
        if spread is None:
            return {}
        return quantiles.quantile_scores(target, spread, quantiles.levels(spec), names or self.info.further)

    def baseline(self, data: Dataset, part: Part) -> dict[str, float]:
        """See ``Task.baseline``: the mean of the train part, and its quantiles where these are asked for."""
        target, learned = part.target(), data.train.target()
        mean = learned.mean(axis=0, dtype=np.float64)
        found = self.scores(data.spec, target, np.broadcast_to(mean, target.shape))
        if asked := quantiles.levels(data.spec):
            spread = np.moveaxis(np.quantile(learned, asked, axis=0), 0, -1)
            spread = np.broadcast_to(spread, (*target.shape, len(asked)))
            found |= self._spread_scores(data.spec, target, spread, None)
        return found

    def draw(self, plugin: ModelPlugin, data: Dataset, predictions: np.ndarray | None, folder: Path) -> None:
        """Predicted over true values, what is left between them, and where most is."""
        if predictions is None:
            predictions = plugin.predict(data.test.arrays()[0])
        target = data.test.target()
        called, spread = quantiles.apart(predictions, target.shape, data.spec)
        if spread is not None:
            draw_intervals(target, spread, quantiles.levels(data.spec), folder / "figures")
        draw_predictions(target, called, folder / "figures")
        draw_residuals(target, called, folder / "figures")
        draw_target(data, folder)
        if target.ndim == 1:
            _write_largest(data.test, target, called, folder / "largest_errors.csv")

    def answer(self, predictions: np.ndarray, spec: DataSpec) -> pd.DataFrame:
        """See ``Task.answer``: ``prediction``, or a column an output; after it one for each quantile, where asked."""
        import pandas as pd

        count = math.prod(length or 1 for length in spec.target.shape) if spec.target else predictions[:1].size
        values, spread = quantiles.apart(predictions, (len(predictions), count), spec)
        outputs = ["prediction"] if count == 1 else [f"output {n}" for n in range(count)]
        return pd.DataFrame(_columns(outputs, values, spread, spec))

    @override
    def tiny(self, folder: Path) -> Dataset:
        return tiny_table(self.info.name, folder, classes=False)


class Forecasting(Regression):
    """The next steps of a series; metrics are standardised by the train part, as the literature gives them."""

    every_epoch = ("mse", "mae", "rmse")
    captions: ClassVar[dict[str, str]] = {
        "forecasts": "Windows of the test part with what followed, the forecast, and the naive one: the last value.",
        "step_errors": "How the error grows with the distance, beside that of the naive forecast, the last value.",
    }

    def _scale(self, spec: DataSpec) -> np.ndarray:
        return np.ones_like(target_scale(spec)[1])

    @override
    def scores(
        self, spec: DataSpec, target: np.ndarray, predictions: np.ndarray, names: Collection[str] | None = None
    ) -> dict[str, float]:
        wanted = names or self.info.metrics
        _, deviation = target_scale(spec)
        predictions, spread = quantiles.apart(predictions, target.shape, spec)
        found = value_scores(target / deviation, predictions / deviation, [one for one in wanted if one in _SCALED])
        in_units = value_scores(target, predictions, [_IN_UNITS[one] for one in wanted if one in _IN_UNITS])
        found |= {name: in_units[plain] for name, plain in _IN_UNITS.items() if name in wanted and plain in in_units}
        if "mase" in wanted and (scaled := _mase(spec, target, predictions)) is not None:
            found["mase"] = scaled
        scaled_spread = None if spread is None else spread / deviation[:, np.newaxis]
        return found | self._spread_scores(spec, target / deviation, scaled_spread, names)

    def baseline(self, data: Dataset, part: Part) -> dict[str, float]:
        """See ``Task.baseline``: the last value of each channel."""
        channels = list(data.spec.details["target_channels"])
        targets, called = [], []
        for windows, target in part.chunks(data.spec.chunk):
            targets.append(target)
            called.append(np.repeat(windows[:, -1:, channels], target.shape[1], axis=1))
        return self.scores(data.spec, np.concatenate(targets), np.concatenate(called))

    def draw(self, plugin: ModelPlugin, data: Dataset, predictions: np.ndarray | None, folder: Path) -> None:
        """Some windows with what followed, what was forecast and what is naive; the error by step."""
        windows, target = data.test.arrays()
        rows = np.linspace(0, len(windows) - 1, _DRAWN).round().astype(int)
        called = plugin.predict(windows[rows]) if predictions is None else predictions[rows]
        called, spread = quantiles.apart(called, target[rows].shape, data.spec)
        details = data.spec.details
        names = [details["channels"][channel] for channel in details["target_channels"]]
        past = windows[rows][:, :, details["target_channels"]]
        draw_forecasts(past, target[rows], called, names, folder / "figures", spread)
        if predictions is not None:
            mine, naive = _step_errors(data, quantiles.apart(predictions, target.shape, data.spec)[0])
            draw_step_errors(mine, naive, folder / "figures")

    def answer(self, predictions: np.ndarray, spec: DataSpec) -> pd.DataFrame:
        """See ``Task.answer``: a row for each step of each window, a column a channel, its quantiles after it."""
        import pandas as pd

        windows, horizon, channels = predictions.shape[:3]
        names = [spec.details["channels"][channel] for channel in spec.details["target_channels"]]
        index = pd.MultiIndex.from_product([range(windows), range(1, horizon + 1)], names=["window", "step"])
        values, spread = quantiles.apart(predictions, (windows * horizon, channels), spec)
        return pd.DataFrame(_columns(names, values, spread, spec), index=index).reset_index()

    def named(self, names: pd.DataFrame, answer: pd.DataFrame) -> pd.DataFrame:
        """See ``Task.named``: where each step has a name of its own, such as its date, that stands in its place."""
        steps = answer.drop(columns=["window", "step"]) if len(names) == len(answer) else answer.drop(columns="window")
        return super().named(names, steps)

    @override
    def tiny(self, folder: Path) -> Dataset:
        return tiny_series(self.info.name, folder)


def _columns(
    outputs: Sequence[str], values: np.ndarray, spread: np.ndarray | None, spec: DataSpec
) -> dict[str, np.ndarray]:
    """A column for each output, (rows, outputs), and after it for each of its quantiles, (rows, outputs, quantiles)."""
    found: dict[str, np.ndarray] = {}
    for number, name in enumerate(outputs):
        found[name] = values[:, number]
        if spread is not None:
            called = quantiles.names(quantiles.levels(spec))
            before = "" if len(outputs) == 1 else f"{name} "
            found |= {f"{before}{one}": spread[:, number, place] for place, one in enumerate(called)}
    return found


def _mase(spec: DataSpec, target: np.ndarray, predictions: np.ndarray) -> float | None:
    """Mean absolute scaled error (Hyndman and Koehler 2006) over the channels whose naive forecast errs at all."""
    naive = np.asarray(spec.statistics.get("naive_error", ()), np.float64)
    errs = naive > 0.0
    if not errs.any():
        return None
    return float(np.mean(np.abs(predictions - target)[..., errs] / naive[errs]))


def _step_errors(data: Dataset, predictions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean absolute error by step (horizon,), of forecasts and of the last value, standardised."""
    channels, deviation = list(data.spec.details["target_channels"]), target_scale(data.spec)[1]
    sums, start = np.zeros((2, predictions.shape[1])), 0
    for windows, target in data.test.chunks(data.spec.chunk):
        for place, called in enumerate((predictions[start : start + len(target)], windows[:, -1:, channels])):
            sums[place] += (np.abs(called - target) / deviation).mean(axis=2).sum(axis=0)
        start += len(target)
    mine, naive = sums / max(1, start)
    return mine, naive


def _write_largest(part: Part, target: np.ndarray, called: np.ndarray, path: Path) -> None:
    """Write the samples with the largest errors, with their columns."""
    errors = np.asarray(called, np.float64) - target
    worst = np.argsort(-np.abs(errors), kind="stable")[:_LISTED]
    told = {"true": target[worst], "predicted": called[worst], "error": errors[worst]}
    write_samples(told, picked(part, worst.tolist()), path)


_LISTED = 15
_SCALED = {"mse", "mae", "rmse", "quantile_loss_10", "quantile_loss_90"}
_IN_UNITS = {"smape": "smape", "mae_in_units": "mae", "rmse_in_units": "rmse"}
_DRAWN = 3
