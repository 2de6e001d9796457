"""Studies from Python: search, resume, load, and what a study came to; the command line goes through here too."""

from automl.api.finding import load
from automl.api.handle import Best, Study
from automl.api.reproducing import Reproduction, reproduce
from automl.api.resuming import resume
from automl.api.searching import search
from automl.outcome import InternalError

__all__ = ["Best", "InternalError", "Reproduction", "Study", "load", "reproduce", "resume", "search"]
