"""What the ``training`` section may hold besides that of other networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from automl.plugin import Above
from automl.settings import Supervised


@dataclass(frozen=True)
class Guarded(Supervised):
    """Supervised training that may end when it overfits.

    Attributes:
        overfit: How many times the training loss the validation loss may be, or None for any.
    """

    overfit: Annotated[float, Above(1)] | None = None
