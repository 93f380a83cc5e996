"""Clusters in SQL."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec
from sqlalchemy import Connection, RowMapping, delete, insert, select
from sqlalchemy.exc import IntegrityError

from adapters.database.schema.tables import batch_job, cluster
from domain.cluster import BatchOptions, Cluster
from domain.errors import ClusterExists, ClusterInUse

PLAIN = ("name", "host", "port", "login", "host_key", "work_dir", "set_up", "poll_seconds")


def options_text(options: BatchOptions) -> str:
    """Return options as they are stored: a JSON object of two tables."""
    tables = {"array": dict(options.array), "collect": dict(options.collect)}
    return msgspec.json.encode(tables).decode()


def options_of(text: str) -> BatchOptions:
    """Return the options that were stored as `text`."""
    tables = msgspec.json.decode(text, type=dict[str, dict[str, str]])
    return BatchOptions(tables.get("array", {}), tables.get("collect", {}))


def cluster_of(row: RowMapping) -> Cluster:
    """Return the cluster that a row of the cluster table is."""
    values = {name: row[name] for name in PLAIN}
    return Cluster(**values, options=options_of(row["options"]), id=row["id"])


class SqlClusterRepository:
    """ClusterRepository port."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, new: Cluster) -> Cluster:
        """Add a cluster; return it with its id. ClusterExists if the name is taken."""
        values = {name: getattr(new, name) for name in PLAIN}
        statement = insert(cluster).values(**values, options=options_text(new.options))
        try:
            with self._connection.begin_nested():
                key = self._connection.execute(statement.returning(cluster.c.id)).scalar_one()
        except IntegrityError as error:
            raise ClusterExists(new.name) from error
        return replace(new, id=key)

    def all(self) -> Sequence[Cluster]:
        """Return all clusters in the order they were added."""
        rows = self._connection.execute(select(cluster).order_by(cluster.c.id)).mappings()
        return [cluster_of(row) for row in rows]

    def remove(self, name: str) -> bool:
        """Remove a cluster; False if there is none. ClusterInUse while jobs refer to it."""
        used = (
            select(batch_job.c.id)
            .join(cluster, cluster.c.id == batch_job.c.cluster_id)
            .where(cluster.c.name == name)
            .limit(1)
        )
        if self._connection.execute(used).first() is not None:
            raise ClusterInUse(name)
        statement = delete(cluster).where(cluster.c.name == name)
        return self._connection.execute(statement).rowcount == 1
