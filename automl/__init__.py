"""automl: plugin-based AutoML experiments for deep learning."""

__version__ = "0.1.0"
