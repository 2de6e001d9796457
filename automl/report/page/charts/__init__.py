"""The charts of a study, one a file; each takes the study, and is None where there is nothing to be seen."""

from automl.report.page.charts.chart import Chart
from automl.report.page.charts.choosing import KINDS, chart
from automl.report.page.charts.curves import best_curves

__all__ = ["KINDS", "Chart", "best_curves", "chart"]
