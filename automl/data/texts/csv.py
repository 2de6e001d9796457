"""Texts with labels, in a table or in one folder a class."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np

from automl.bounds import Between, Count, Needed, Portion, Text
from automl.data.arrays.part import ArrayPart
from automl.data.cache import cached, digest, entry_name
from automl.data.dataset import Dataset, Loader
from automl.data.encoding.make import make_encoder
from automl.data.files.same_file import refuse_same
from automl.data.folds import Strata, count_of, deal, read_folds, save_folds, settled, told_apart
from automl.data.memory import mapped
from automl.data.positive import with_positive
from automl.data.serves import check_serves
from automl.data.spec import DataSpec, TensorSpec
from automl.data.splits import split
from automl.data.stacking import Stacking
from automl.data.tables.reading import find_files
from automl.data.texts.reading import TextFiles, is_tree, text_identity
from automl.data.texts.samples import text_samples
from automl.data.texts.strings import Strings, save_strings
from automl.errors import ConfigError, DataError
from automl.inheritance import override

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from automl.data.folds import Asked
    from automl.data.samples import Note, Samples

_SIDES = ("train", "validation", "test")
_BATCH = 4096
_LONGEST = 256
_MUCH = 0.5
_FORMAT = 3
"""Of what the cache holds; another one is not read."""


@dataclass
class TextCsv(Loader):
    """CSV, TSV or Parquet with a column of texts and one of labels, or text files as ``<class>/<file>.txt``.

    The vocabulary is learned on the train part and becomes part of the saved model.

    Attributes:
        name: The name under which results are reported.
        path: The file, a pattern of files, or the folder (or a zip of it).
        task: ``text_classification``.
        validation_path: A file that is the validation part, if there is one.
        test_path: A file that is the test part, if there is one.
        text: Column of texts; by default told by its name, or else the column with the longest ones.
        label: Column of labels; by default told by its name, or else the other column with the fewest values.
        header: Whether the first line names the columns; by default told by what it says.
        quoting: Whether double quotes enclose fields; by default in all files but .tsv.
        delimiter: Between fields; by default what the first lines tell.
        encoding: Of the text.
        validation: Share of the texts for validation; unused where there is a file or a folder of it.
        test: Share of the texts for test; unused where there is a file or a folder of it.
        max_tokens: Size of the vocabulary at most.
        min_count: How often a token must occur in the train part to be in the vocabulary.
        length: Tokens of a text that models see; by default what 99 of 100 texts have, at most 256.
        on_empty: Whether an empty text is an ``error``, or is left out with a word (``skip``).
        positive: The label whose f1, precision, recall, roc_auc and average_precision are told; see ``class_scores``.
    """

    name: Text
    path: Needed | None = None
    task: Text = "text_classification"
    validation_path: Text | None = None
    test_path: Text | None = None
    text: str | None = None
    label: str | None = None
    header: bool | None = None
    quoting: bool | None = None
    delimiter: Text | None = None
    encoding: Text = "utf-8"
    validation: Portion = 0.15
    test: Portion = 0.15
    max_tokens: Annotated[int, Between(3, 10_000_000)] = 20_000
    min_count: Count = 2
    length: Annotated[int, Between(1, 1_000_000)] | None = None
    on_empty: Literal["error", "skip"] = "error"
    positive: Text | None = None

    @override
    def open(self, cache: Path, seed: int) -> Dataset:
        self._check()
        identity = digest(
            _FORMAT, [text_identity(path) for path in self._paths()], self.text, self.label, self.header, self.quoting,
            self.delimiter, self.encoding, self.on_empty,
        )  # fmt: skip
        content = cached(cache, entry_name(self, identity), self._write)
        key = digest(identity, self.validation, self.test, self.max_tokens, self.min_count, self.length, seed)
        given = bool((np.load(content / "sides.npy") == _SIDES.index("validation")).any())
        asked = settled(self.folds, self.name, self.task, given=given)
        name = f"split-{key}" if asked == 1 else f"split-{key}-{asked}"
        parts = cached(content, name, lambda folder: self._write_split(content, folder, seed, key, asked))
        spec = DataSpec.from_dict(json.loads((parts / "spec.json").read_text()))
        tokens, target, texts = mapped(parts / "tokens.npy"), mapped(content / "target.npy"), Strings(content, "texts")
        assert tokens is not None
        part = partial(ArrayPart, tokens, target, raw=lambda rows: {"text": texts[rows]})
        named = [part(np.load(parts / f"{name}.npy")) for name in _SIDES]
        return Dataset(with_positive(spec, self.positive), *named, **read_folds(parts, part))

    @override
    def samples(self, path: str, spec: DataSpec, note: Note) -> Iterator[Samples]:
        return text_samples(path, self._reader(), spec.details.get("text"), note)

    def _reader(self) -> TextFiles:
        return TextFiles(self.text, self.label, self.header, self.quoting, self.delimiter, self.encoding)

    def _check(self) -> None:
        check_serves(self.task, "a table of texts", "text", "class")
        if self.path is None:
            raise ConfigError("data.path: a file of texts, or a folder of them, is needed. Received: null.")
        if self.text is not None and self.text == self.label:
            raise ConfigError(
                "data.label: the texts cannot be the labels too."
                f" Received: data.text={self.text} data.label={self.label}."
            )
        self._check_held()

    def _check_held(self) -> None:
        """Refuse a held-out file that is the one that models learn from."""
        files = _tables(self.path, "data.path")
        validation, test = (_tables(getattr(self, key), f"data.{key}") for key in ("validation_path", "test_path"))
        refuse_same(files, validation, "data.validation_path")
        refuse_same([*files, *validation], test, "data.test_path")

    def _paths(self) -> list[str | None]:
        return [self.path, self.validation_path, self.test_path]

    def _write(self, folder: Path) -> None:
        """Texts and labels of all files, one after the other."""
        texts: list[str] = []
        labels: list[str] = []
        sides: list[str] = []
        skipped = 0
        reader = self._reader()
        for side, key, path in zip(_SIDES, ("path", "validation_path", "test_path"), self._paths(), strict=True):
            if path is not None:
                for text, label, found in reader.read(path, f"data.{key}"):
                    if not text:
                        if self.on_empty == "error":
                            row = len(texts) - (sides.index(side) if side in sides else len(texts)) + skipped + 1
                            raise DataError(
                                f"data.{key}: row {row} of {path} has no text. Fill it in, or set data.on_empty=skip."
                            )
                        skipped += 1
                        continue
                    texts.append(text)
                    labels.append(label)
                    sides.append(side if found == "train" else found)
        if not texts:
            raise DataError(f"data.path: {self.path} holds no texts.")
        classes, target = _classes(labels, sides)
        save_strings(texts, folder, "texts")
        np.save(folder / "target.npy", target)
        np.save(folder / "sides.npy", np.array([_SIDES.index(side) for side in sides], np.int8))
        warnings = [f"{skipped} empty text{'s were' if skipped > 1 else ' was'} left out."] if skipped else []
        warnings += self._note_validation(sides)
        warnings += _note_shared(texts, sides)
        about = {"classes": classes, "warnings": warnings, "column": reader.found}
        (folder / "about.json").write_text(json.dumps(about))

    def _note_validation(self, sides: list[str]) -> list[str]:
        """A word on a validation part that came in a folder of that name."""
        count = sides.count("validation")
        if not count or self.validation_path is not None:
            return []
        return [f"the {count:,} texts of the validation folder of {self.path} are the validation part."]

    def _write_split(self, content: Path, folder: Path, seed: int, key: str, asked: Asked) -> None:
        """The parts, the vocabulary of the train part, and all texts as token numbers."""
        from automl.data.encoding.text import learn_vocabulary

        about = json.loads((content / "about.json").read_text())
        texts, target = Strings(content, "texts"), np.load(content / "target.npy")
        sides = np.load(content / "sides.npy")
        given = {side: np.flatnonzero(sides == number) for number, side in enumerate(_SIDES)}
        parts = split(
            target, len(texts), self.validation, self.test, seed,
            given["test"] if len(given["test"]) else None,
            given["validation"] if len(given["validation"]) else None,
        )  # fmt: skip
        train, dealt = parts["train"], None
        if asked != 1:
            train = np.sort(np.concatenate([parts["train"], parts["validation"]]))
            dealt = deal(asked, Strata(len(train), target[train], tuple(about["classes"])), seed)
            assert dealt is not None
            parts |= save_folds(folder, train, dealt)
        for part, rows in parts.items():
            np.save(folder / f"{part}.npy", rows)
        batches = (list(texts[train[start : start + _BATCH]]) for start in range(0, len(train), _BATCH))
        vocabulary, lengths = learn_vocabulary(batches, self.max_tokens, self.min_count)
        if not vocabulary:
            raise DataError(f"data.min_count: no token occurs {self.min_count} times in the train part.")
        length = self.length or int(min(_LONGEST, max(1, np.ceil(np.quantile(lengths, 0.99)))))
        spec = DataSpec(
            name=self.name,
            task="text_classification",
            inputs={"text": TensorSpec((), "string")},
            target=TensorSpec((), "int64"),
            classes=tuple(about["classes"]),
            sizes={part: len(rows) for part, rows in parts.items()},
            fingerprint=told_apart(key, dealt),
            statistics={"vocabulary": vocabulary},
            details={
                "encoding": "text",
                "length": length,
                "tokens": len(vocabulary) + 2,
                "text": about["column"],
            },
            warnings=tuple(about["warnings"]),
            features=TensorSpec((length,), "int32"),
            folds=count_of(dealt),
        )
        encoder, stack = make_encoder(spec), Stacking(spec)
        assert encoder is not None
        tokens = np.lib.format.open_memmap(folder / "tokens.npy", "w+", np.int32, (len(texts), length))
        for start in range(0, len(texts), _BATCH):
            rows = np.arange(start, min(start + _BATCH, len(texts)))
            tokens[rows] = encoder(stack({"text": texts[rows]})).numpy()
        (folder / "spec.json").write_text(json.dumps(spec.to_dict()))


def _tables(path: str | None, key: str) -> list[Path]:
    return [] if path is None or is_tree(path) else find_files(path, key)


def _note_shared(texts: list[str], sides: list[str]) -> list[str]:
    """A sentence where most texts of the test part are in the others too."""
    tested = {text for text, side in zip(texts, sides, strict=True) if side == "test"}
    learned = {text for text, side in zip(texts, sides, strict=True) if side != "test"}
    share = len(tested & learned) / max(1, len(tested))
    told = "of the different texts of the test part are in the other files too; its score says little of new texts."
    return [f"{share:.0%} {told}"] if share > _MUCH else []


def _classes(labels: list[str], sides: list[str]) -> tuple[list[str], np.ndarray]:
    """The labels in order and the number of each text's own.

    Raises:
        DataError: There is one class only, or one with too few texts, or one that the train part lacks.
    """
    trained: dict[str, int] = {}
    for label, side in zip(labels, sides, strict=True):
        trained[label] = trained.get(label, 0) + (side == "train")
    classes = sorted(trained)
    if len(classes) < 2:
        raise DataError(f"data.label: at least two classes are needed. Received: {', '.join(classes)}.")
    least = 1 + ("validation" not in sides) + ("test" not in sides)
    for label in classes:
        if trained[label] < least:
            if trained[label] == 0:
                raise DataError(
                    f"data.label: class '{label}' is in the validation or test part alone, so that no model can learn"
                    " it. Leave its texts out, or put some of them into the train part."
                )
            raise DataError(
                f"data.label: class '{label}' has {trained[label]} text{'' if trained[label] == 1 else 's'} to learn"
                f" from; at least {least} are needed. The classes are: {', '.join(classes[:20])}."
            )
    numbers = {label: number for number, label in enumerate(classes)}
    return classes, np.array([numbers[label] for label in labels], np.int64)
