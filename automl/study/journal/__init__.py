"""The truth of a study: its events on disk, one line each, and the record that they add up to."""

from automl.study.journal.file import Journal
from automl.study.journal.reading import JOURNAL, is_open, replay

__all__ = ["JOURNAL", "Journal", "is_open", "replay"]
