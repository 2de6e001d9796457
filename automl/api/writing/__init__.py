"""Answers written to files, whole or not at all."""

from automl.api.writing.pictures import answer_folder, write_images
from automl.api.writing.tables import SUFFIXES, table_file

__all__ = ["SUFFIXES", "answer_folder", "table_file", "write_images"]
