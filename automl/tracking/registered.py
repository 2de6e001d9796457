"""The best model of a study as a version in MLflow's model registry, where the store has one."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from automl.tracking.faults import RefusedError, reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from automl.tracking.operations import Register

ALIAS = "best"
FINGERPRINT = "automl.data.fingerprint"

_METRIC, _SCORE, _IDENT = "automl.metric", "automl.score", "automl.id"
_VERSIONS = "mlflow.modelVersions"
_NO_REGISTRY = re.compile(r"error code (404|405|501)\b|unsupported URI")


def register(client: Any, operation: Register, model: Any, run: str, ident: str) -> None:
    """Make a version of a logged model, where there is none yet, and have the alias point to it if it is better.

    Versions are compared by their score on the validation part: it chose among the trials too, while the test part
    would no longer be one if it chose among studies. Scores on other data (by fingerprint, which covers the split),
    and by another metric, say nothing of each other: then the alias stays where it is.

    Args:
        client: MLflow's client.
        operation: What is registered.
        model: The logged model.
        run: That of the run that logged it.
        ident: Unique to the trial, in all stores.

    Raises:
        RefusedError: The store has no model registry.
        Exception: Of MLflow.
    """
    with _no_registry():
        _make(client, operation)
    name = operation.name
    if any(one.tags.get(_IDENT) == ident for one in client.search_model_versions(f"name = '{name}'")):
        return
    best = _best(client, name)
    better, why = _compare(operation, best)
    tags = {**operation.tags, _METRIC: operation.metric, _SCORE: repr(operation.value), _IDENT: ident}
    # Not as models:/<id>, which a database's store looks up in whatever tracking store this process has by default.
    made = client.create_model_version(
        name, model.artifact_location, run, tags, description=why, model_id=model.model_id, await_creation_for=0
    )
    versions = json.dumps([{"name": name, "version": made.version}])
    client.set_logged_model_tags(model.model_id, {_VERSIONS: versions})  # as a server does by itself
    if better:
        client.set_registered_model_alias(name, ALIAS, made.version)


def _make(client: Any, operation: Register) -> None:
    from mlflow.exceptions import MlflowException

    about = f"Alias `{ALIAS}`: the best {operation.metric} on the validation part, among versions of the same data."
    try:
        client.get_registered_model(operation.name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        client.create_registered_model(operation.name, description=about)


def _best(client: Any, name: str) -> Any:
    """The version that the alias points to; None where it points to none."""
    found = client.get_registered_model(name).aliases.get(ALIAS)
    return None if found is None else client.get_model_version(name, found)


def _compare(operation: Register, best: Any) -> tuple[bool, str]:
    """Whether the alias moves, and why, in a sentence."""
    told = f"{operation.metric} {operation.value:.4f} on the validation part."
    if best is None:
        return True, told
    same = best.tags.get(FINGERPRINT) == operation.tags.get(FINGERPRINT)
    if not same or best.tags.get(_METRIC) != operation.metric or _SCORE not in best.tags:
        what = "its metric is another" if same else "its data, or their split, are others"
        return False, f"{told} Not compared with version {best.version}: {what}."
    before = float(best.tags[_SCORE])
    better = operation.value > before if operation.direction == "maximize" else operation.value < before
    word = "better" if better else "no better"
    return better, f"{told} That is {word} than {before:.4f} of version {best.version}, the best until then."


@contextmanager
def _no_registry() -> Iterator[None]:
    """Tell a server without a registry from one that is away."""
    try:
        yield
    except Exception as error:
        if getattr(error, "error_code", "") == "FEATURE_DISABLED" or _NO_REGISTRY.search(str(error)):
            raise RefusedError(f"it has no model registry ({reason(error)})") from error
        raise
