"""Data as the models see it: loaders, their cache, seeded splits and tf.data pipelines."""

from automl.data.arrays.loader import ArrayLoader, Arrays
from automl.data.arrays.part import ArrayPart
from automl.data.dataset import Dataset, Loader, Part
from automl.data.matrix import Matrix
from automl.data.spec import DataSpec, TensorSpec

__all__ = ["ArrayLoader", "ArrayPart", "Arrays", "DataSpec", "Dataset", "Loader", "Matrix", "Part", "TensorSpec"]
