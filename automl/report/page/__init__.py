"""The report: a study as one self-contained HTML page, readable by someone who was not there."""

from automl.report.page.observer import ReportWriter
from automl.report.page.rendering import REPORT, report_html, write_report

__all__ = ["REPORT", "ReportWriter", "report_html", "write_report"]
