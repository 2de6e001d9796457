"""docs/plugins.md shows the files that are installed, and tables that are made from the code."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import clear_registry
from foreign import register

from automl.config.check import check
from automl.config.compose import compose_all
from automl.config.hints import field_types
from automl.data import TensorSpec
from automl.errors import PluginError
from automl.registry import Group, entries, names
from automl.settings import Supervised
from automl.tasks import SupervisedTask, load_task, task_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from automl.data import DataSpec

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
SHOWN = dict(re.findall(r"`(examples/[\w./-]+)`:\n\n```\w+\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE))


@pytest.fixture
def examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_registry: None) -> Iterator[Path]:
    """The distributions of the documentation, as if they were installed; a folder of their own."""
    for project in ("tcn", "boosting"):
        (tmp_path / project).mkdir()
        register(ROOT / "examples" / project, tmp_path / project, monkeypatch)
    clear_registry()
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    clear_registry()


def test_the_files_that_are_shown_are_those_that_are_installed() -> None:
    assert {path: (ROOT / path).read_text(encoding="utf-8") for path in SHOWN} == SHOWN
    tcn = {path.relative_to(ROOT).as_posix() for path in (ROOT / "examples" / "tcn").rglob("*.*") if path.is_file()}
    left_out = re.compile(r"__init__\.py|README\.md|\.pyc")
    assert {path for path in tcn if not left_out.search(path)} <= set(SHOWN)
    for link in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (ROOT / "docs" / link).exists(), link


def test_the_commands_compose_and_are_checked(examples: Path) -> None:
    (examples / "power.csv").write_text("load\n1\n")
    (examples / "people.csv").write_text("age,income\n1,2\n")
    lines = "".join(text for kind, text in BLOCKS if kind == "bash").splitlines()
    commands = [shlex.split(line)[3:] for line in lines if "+model=" in line]
    assert len(commands) > 5
    for words in commands:
        (config,) = compose_all(words)
        check(config)


def test_a_trial_runs_without_a_driver(examples: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = (text for kind, text in BLOCKS if kind == "python" and "load_task" in text and "Trial(" in text)
    exec(compile(code, "docs/plugins.md", "exec"), {})
    best, losses, accuracy = capsys.readouterr().out.splitlines()
    assert float(best.split()[1]) > 0.6
    assert eval(losses)[-1] < eval(losses)[0]
    assert float(accuracy) > 0.6
    assert {path.name for path in (examples / "playground" / "model").iterdir()} == {"forest.npz", "model.json"}


@pytest.mark.parametrize("name", task_names())
def test_the_tables_have_every_task_as_its_code_has_it(name: str, tmp_path: Path) -> None:
    task = load_task(name)
    try:
        data = task.tiny(tmp_path)
    except PluginError as error:
        pytest.skip(str(error))
    assert INPUTS[0] in TEXT
    assert OUTPUTS[0] in TEXT
    assert inputs_row(name, data.spec) in TEXT
    if isinstance(task, SupervisedTask):
        assert outputs_row(task, data.spec, data.test.target()[:4]) in TEXT
    for key in (*data.spec.details, *data.spec.statistics):
        assert f"`{key}`" in TEXT, key


INPUTS = (
    "| task | raw samples, `spec.inputs` | in batches, `spec.encoded` | target | classes | `details` | `statistics` |",
    "| --- | --- | --- | --- | --- | --- | --- |",
)
OUTPUTS = (
    "| task | `head(spec)` of features | encoded target | predictions | losses, `auto` first | told after each epoch |",
    "| --- | --- | --- | --- | --- | --- |",
)


def inputs_row(name: str, spec: DataSpec) -> str:
    raw, encoded = tensors(spec.inputs), tensors(spec.encoded.inputs)
    target = "none" if spec.target is None else tensors(spec.target)
    cells = [f"`{name}`", raw, "the same" if raw == encoded else encoded, target, str(len(spec.classes) or "none")]
    cells += [", ".join(f"`{key}`" for key in keys) or "none" for keys in (spec.details, spec.statistics)]
    return f"| {' | '.join(cells)} |"


def outputs_row(task: SupervisedTask, spec: DataSpec, target: Any) -> str:
    import tensorflow as tf

    places = target.shape[1:] if task.info.target == "tensor" else ()
    encoded, _ = task.encode(tf.constant(target), spec)
    decode, outputs = task.decode(spec), task.head(spec)(tf.zeros((len(target), *places, 8)))
    predictions = outputs if decode is None else decode(outputs)
    loss = type(task.loss(spec, Supervised())).__name__
    cells = [f"`{task.info.name}`", f"{batched(('...', 8) if places else (8,))} to {batched(outputs.shape[1:])}"]
    cells += [batched(encoded.shape[1:]), batched(predictions.shape[1:])]
    cells += [f"{loss}: {', '.join(task.info.losses)}", ", ".join(task.every_epoch)]
    return f"| {' | '.join(cells)} |"


def tensors(spec: Any) -> str:
    if isinstance(spec, TensorSpec):
        return f"{spec.dtype} {shape(spec.shape)}"
    return ", ".join(f"`{name}` {tensors(one)}" for name, one in spec.items())


def shape(lengths: Any) -> str:
    return f"({', '.join(map(str, lengths))}{',' if len(lengths) == 1 else ''})"


def batched(lengths: Any) -> str:
    return shape(("n", *lengths))


def test_every_loader_is_told_of_with_all_its_keys() -> None:
    text = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    for name, point in entries(Group.DATASETS).items():
        assert point.distribution != "automl" or f"`{name}`" in text, name
    for section in text.split("\n## ")[1:]:
        if (name := section.split("`")[1]) in names(Group.DATASETS) and ": " in section.partition("\n")[0]:
            keys = set(field_types(entries(Group.DATASETS)[name].target)) - {"name", "task"}
            assert {key for key in keys if f"`{key}`" not in section} <= {"validation", "test", "group"}, name
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert (ROOT / "docs" / link).exists(), link
