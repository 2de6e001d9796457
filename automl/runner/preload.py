"""Imported once by the fork server, so that every worker starts with TensorFlow and Keras in memory.

Nothing may be run with them here: threads and devices do not survive a fork.
"""

from automl.streams import silenced

with silenced():
    import keras  # noqa: F401
    import tensorflow as tf  # noqa: F401

    import automl.runner.worker
    import automl.training  # noqa: F401
