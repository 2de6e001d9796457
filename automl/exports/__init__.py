"""Trained models for other runtimes: one strategy a format, and the check that what was made is the model."""

from automl.exports.base import Export, Format
from automl.exports.formats import FORMATS, QUANTIZED
from automl.exports.job import ExportJob

__all__ = ["FORMATS", "QUANTIZED", "Export", "ExportJob", "Format"]
