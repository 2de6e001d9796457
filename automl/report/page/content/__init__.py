"""What the page says, a section a file: plain values that the template lays out."""

from automl.report.page.content.again import Again, again
from automl.report.page.content.asked import Asked, asked
from automl.report.page.content.board import Board, board
from automl.report.page.content.data import Data, data
from automl.report.page.content.failures import Failure, failures
from automl.report.page.content.outcome import Outcome, outcome
from automl.report.page.content.resources import Resources, resources

__all__ = [
    "Again",
    "Asked",
    "Board",
    "Data",
    "Failure",
    "Outcome",
    "Resources",
    "again",
    "asked",
    "board",
    "data",
    "failures",
    "outcome",
    "resources",
]
