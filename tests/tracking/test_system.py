from __future__ import annotations

from automl.tracking.system import SystemMonitor, gpus


def test_the_machine_is_sampled_under_the_names_of_mlflow() -> None:
    monitor = SystemMonitor(seconds=0.0)
    assert monitor.sample(0.0) == {}, "shares are of the time since the last look"
    found = monitor.sample(0.0)
    assert {"system/cpu_utilization_percentage", "system/system_memory_usage_megabytes"} <= set(found)
    monitor.close()


def test_the_longer_a_study_runs_the_rarer_it_is_looked() -> None:
    monitor = SystemMonitor(seconds=0.0)
    monitor.sample(0.0)
    assert monitor.sample(1e6)
    assert monitor.sample(1e6) == {}
    monitor.close()


def test_what_a_gpu_does_not_tell_is_left_out() -> None:
    text = "0, 97, 1024, 81920, 350.5\n1, [N/A], 0, 0, [N/A]\nFailed to initialize NVML\n"
    assert gpus(text) == {
        "gpu_0_utilization_percentage": 97.0,
        "gpu_0_memory_usage_megabytes": 1073.7,
        "gpu_0_memory_usage_percentage": 1.2,
        "gpu_0_power_usage_watts": 350.5,
        "gpu_1_memory_usage_megabytes": 0.0,
    }
