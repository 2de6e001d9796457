"""Methods that are described where they are declared first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import override
else:
    # It does nothing when it runs; typing_extensions, until Python 3.12 has it, costs every start some milliseconds.
    def override(method):  # noqa: ANN001, ANN201
        """Mark a method whose base class describes it; ``help`` shows that description."""
        return method


__all__ = ["override"]
