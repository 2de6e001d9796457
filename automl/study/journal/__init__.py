"""The truth of a study: its events on disk, one line each, and the record that they add up to."""

from automl.study.journal.calls import calls
from automl.study.journal.file import Journal
from automl.study.journal.reading import JOURNAL, is_open, last_time, replay

__all__ = ["JOURNAL", "Journal", "calls", "is_open", "last_time", "replay"]
