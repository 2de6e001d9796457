from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from automl.errors import ConfigError
from automl.fields import construct
from automl.plugin import Decision
from automl.runner import devices
from automl.runner.local import LocalRunner

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def four_gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose ``nvidia-smi`` lists four GPUs."""
    command = tmp_path / "nvidia-smi"
    command.write_text("#!/bin/sh\nprintf '0\\n1\\n2\\n3\\n'\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "gpus", list)
    monkeypatch.setattr(devices, "cores", lambda: 8)


def visible(slots: list[devices.Device]) -> list[str]:
    return [slot.environment["CUDA_VISIBLE_DEVICES"] for slot in slots]


@pytest.mark.usefixtures("no_gpu")
def test_cores_are_shared_out_equally() -> None:
    slots = devices.slots(None, 1.0, None, most=100)
    assert [slot.name for slot in slots] == [f"cpu:{index}" for index in range(8)]
    assert {slot.environment["TF_NUM_INTRAOP_THREADS"] for slot in slots} == {"1"}
    assert {slot.environment["TF_NUM_INTRAOP_THREADS"] for slot in devices.slots(2, 1.0, None, most=100)} == {"4"}


@pytest.mark.usefixtures("no_gpu")
def test_a_single_trial_gets_every_core_unless_they_are_pinned() -> None:
    assert devices.slots(None, 1.0, None, most=1)[0].environment["TF_NUM_INTRAOP_THREADS"] == "8"
    assert devices.slots(1, 1.0, 3, most=1)[0].environment["TF_NUM_INTRAOP_THREADS"] == "3"


@pytest.mark.usefixtures("no_gpu")
@pytest.mark.parametrize(("cpus", "count"), [(1, 8), (3, 2), (4, 2), (8, 1), (9, 1)])
def test_trials_of_several_cores_are_as_many_as_fit(cpus: int, count: int) -> None:
    slots = devices.slots(None, 1.0, cpus, most=100)
    assert [slot.environment["TF_NUM_INTRAOP_THREADS"] for slot in slots] == [str(cpus)] * count


@pytest.mark.usefixtures("four_gpus")
def test_every_gpu_is_a_slot_and_fractions_share_one() -> None:
    assert visible(devices.slots(None, 1.0, None, most=100)) == ["0", "1", "2", "3"]
    assert visible(devices.slots(None, 0.5, None, most=100)) == ["0", "1", "2", "3"] * 2
    assert visible(devices.slots(3, 1.0, None, most=100)) == ["0", "1", "2"]


@pytest.mark.usefixtures("four_gpus")
def test_gpus_that_the_cores_do_not_suffice_for_stay_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "cores", lambda: 8)
    slots = devices.slots(None, 0.5, 3, most=100)
    assert visible(slots) == ["0", "1"]
    assert {slot.environment["TF_NUM_INTRAOP_THREADS"] for slot in slots} == {"3"}


@pytest.mark.usefixtures("four_gpus")
def test_gpus_that_the_user_hides_stay_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,3")
    assert visible(devices.slots(None, 1.0, None, most=100)) == ["1", "3"]
    assert visible(devices.slots(2, 0, None, most=100)) == ["-1", "-1"]


@pytest.mark.usefixtures("four_gpus")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 1.0, None), "runner.slots: expected an integer above 0, or null. Received: 0."),
        ((None, 1.0, -1), "runner.cpus_per_trial: expected an integer above 0, or null. Received: -1."),
        ((None, 1.5, None), "runner.gpus_per_trial: expected 0, or a share from 0.01 to 1"),
        ((None, -1, None), "runner.gpus_per_trial: expected 0, or a share from 0.01 to 1"),
        ((None, math.nan, None), "runner.gpus_per_trial: expected 0, or a share from 0.01 to 1"),
        ((None, math.inf, None), "runner.gpus_per_trial: expected 0, or a share from 0.01 to 1"),
        ((None, 1e-9, None), "runner.gpus_per_trial: expected 0, or a share from 0.01 to 1"),
        ((100_000, 1.0, None), "too few for so many trials side by side; expected at most"),
        ((None, 1.0, 100_000), "too few for so many threads in a trial; expected at most"),
        ((None, 2, None), "since a trial trains on one GPU; with 1 every GPU has a trial of its own. Received: 2."),
    ],
)
def test_what_the_machine_does_not_have_is_refused(
    arguments: tuple[int | None, float, int | None], message: str
) -> None:
    with pytest.raises(ConfigError) as error:
        devices.slots(*arguments, most=100)
    assert message in str(error.value)


def test_the_runner_is_made_of_its_configuration() -> None:
    assert construct(LocalRunner, {"slots": 2, "silence": 30}, "runner") == LocalRunner(slots=2, silence=30.0)


@pytest.mark.parametrize("silence", [0.0, -1.0, math.nan, math.inf])
def test_a_silence_that_is_none_is_refused_and_the_runner_can_be_closed(silence: float) -> None:
    runner = LocalRunner(silence=silence)
    with pytest.raises(ConfigError, match=r"runner.silence: expected seconds above 0, or null. Received: "):
        runner.start(lambda _: Decision.CONTINUE, 1)
    runner.close()


@pytest.mark.parametrize(
    "fields", [{"slots": 0}, {"cpus_per_trial": 0}, {"gpus_per_trial": -1.0}, {"gpus_per_trial": 1.5}]
)
def test_a_runner_that_was_refused_can_be_closed(fields: dict[str, Any]) -> None:
    runner = LocalRunner(**fields)
    with pytest.raises(ConfigError):
        runner.start(lambda _: Decision.CONTINUE, 1)
    runner.close()
    runner.close()
