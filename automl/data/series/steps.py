"""How far windows look back and ahead, where the series is to tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

Asked = int | Literal["auto"]
"""What ``data.lookback`` and ``data.horizon`` may be."""

USUAL = 24
"""Steps that are forecast where nobody says how many."""

_HORIZONS, _SEASONS = 4, 2
"""How many of each a window has."""
_LONGEST = 336
"""Only seasons make a window longer: what more steps add is little (Nie et al. 2023, figure 2) and costs time."""


class Steps(NamedTuple):
    """What a window has.

    Attributes:
        lookback: Steps that a model sees.
        horizon: Steps that it forecasts.
        told: What the user should hear of it, one sentence each.
    """

    lookback: int
    horizon: int
    told: tuple[str, ...] = ()


def settled(lookback: Asked, horizon: Asked, lengths: Sequence[int], season: int) -> Steps:
    """The steps of a window; of a short series a third of the train part at most, for some windows to learn from.

    Args:
        lookback: ``data.lookback``.
        horizon: ``data.horizon``.
        lengths: Rows of the train, validation and test parts.
        season: Steps after which the series repeats itself; 1 where none is known.
    """
    ahead = _horizon(lengths) if horizon == "auto" else horizon
    told = () if horizon != "auto" or ahead == USUAL else (_told(ahead, lengths),)
    return Steps(_lookback(ahead, lengths[0], season) if lookback == "auto" else lookback, ahead, told)


def _horizon(lengths: Sequence[int]) -> int:
    return max(1, min(USUAL, min(lengths) // 2))


def _lookback(horizon: int, train: int, season: int) -> int:
    wanted = max(min(_HORIZONS * horizon, _LONGEST), _SEASONS * season if season > 1 else 1)
    return max(1, min(wanted, (train - horizon) // 3))


def _told(horizon: int, lengths: Sequence[int]) -> str:
    return (
        f"data.horizon=auto: {horizon} step{'s are' if horizon > 1 else ' is'} forecast, as the parts are short"
        f" ({', '.join(f'{length:,}' for length in lengths)} rows)."
    )
