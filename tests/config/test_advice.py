"""How a value that is refused is written, and what its key means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from automl.config.advice import advice, meaning
from automl.config.check import check
from automl.config.compose import compose_all
from automl.config.hints import field_docs
from automl.errors import AutomlError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("model.blocks", "low:1", "The shell takes braces apart: put the whole into quotes, 'model.blocks={...}'."),
        ("training.optimizer", "choices:[adam", "The shell takes braces apart"),
        ("model.blocks", "1-3", "A range is written 'model.blocks={low:1,high:3}'."),
        ("model.dropout", "interval(0.1, 0.5)", "A range is written 'model.dropout={low:0.1,high:0.5}'."),
        ("model.blocks", "{low=1,high=3}", "A space is written 'model.blocks={low:1,high:4}'"),
        ("model.blocks", {"min": 1, "max": 3}, "A space is written"),
        ("model.filters", "{16,32}", "To search several: 'model.filters={choices:[16,32]}'."),
        ("model.filters", [16, 32], "To search several: 'model.filters={choices:[16,32]}'."),
        ("search.trials", {"low": 1, "high": 3}, "Only keys of model, training, data can be searched."),
        ("search.trials", [1, 2], ""),
        ("training.epochs", "=3", "One '=' is enough: training.epochs=3."),
        ("training.epochs", 32.0, "Write it without a point: 32."),
        ("data.test", "20%", "Write it as a share: 0.2."),
        ("training.learning_rate", "0,001", "A decimal has a point: 0.001."),
        ("training.epochs", "ten", ""),
    ],
)
def test_what_was_meant_is_written_out(path: str, value: Any, sentence: str) -> None:
    found = advice(path, value, decimals=path == "training.learning_rate")
    assert found.startswith(sentence)
    assert bool(found) == bool(sentence)


def test_a_fields_documentation_is_read_out_of_the_source_with_that_of_its_bases() -> None:
    docs = field_docs("automl_tabular.mlp:MLP") | field_docs("automl.training:Supervised")
    assert docs["patience"].startswith("Epochs without a better objective on validation after which training stops")
    assert meaning(docs["epochs"]) == "It means: most passes over the train part."
    assert meaning(field_docs("automl.data.tables.csv:Csv")["target"]).startswith("It means: column to predict")
    assert meaning("A server (Smith et al. 2020, v. 2), or None; by default none. More.") == (
        "It means: a server (Smith et al. 2020, v. 2), or null."
    )
    assert meaning("") == ""


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["training.epochs=0"], "of at least 1. Received: 0. It means: most passes over the train part."),
        (["training.lr=0.1"], "Did you mean: training.learning_rate?"),
        (["search.trails=3"], "search.trails: there is no such key. Did you mean: search.trials?"),
        (["+model.epochs=3"], "model.epochs: there is no such field. Did you mean: training.epochs?"),
        (["search.seed=3"], "Did you mean: data.seed, seed?"),
        (["training/epochs=3"], "Did you mean: training.epochs?"),
        (["data = iris"], "Leave out the spaces around '=': data=iris."),
        (["data=", "iris"], "Leave out the spaces around '=': data=<value>."),
        (["data.path=my", "photos"], "A value with spaces wants quotes: 'data.path=my photos'."),
        (["training.epochs:3"], "Write training.epochs=3."),
        (["-model=cnn"], "There is no flag '-model'. Write +model=cnn."),
        (["+model=resnet"], "a study of each is run by -m +model=cnn,resnet. Received: cnn and resnet."),
        (["data=[digits,npz]"], "data: one choice is expected; several need --multirun (-m)."),
        (["data.path=a.csv"], "data.path: there is no such key. data=digits has none; those that have one: data=csv"),
        (["data=npz"], "data.path: data=npz needs one. It means: the file. Add data.path=<path>."),
        (["data=a.csv"], "A file is read by data=csv data.path=a.csv."),
        (["search=hyperband"], "Did you mean: search=optuna search.pruner=hyperband?"),
        (["search.objective=val_acuracy"], "Received: null. Did you mean: val_accuracy?"),
        (["search.constraints.parameters=5"], "expected a bound, as in search.constraints.parameters.max=<number>"),
        (["seed={choices:[1,2]}"], "Only keys of model, training, data can be searched. It means: fixes sampling"),
        (["data=image_folder", "data.path=fotos"], "Received: fotos. Did you mean: photos?"),
        (["data=image_folder", "data.path=$HOME/a"], "In single quotes the shell leaves $ as it is."),
        (["training.optimizer=adam,sgd"], "To search several: 'training.optimizer={choices:[adam,sgd]}'."),
    ],
)
def test_a_newcomer_is_told_what_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], sentence: str
) -> None:
    (tmp_path / "photos").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AutomlError) as error:
        check(compose_all(["+model=cnn", *words])[0])
    assert sentence in str(error.value)


def test_a_tilde_is_the_users_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "photos").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    words = ["+model=cnn", "data=image_folder", "data.path=~/photos", "experiments=~/out"]
    found = check(compose_all(words)[0])
    assert found.config["data"]["path"] == str(tmp_path / "photos")
    assert found.experiments == tmp_path / "out"
