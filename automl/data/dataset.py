"""The contracts of a loader, of a data set and of its parts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    import tensorflow as tf

    from automl.data.samples import Note, Samples
    from automl.data.spec import DataSpec


class Part(ABC):
    """The train, validation or test part of a data set."""

    @abstractmethod
    def __len__(self) -> int:
        """Number of samples."""

    @abstractmethod
    def batches(self, batch_size: int) -> tf.data.Dataset:
        """Every sample once, in order, as batches ``(inputs, target)``, the last one possibly smaller.

        Inputs are those of ``DataSpec.encoded``.
        """

    @abstractmethod
    def epochs(self, batch_size: int, *, seed: int, first: int = 0) -> tf.data.Dataset:
        """Endless shuffled batches ``(inputs, target)`` of one static size, from epoch ``first`` on.

        The order is a function of ``(seed, epoch)``, so that a run which goes on at an epoch sees what it would
        have seen. An epoch has ``steps(batch_size)`` batches.
        """

    def steps(self, batch_size: int) -> int:
        """Batches in an epoch of ``epochs``: whole ones only, but at least one."""
        return max(1, len(self) // batch_size)

    @abstractmethod
    def arrays(self) -> tuple[Any, np.ndarray]:
        """All raw inputs (an array, or arrays by name) and the target as NumPy arrays, in the order of ``batches``."""

    @abstractmethod
    def examples(self, count: int) -> Any:
        """The raw inputs of the first samples."""

    def sample(self, count: int) -> Any:
        """The raw inputs of so many samples from all over the part, the same at every call."""
        return self.examples(count)

    def target(self) -> np.ndarray:
        """The target alone, in the order of ``batches``."""
        return self.arrays()[1]

    def encoded(self, spec: DataSpec) -> np.ndarray:
        """All samples as rows of standardised numbers, (samples, features) of type float32, as ``Matrix`` has them.

        For models that are no networks: k-means, trees. ``automl.data.Matrix(spec)`` does the same with raw inputs.

        Args:
            spec: That of the data set.

        Raises:
            DataError: The data are texts.
        """
        import numpy as np

        from automl.data.matrix import Matrix

        matrix = Matrix(spec)
        return np.concatenate([matrix(inputs) for inputs, _ in self.chunks(spec.chunk)])

    def joined(self, other: Part) -> Part | None:
        """The samples of both in one part, to be learned from; None where they cannot be, as by default.

        Args:
            other: Another part of the same data set.
        """
        del other
        return None

    @property
    def overlap(self) -> int:
        """How many neighbouring samples tell of the same, and count as one where chance is weighed; by default one."""
        return 1

    def few(self, count: int) -> Part:
        """A part of at most so many of these samples, spread over it, for a rehearsal; by default the whole."""
        del count
        return self

    def chunks(self, size: int) -> Iterator[tuple[Any, np.ndarray]]:
        """Raw inputs and target, so many samples at a time, so that a large part need not be in memory at once."""
        del size
        yield self.arrays()


@dataclass(frozen=True)
class Fold:
    """A pair of parts of a data set that is cross-validated.

    Attributes:
        train: What a model learns from.
        validation: What it is scored on.
        rows: The numbers of these samples in ``Dataset.pool``, in their order.
    """

    train: Part
    validation: Part
    rows: np.ndarray


@dataclass(frozen=True)
class Dataset:
    """A data set in its parts.

    Attributes:
        spec: What the parts hold.
        train: What models and preprocessing learn from.
        validation: What trials are compared by.
        test: Read once, by the final evaluation of the best trial.
        cache: A folder of the data cache that belongs to these parts, for what is learned of them once for all trials;
            see ``automl.data.cache.cached``. None where a loader keeps none.
        folds: Where trials are cross-validated, what each of a trial's models learns from and is scored on; ``train``
            and ``validation`` are then those of the first, and preprocessing learned from the pool.
        pool: All samples outside the test part then, in their order.
    """

    spec: DataSpec
    train: Part
    validation: Part
    test: Part
    cache: Path | None = field(default=None, kw_only=True)
    folds: tuple[Fold, ...] = field(default=(), kw_only=True)
    pool: Part | None = field(default=None, kw_only=True)

    @property
    def compared(self) -> Part:
        """What trials are compared by: the pool where they are cross-validated, else the validation part."""
        return self.validation if self.pool is None else self.pool

    def joined(self) -> Dataset | None:
        """The same with all samples of train and validation part to learn from; None where these cannot be joined.

        What was learned of the train part alone, such as scales and vocabularies, stays as it is.
        """
        train = self.train.joined(self.validation)
        if train is None:
            return None
        sizes = {**self.spec.sizes, "train": len(train)}
        return replace(self, spec=replace(self.spec, sizes=sizes), train=train, cache=None, folds=(), pool=None)


class Loader(ABC):
    """A kind of data; a dataclass whose fields are the keys of its configuration, less ``loader``.

    It is registered as an entry point of the group ``automl.datasets`` and configured by
    ``<top-level package>/conf/data/<choice>.yaml``, which names the entry point in ``loader`` (by default ``name``).

    Attributes:
        folds: What ``data.folds`` asks for, once it is set: ``open`` gives as many folds, of ``"auto"`` some where the
            samples are few, or none where it knows nothing of folds.
    """

    folds: int | Literal["auto"] = 1

    @abstractmethod
    def open(self, cache: Path, seed: int) -> Dataset:
        """The data in their parts, out of the cache where it holds them already.

        Args:
            cache: A folder that all workers of all studies share; a loader owns the sub-folders that it names
                after the content it read.
            seed: Fixes the split.

        Raises:
            DataError: The data are missing, unreadable, or unfit.
        """

    def samples(self, path: str, spec: DataSpec, note: Note) -> Iterator[Samples]:
        """New samples out of files, for a trained model to be asked about: in their order, a chunk at a time.

        They are read as ``open`` reads data, less the target, which may be there. By default they are the rows of an
        array in a .npy or .npz file.

        Args:
            path: A file, a folder, or a pattern of files.
            spec: Of the data that the model learned from.
            note: Hears of what the user should know, in a sentence; where it hears of it at the end, of all chunks.

        Raises:
            DataError: There is no such file, it cannot be read, or the model takes no such samples.
        """
        del note
        from pathlib import Path

        from automl.data.arrays.samples import SUFFIXES, array_samples
        from automl.errors import DataError

        if Path(path).suffix.lower() not in SUFFIXES:
            raise DataError(
                f"predict: data={spec.name} reads new samples from .npy and .npz files alone. Received: {path}."
                " Other ones are asked about from Python: automl.load(<study>).predict(<array>)."
            )
        return array_samples(path, spec)
