"""``model=auto`` composed: which families, and what of the command line is whose."""

from __future__ import annotations

from typing import Any

import pytest

from automl.config.check import check
from automl.config.compose import compose_all
from automl.errors import AutomlError
from automl.records import UNCOUNTED
from automl.space import FamilySpace


def composed(*words: str) -> dict[str, Any]:
    (config,) = compose_all(list(words))
    return config


def test_no_model_means_all_families_that_take_the_data() -> None:
    config = composed("training.epochs=3", "families.cnn.model.blocks=2", "families.cnn.training.optimizer=sgd")
    assert config["model"]["name"] == "auto"
    assert config["model"]["families"] == list(config["families"])
    assert {"cnn", "resnet"} <= set(config["families"])
    assert not {"mlp", "lstm", "vae", "dqn"} & set(config["families"])
    assert {one["training"]["epochs"] for one in config["families"].values() if "epochs" in one["training"]} == {3}
    assert config["families"]["cnn"]["model"]["blocks"] == 2
    assert config["families"]["cnn"]["training"]["optimizer"] == "sgd"
    assert config["families"]["resnet"]["training"]["optimizer"] == "adam"


def test_families_are_narrowed_by_name() -> None:
    assert composed("model.families=[resnet,cnn]")["model"]["families"] == ["cnn", "resnet"]
    left = composed("model=auto", "model.exclude=[cnn]")["model"]["families"]
    assert "resnet" in left
    assert "cnn" not in left


def test_a_key_of_training_is_for_the_families_that_have_it() -> None:
    families = composed("data=cartpole", "training.steps=500", "training.episodes=2")["families"]
    assert {one["training"]["steps"] for one in families.values()} == {500}
    tables = composed("data=iris", "training.trees=7", "model.families=[boosting,linear]")["families"]
    assert tables["boosting"]["training"]["trees"] == 7
    assert "trees" not in tables["linear"]["training"]


def test_families_that_predict_no_quantiles_are_left_out_where_these_are_asked_for() -> None:
    settings = check(composed("data=diabetes", "training.quantiles=[0.1,0.5,0.9]"))
    assert set(settings.families) == {"mlp", "ft_transformer"}
    assert settings.notes == ("training.quantiles: left out, as they predict none: linear, boosting",)
    assert {"linear", "boosting"} <= set(check(composed("data=diabetes")).families)


def test_each_family_is_checked_as_if_it_had_been_named() -> None:
    settings = check(composed("model.families=[cnn,resnet]", "search.timeout=60"))
    assert isinstance(settings.space, FamilySpace)
    assert list(settings.families) == ["cnn", "resnet"]
    assert settings.model.name == "auto"
    assert settings.trials == UNCOUNTED
    assert "families.cnn.model.filters" in settings.space.parameters
    assert check(composed("model.families=[cnn,resnet]")).trials == 20
    assert check(composed("model.families=[cnn,resnet]", "search.trials=3", "search.timeout=60")).trials == 3


def test_a_table_may_be_of_several_tasks() -> None:
    families = composed("data=csv", "data.path=x.csv", "data.target=y")["model"]["families"]
    assert "mlp" in families
    assert "cnn" not in families


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["model.families=[mpl]"], "model.families: the family 'mpl' is not installed. Did you mean: mlp?"),
        (["model.families=3"], "model.families: expected a list of families, as in model.families=[mlp]. Received: 3."),
        (["model.families=[lstm]"], "no family is left that takes data=digits, image_classification."),
        (["training.epoochs=3"], "training.epoochs: no family has such a key. Did you mean: training.epochs?"),
        (["training=control"], "training: with model=auto each family has its own kind of training."),
        (["families.cnnn.model.blocks=2"], "families: there is no family 'cnnn' among them. Did you mean: cnn?"),
        (["search.storage=sqlite:///x.db"], "search.storage: drivers share the search of one family."),
        (["search.enqueue=[{blocks: 1}]"], "search.enqueue: with model=auto each item names its family"),
        (["search.objective=val_rmse"], "search.objective"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(words: list[str], message: str) -> None:
    with pytest.raises(AutomlError) as error:
        check(composed(*words))
    assert message in str(error.value)


def test_what_is_enqueued_is_for_its_family() -> None:
    settings = check(composed("model.families=[cnn,resnet]", "search.enqueue=[{model.name: cnn, blocks: 1}]"))
    assert settings.config["search"]["enqueue"] == [{"model.name": "cnn", "blocks": 1}]
