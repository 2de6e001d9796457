"""Figures of the final evaluation, drawn without a display."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_BLUE, _ORANGE, _GREY = "#2b6cb0", "#dd6b20", "#718096"
_LABELLED = 25
_POINTS = 3000
_FEW = 400
_CHANNELS = 3


def learning_curves(history: Sequence[Mapping[str, float]], objective: str, best_step: int, folder: Path) -> None:
    """Draw loss and objective by epoch, train beside validation, the kept epoch marked: ``learning_curves.png``.

    Args:
        history: One mapping an epoch: ``step`` and the reported metrics.
        objective: The metric that was optimized.
        best_step: The epoch whose weights were kept.
        folder: Where the figure goes.
    """
    names = list(dict.fromkeys(["loss", objective.removeprefix("val_")]))
    drawn = [name for name in names if any(name in row or f"val_{name}" in row for row in history)]
    figure = Figure(figsize=(4.8 * len(drawn), 3.6), layout="constrained")
    for axes, name in zip(np.atleast_1d(figure.subplots(1, len(drawn))), drawn, strict=True):
        for prefix, label, color in (("", "train", _BLUE), ("val_", "validation", _ORANGE)):
            points = [(row["step"], row[prefix + name]) for row in history if prefix + name in row]
            if points:
                axes.plot(*zip(*points, strict=True), color=color, label=label, linewidth=1.8)
        axes.axvline(best_step, color=_GREY, linestyle=":", linewidth=1.2, label=f"kept: epoch {best_step}")
        axes.set(xlabel="epoch", title=name)
        axes.xaxis.get_major_locator().set_params(integer=True)
        _plain(axes)
        axes.legend(frameon=False, fontsize=8)
    figure.savefig(folder / "learning_curves.png", dpi=150)


def confusion_matrix(counts: np.ndarray, classes: Sequence[str], folder: Path) -> None:
    """Draw how often each class was called what, row by row in shares: ``confusion_matrix.png``.

    Args:
        counts: Shape (classes, classes); rows are true classes, columns are called ones.
        classes: Labels in the order of their indices.
        folder: Where the figure goes.
    """
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = min(14.0, max(4.0, 0.48 * len(classes) + 1.6))
    figure = Figure(figsize=(side, side), layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
    if len(classes) <= _LABELLED:
        _write_counts(axes, counts, shares)
    every = max(1, len(classes) // _LABELLED)
    ticks = list(range(0, len(classes), every))
    axes.set_xticks(ticks, [classes[tick] for tick in ticks], rotation=90 if _long(classes) else 0, fontsize=8)
    axes.set_yticks(ticks, [classes[tick] for tick in ticks], fontsize=8)
    accuracy = np.trace(counts) / max(1, counts.sum())
    axes.set(xlabel="called", ylabel="true", title=f"Test part: {accuracy:.1%} of {counts.sum():,} right")
    figure.savefig(folder / "confusion_matrix.png", dpi=150)


def predictions(target: np.ndarray, predicted: np.ndarray, folder: Path) -> None:
    """Draw predicted over true values of the test part, (n,) each: ``predictions.png``."""
    shown = np.linspace(0, len(target) - 1, min(len(target), _POINTS)).round().astype(int)
    ends = [float(min(target.min(), predicted.min())), float(max(target.max(), predicted.max()))]
    figure = Figure(figsize=(4.8, 4.8), layout="constrained")
    axes = figure.subplots()
    axes.plot(ends, ends, color=_GREY, linestyle=":", linewidth=1.2)
    _dots(axes, target[shown], predicted[shown])
    rmse = float(np.sqrt(np.mean(np.square(predicted - target))))
    axes.set(
        xlabel="true",
        ylabel="predicted",
        title=f"Test part: RMSE {rmse:,.1f}" if rmse >= 1000 else f"Test part: RMSE {rmse:.4g}",
    )
    _plain(axes)
    figure.savefig(folder / "predictions.png", dpi=150)


def intervals(target: np.ndarray, spread: np.ndarray, quantiles: Sequence[float], folder: Path) -> None:
    """Draw true values of the test part over their intervals, samples in the order of the middle: ``intervals.png``.

    Args:
        target: Shape (n, ...).
        spread: Shape (n, ..., quantiles), rising.
        quantiles: Of the last axis.
        folder: Where the figure goes.
    """
    truth, called = target.reshape(-1), spread.reshape(-1, spread.shape[-1])
    order = np.argsort(called[:, called.shape[1] // 2], kind="stable")
    shown = order[np.linspace(0, len(order) - 1, min(len(order), _POINTS)).round().astype(int)]
    within = (called[:, 0] <= truth) & (truth <= called[:, -1])
    figure = Figure(figsize=(7.2, 3.6), layout="constrained")
    axes, places = figure.subplots(), np.arange(len(shown))
    label = f"from {quantiles[0]:g} to {quantiles[-1]:g}"
    axes.fill_between(places, called[shown, 0], called[shown, -1], color=_ORANGE, alpha=0.3, linewidth=0, label=label)
    _dots(axes, places, truth[shown])
    axes.set(
        xlabel="samples by predicted value",
        ylabel="true",
        title=f"Test part: {within.mean():.1%} within, of {quantiles[-1] - quantiles[0]:.0%} meant",
    )
    _plain(axes)
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(folder / "intervals.png", dpi=150)


def residuals(target: np.ndarray, predicted: np.ndarray, folder: Path) -> None:
    """Draw what was predicted less what is true over what was predicted, and how often: ``residuals.png``.

    Args:
        target: Shape (n, ...).
        predicted: The same.
        folder: Where the figure goes.
    """
    left = (np.asarray(predicted, np.float64) - target).reshape(-1)
    called = predicted.reshape(-1)
    shown = np.linspace(0, len(left) - 1, min(len(left), _POINTS)).round().astype(int)
    figure = Figure(figsize=(7.2, 3.2), layout="constrained")
    over, often = figure.subplots(1, 2, sharey=True, width_ratios=(3, 1))
    _dots(over, called[shown], left[shown])
    over.set(xlabel="predicted", ylabel="predicted - true", title=f"Test part: mean {left.mean():.4g}")
    often.hist(left, 40, orientation="horizontal", color=_BLUE, alpha=0.7)
    often.set(xlabel="samples")
    for axes in (over, often):
        axes.axhline(0.0, color=_GREY, linestyle=":", linewidth=1.2)
        _plain(axes)
    figure.savefig(folder / "residuals.png", dpi=150)


def step_errors(errors: np.ndarray, naive: np.ndarray, folder: Path) -> None:
    """Draw the mean absolute error by step of the forecast, (horizon,) each: ``step_errors.png``."""
    figure = Figure(figsize=(6.4, 3.0), layout="constrained")
    axes = figure.subplots()
    steps = np.arange(1, len(errors) + 1)
    mark = "o" if len(steps) == 1 else None
    axes.plot(steps, naive, color=_GREY, linestyle="--", marker=mark, label="naive: the last value")
    axes.plot(steps, errors, color=_ORANGE, linewidth=1.8, marker=mark, label="forecast")
    axes.set(xlabel="steps ahead", ylabel="mean absolute error", title="Test part, standardised")
    axes.set_ylim(bottom=0.0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _plain(axes)
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(folder / "step_errors.png", dpi=150)


def forecasts(
    past: np.ndarray,
    target: np.ndarray,
    predicted: np.ndarray,
    names: Sequence[str],
    folder: Path,
    spread: np.ndarray | None = None,
) -> None:
    """Draw windows of the test part with what followed, the forecast and the last value: ``forecasts.png``.

    Args:
        past: Shape (windows, lookback, channels); as many steps are drawn as two horizons have.
        target: Shape (windows, horizon, channels).
        predicted: Shape (windows, horizon, channels).
        names: Of the channels; the last few are drawn.
        folder: Where the figure goes.
        spread: Shape (windows, horizon, channels, quantiles), rising: a band between the outermost is drawn.
    """
    drawn, horizon = range(max(0, len(names) - _CHANNELS), len(names)), target.shape[1]
    before = past[:, -2 * horizon :]
    figure = Figure(figsize=(4.0 * len(past), 2.2 * len(drawn) + 0.4), layout="constrained")
    grid = figure.subplots(len(drawn), len(past), squeeze=False, sharex=True)
    for row, channel in enumerate(drawn):
        for column, axes in enumerate(grid[row]):
            axes.plot(np.arange(-before.shape[1], 0), before[column, :, channel], color=_GREY, linewidth=1.0)
            last = np.full(horizon, before[column, -1, channel])
            axes.plot(np.arange(horizon), last, color=_GREY, linewidth=1.0, linestyle="--", label="naive")
            axes.plot(np.arange(horizon), target[column, :, channel], color=_BLUE, linewidth=1.2, label="true")
            axes.plot(np.arange(horizon), predicted[column, :, channel], color=_ORANGE, linewidth=1.4, label="forecast")
            if spread is not None:
                low, high = spread[column, :, channel, 0], spread[column, :, channel, -1]
                band = {"color": _ORANGE, "alpha": 0.25, "linewidth": 0}
                axes.fill_between(np.arange(horizon), low, high, label="interval", **band)
            axes.set_title(names[channel], fontsize=9)
            _plain(axes)
    lines, labels = grid[0][0].get_legend_handles_labels()
    figure.legend(lines, labels, loc="outside upper right", ncols=len(labels), frameon=False, fontsize=8)
    for axes in grid[-1]:
        axes.set_xlabel("steps from the last one seen", fontsize=8)
    figure.savefig(folder / "forecasts.png", dpi=150)


def _write_counts(axes: Any, counts: np.ndarray, shares: np.ndarray) -> None:
    for (row, column), count in np.ndenumerate(counts):
        if count:
            color = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, str(count), ha="center", va="center", fontsize=7, color=color)


def _dots(axes: Any, x: np.ndarray, y: np.ndarray) -> None:
    """Draw dots that are seen when they are few, and when many lie upon each other."""
    size, alpha = (16.0, 0.75) if len(x) <= _FEW else (6.0, 0.35)
    axes.scatter(x, y, s=size, alpha=alpha, color=_BLUE, linewidths=0)


def _long(classes: Sequence[str]) -> bool:
    return max(len(label) for label in classes) > 3


def _plain(axes: Any) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
