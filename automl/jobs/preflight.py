"""Pre-flight: everything that can be wrong is found out before a trial is spent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from automl.data.baseline import baseline
from automl.jobs.common import check_task, make_plugin, open_data

if TYPE_CHECKING:
    from automl.runner.base import Job


def preflight(job: Job) -> dict[str, Any]:
    """Read and check the data, build the model for one sample, score the trivial baseline.

    Returns:
        ``spec``: the data's ``DataSpec`` as plain values; ``baseline``: the trivial predictor's metrics on the
        validation part; ``parameters``: size of the model.

    Raises:
        AutomlError: Anything is wrong.
    """
    plugin = make_plugin(job)
    dataset = open_data(job)
    check_task(job, dataset.spec)
    return {
        "spec": dataset.spec.to_dict(),
        "baseline": baseline(dataset, dataset.validation),
        "parameters": plugin.prepare(dataset.spec, job.config.get("training") or {}),
    }
