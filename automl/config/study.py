"""What every study has, whatever is searched and with what: its name, its split and its budgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from automl.bounds import Between, Text

Seed = Annotated[int, Between(0, 4_294_967_295)]
"""What NumPy, Keras and the samplers all take: 32 bits."""


@dataclass(frozen=True)
class Top:
    """The keys beside the sections.

    Attributes:
        experiments: The experiments folder.
        seed: Fixes sampling, initial weights and shuffling, and the split unless ``data.seed`` does.
        name: Of the study; by default made of model, data and time.
        deterministic: ``True`` gives operations on several threads, or a GPU, results that repeat to the last digit;
            ``"auto"`` leaves them as they are, which do so on one thread.
        refit: Whether the best configuration is fitted again on train and validation part together, and that model
            handed back; ``"auto"`` does so where it is worth it and there is time.
        calibrate: Whether class probabilities are brought to the temperature at which they are as sure as they are
            right on the validation part (Guo et al. 2017).
    """

    experiments: Text
    seed: Seed
    name: Text | None = None
    deterministic: Literal["auto", True] = "auto"
    refit: Literal["auto", True, False] = "auto"
    calibrate: bool = False


@dataclass(frozen=True)
class Split:
    """The keys of the ``data`` section that are not the loader's own.

    Attributes:
        seed: Fixes which rows are in which part; by default the study's seed does.
        folds: Over how many folds of all but the test part a trial is scored, and its model is the mean of as many;
            ``auto`` takes some of tables and series of fewer than 3,000 samples, else one validation part (1).
    """

    seed: Seed | None = None
    folds: Literal["auto"] | Annotated[int, Between(1, 100)] = "auto"


@dataclass(frozen=True)
class Search:
    """The keys of the ``search`` section that are every study's, whatever engine searches.

    Attributes:
        trials: How many at most; None for 20, or where ``timeout`` is given for as many as there is time for.
        timeout: Wall-clock of the whole study in seconds, if limited.
        objective: The metric to optimize; by default the task's own. Or several, each ``{metric: ..., mode: min|max}``,
            the mode by default the metric's own; the epochs of a trial are compared by the first.
        direction: That of a single objective; by default the metric's own.
        target: The objective's value with which the search ends once a trial reaches it.
        patience: Trials without a better one after which the search ends.
        enqueue: What is tried first: configuration files, such as an earlier study's ``best.yaml``, or mappings of
            paths to values.
        from_study: An earlier study, by name or folder, whose trials are handed to the search engine.
        warm_start: ``auto`` begins with the best configurations of finished studies of the model, on the same data or
            data alike, that are in the experiments folder; unless ``from_study`` names one.
        seeds: Over how many seeds a configuration is scored; its objective is their mean.
        confirm: How many of the best are trained again with fresh seeds, which then decide which is best.
        keep_models: Of how many of the best trials the trained models are kept.
        disk_gb: What the study's folder may take on the disk, in GB of 1e9 bytes.
        constraints: Bounds of metrics, ``{parameters: {max: 500000}}``, that every trial has to keep to.
    """

    trials: Annotated[int, Between(1, 1_000_000)] | None = None
    timeout: Annotated[float, Between(1, 1_000_000_000)] | None = None
    objective: Text | list[Any] | None = None
    direction: Literal["maximize", "minimize"] | None = None
    target: Annotated[float, Between(-1e300, 1e300)] | None = None
    patience: Annotated[int, Between(1, 1_000_000)] | None = None
    enqueue: Text | tuple[Any, ...] = ()
    from_study: Text | None = None
    warm_start: Literal["auto", "none"] = "none"
    seeds: Annotated[int, Between(1, 100)] = 1
    confirm: Annotated[int, Between(0, 100)] = 0
    keep_models: Annotated[int, Between(1, 1_000_000)] = 3
    disk_gb: Annotated[float, Between(0.001, 1_000_000)] | None = None
    constraints: dict[str, Any] | None = None
