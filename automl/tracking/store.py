"""The MLflow store that operations are sent to: connected when it is first needed, bounded in what it may take."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl.files import size
from automl.tracking.address import database_file, is_server, resolve
from automl.tracking.apply import Calls
from automl.tracking.database import ensure
from automl.tracking.operations import Artifact, Model

if TYPE_CHECKING:
    from collections.abc import Iterable

    from automl.tracking.operations import Operation
    from automl.tracking.spool import State

PATIENCE = 8.0
"""Seconds after which a store that did nothing is left alone; with what else there is to do at the end, ten."""

_LOADING = 120.0
"""Importing MLflow and making its tables take processor time of this machine, however busy it is."""

_BYTES_PER_SECOND = 1e6
"""Slower than this an upload is taken for one that hangs."""


def quiet() -> None:
    """Keep MLflow from telling others what runs here, from chatting, and from trying for minutes what fails."""
    os.environ.update(
        MLFLOW_DISABLE_TELEMETRY="true",
        DO_NOT_TRACK="true",
        MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR="false",
        MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT="true",
    )
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "1")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "0")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


class Store:
    """An MLflow store.

    Args:
        uri: Its address, or ``None`` for the database of the experiments folder.
        experiments: The experiments folder.

    Attributes:
        uri: Its address, resolved.
        patience: Seconds that what it does at the moment may take before it is thought to hang.

    Raises:
        ConfigError: The address is none.
    """

    def __init__(self, uri: str | None, experiments: Path) -> None:
        self.uri = resolve(uri, experiments)
        self.patience = PATIENCE
        self._ours = uri is None
        self._artifacts = artifacts_root(self.uri, experiments)
        self._client: Any = None

    def ping(self) -> None:
        """See whether it answers.

        Raises:
            Exception: It does not.
        """
        self._connect().search_experiments(max_results=1)

    def apply(self, operation: Operation, state: State, folder: Path, *, again: bool) -> None:
        """Do one operation; ids that the store gives are put into the state.

        Args:
            operation: What to do.
            state: The ids that the store gave earlier.
            folder: The study's folder.
            again: Whether it may have been done before.

        Raises:
            RefusedError: It can never be done.
            Exception: Of MLflow.
        """
        client = self._connect()
        if isinstance(operation, Artifact | Model):
            self.patience = PATIENCE + size(folder / operation.path) / _BYTES_PER_SECOND
        try:
            Calls(client, state, folder, self._artifacts, again).apply(operation)
        finally:
            self.patience = PATIENCE

    def open_runs(self) -> Iterable[Any]:
        """The runs of every experiment that are said to be running studies and trials of ours.

        Raises:
            Exception: Of MLflow.
        """
        client = self._connect()
        experiments = [one.experiment_id for one in client.search_experiments()]
        query = "attributes.status = 'RUNNING' and tags.`automl.state` = 'running'"
        found: Iterable[Any] = client.search_runs(experiments, query, max_results=1000) if experiments else []
        return found

    def tags(self, run: str) -> dict[str, str]:
        """The tags of a run.

        Raises:
            Exception: Of MLflow.
        """
        return dict(self._connect().get_run(run).data.tags)

    def kill(self, run: str, ended: int) -> None:
        """Mark a run as one whose process was killed.

        Raises:
            Exception: Of MLflow.
        """
        self._connect().set_tag(run, "automl.state", "killed")
        self._connect().set_terminated(run, "KILLED", ended)

    def make(self, uri: str) -> None:
        """Make the tables of a database."""
        from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

        self.patience = _LOADING
        SqlAlchemyStore(uri, self._artifacts).engine.dispose()
        self.patience = PATIENCE

    def revisions(self) -> list[str]:
        """The revisions of MLflow's tables, the newest first."""
        import mlflow
        from alembic.config import Config
        from alembic.script import ScriptDirectory

        config = Config()
        config.set_main_option("script_location", str(Path(mlflow.__file__).parent / "store" / "db_migrations"))
        return [str(one.revision) for one in ScriptDirectory.from_config(config).walk_revisions()]

    def _connect(self) -> Any:
        if self._client is None:
            self.patience = PATIENCE if "mlflow.tracking" in sys.modules else _LOADING
            try:
                quiet()
                from mlflow.tracking import MlflowClient

                quiet()  # importing MLflow sets its own levels
                self.patience = PATIENCE
                self._client = ensure(self.uri, self, lambda: _answering(MlflowClient(self.uri)), ours=self._ours)
            finally:
                self.patience = PATIENCE
        return self._client


def artifacts_root(uri: str, experiments: Path) -> str | None:
    """Where new experiments of a database keep artifacts: beside its file; ``None`` where a server decides."""
    path = database_file(uri)
    if path is not None:
        return (path.parent / "artifacts").as_uri()
    return (experiments / "artifacts").absolute().as_uri() if is_server(uri) else None


def _answering(client: Any) -> Any:
    client.search_experiments(max_results=1)
    return client
