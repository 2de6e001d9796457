import keras
import pytest

from automl.errors import ConfigError
from automl.tasks import load_task
from automl.testing import ModelConformance
from automl_tcn.adabelief import AdaBelief
from automl_tcn.cauchy import cauchy
from automl_tcn.guard import Guard


class TestTCN(ModelConformance):
    model = "tcn"

    def test_it_learns_by_its_own_loss_and_optimizer_and_tells_its_own_metric(self, make, trial, dataset):
        running = trial()
        running.config["training"].update(loss="cauchy", optimizer="adabelief")
        make().fit(dataset, running)
        assert running.history[-1]["loss"] < running.history[0]["loss"]
        assert {"bias", "val_bias"} <= set(running.history[0])


def test_the_loss_refuses_labels(tmp_path):
    with pytest.raises(ConfigError, match="cauchy is a loss of values"):
        cauchy(load_task("sequence_classification").tiny(tmp_path).spec, None)


def test_the_optimizer_finds_a_minimum():
    place, optimizer = keras.Variable([3.0]), AdaBelief(0.1)
    for _ in range(300):
        optimizer.apply([2.0 * place], [place])
    assert abs(float(place[0])) < 0.05


def test_the_guard_compares_losses():
    guard, model = Guard(2.0), keras.Sequential()
    guard.set_model(model)
    for loss, expected in ((1.9, False), (2.1, True)):
        model.stop_training = False
        guard.on_epoch_end(0, {"loss": 1.0, "val_loss": loss})
        assert model.stop_training == expected
