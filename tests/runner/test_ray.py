"""Ray's runner on a real cluster of this machine, whose GPUs are pretended."""

from __future__ import annotations

import os
import signal
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from automl import registry
from automl.errors import ConfigError, PluginError
from automl.inheritance import override
from automl.plugin import CHECKPOINT, Decision
from automl.registry import Group
from automl.runner.base import Failed, Finished
from automl.runner.process import family
from automl.testing import RunnerConformance
from automl.testing.runners import Harness, alive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from automl.jobs.scripted import ScriptedJob

needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="the extra 'ray' is not installed")


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """With room for two runners, and four GPUs as far as Ray knows."""
    import ray

    quiet = {"include_dashboard": False, "log_to_driver": False, "logging_level": "CRITICAL"}
    ray.init("local", num_cpus=4, num_gpus=4, object_store_memory=10**8, **quiet)
    yield
    ray.shutdown()


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def host_of(harness: Harness, job: ScriptedJob, after: int) -> int:
    """The actor that has a job run which has reported so many steps."""
    harness.until(lambda: len(harness.steps(job)) >= after)
    (*_, last) = (report for report in harness.reports if report.job == job)
    return parent(parent(last.content["pid"]))


@needs_ray
@pytest.mark.usefixtures("cluster")
def test_a_job_whose_host_is_killed_goes_on_in_another_from_its_last_checkpoint(tmp_path: Path) -> None:
    class Runner(RunnerConformance):
        runner = "ray"

    with Runner().started(tmp_path, gpus_per_trial=0.5) as harness:
        job, other = harness.submit(steps=30, pause=0.1), harness.submit(steps=40, pause=0.1)
        os.kill(host_of(harness, job, after=5), signal.SIGKILL)
        events = {event.job.id: event for event in harness.collect(2)}
        for one in (job, other):
            assert isinstance(events[one.id], Finished), events[one.id]
            assert harness.steps(one) == list(range(1, one.steps + 1))
            assert (one.dir / CHECKPOINT).read_text() == str(one.steps)
            assert "scripted" in (one.dir / "log.txt").read_text()
        began = [report.content["began"] for report in harness.reports if report.job == job]
        assert began[0] == 0
        assert began[-1] >= 4
        gpus = [report.content["gpu"] for report in harness.reports[:2]]
        assert set(gpus) <= set("0123"), "each has a GPU that Ray has given it"

        harness.decide = lambda report: Decision.PRUNE if report.step == 3 else Decision.CONTINUE
        lost = harness.submit("hang")
        host = host_of(harness, lost, after=1)
        harness.runner.kill(lost.id, "interrupted", "The study was interrupted.")
        os.kill(host, signal.SIGKILL)
        (event,) = harness.collect()
        assert isinstance(event, Failed)
        assert (event.kind, event.message) == ("interrupted", "The study was interrupted.")


@needs_ray
@pytest.mark.parametrize(
    ("cpus", "share", "room"),
    [(1, 0.0, 16), (4, 0.0, 4), (0, 1.0, 4), (0, 0.5, 8), (0, 0.3, 12), (4, 0.25, 4), (9, 1.0, 0)],
)
def test_trials_fit_by_cores_and_shares_of_gpus(cpus: int, share: float, room: int) -> None:
    from automl.runner.cluster.connection import fit

    nodes = [{"CPU": 8.0, "GPU": 2.0}, {"CPU": 8.0, "GPU": 2.0}]
    assert sum(fit(node, cpus, share) for node in nodes) == room


@needs_ray
@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize("fields", [{"cpus_per_trial": 64}, {"gpus_per_trial": 1.5}])
def test_what_no_node_has_is_refused(fields: dict[str, Any]) -> None:
    from automl.runner.ray import RayRunner

    runner = RayRunner(**fields)
    with pytest.raises(ConfigError, match=r"cpus_per_trial|gpus_per_trial"):
        runner.start(lambda _: Decision.CONTINUE, 2)
    runner.close()


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [
        name for name in sys.modules if name == "automl.runner.ray" or name.startswith("automl.runner.cluster")
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(PluginError) as error:
        registry.entry(Group.RUNNERS, "ray").load()
    assert str(error.value) == "The runner 'ray' needs the package 'ray'. Install the extra: pip install 'automl[ray]'"


@pytest.mark.slow
@needs_ray
@pytest.mark.usefixtures("cluster")
class TestRay(RunnerConformance):
    runner = "ray"
    fields: ClassVar = {"slots": 2, "gpus_per_trial": 0}
    warm_up = 100

    @override
    def processes_of(self, harness: Harness) -> list[int]:
        """This one, and the hosts with what they have started; Ray's own come and go."""
        named = {pid: Path(f"/proc/{pid}/comm").read_text() for pid in family(os.getpid())}
        hosts = [pid for pid, name in named.items() if name.startswith("ray::Host")]
        return sorted({os.getpid(), *(pid for host in hosts for pid in family(host) if alive(pid))})
