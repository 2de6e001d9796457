"""Imported by the fork server once its first worker runs: what scores, draws and packs a model.

Each job that needs it would take seconds to import it. As in ``automl.runner.preload``, nothing may be run.
"""

import os

from automl.streams import silenced

os.environ.update(MLFLOW_DISABLE_TELEMETRY="true", DO_NOT_TRACK="true")
with silenced():
    import matplotlib.backends.backend_agg  # noqa: F401
    import mlflow.pyfunc  # noqa: F401
    import sklearn.metrics  # noqa: F401
