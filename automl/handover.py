"""What a study hands back: its best trial's model, that model fitted again on more data, or an ensemble."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Form(StrEnum):
    """What the model is that a study hands back."""

    TRIAL = "trial"
    REFIT = "refit"
    ENSEMBLE = "ensemble"


@dataclass(frozen=True)
class Member:
    """One model of an ensemble.

    Attributes:
        trial: The number of the trial that trained it.
        model: The name of its plugin.
        weight: Its share of the mean.
    """

    trial: int
    model: str
    weight: float


@dataclass(frozen=True)
class Choice:
    """A model in the place of the best single one: whether it is handed back, and by what it was decided.

    Attributes:
        trial: The best single trial, to which it was compared.
        metric: By what, without a prefix.
        single: That trial's score on the validation part.
        value: The score of what would take its place, there.
        gain: How much better that is, where that can be told without having seen the samples.
        error: The standard error of the gain.
        taken: Whether it is handed back.
        reason: In a few words, why it is not.
        finer: The metric that ``gain`` is told in, where that is another one, by which less makes a difference.
        folder: Where it is, if it is taken.
    """

    trial: int
    metric: str
    single: float | None
    value: float | None
    gain: float | None
    error: float | None
    taken: bool
    reason: str
    finer: str
    folder: Path


@dataclass(frozen=True)
class Ensembling(Choice):
    """An ensemble that was looked for.

    Attributes:
        members: What it is made of, what counts most first.
        candidates: The numbers of all trials whose models it was chosen from, the best first.
    """

    members: tuple[Member, ...]
    candidates: tuple[int, ...]


@dataclass(frozen=True)
class Refitting(Choice):
    """The best configuration, trained again on train and validation part.

    Attributes:
        epochs: For how many.
    """

    epochs: int


@dataclass(frozen=True)
class Handed:
    """The model that a study hands back.

    Attributes:
        form: What it is.
        trial: The best single trial: it itself, what was fitted again, or what an ensemble stands beside.
        folder: Where it is saved.
    """

    form: Form
    trial: int
    folder: Path
