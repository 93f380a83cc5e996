"""Estimators, pages and logs in SQL; bodies are stored compressed."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, Insert, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from adapters.database.schema.tables import estimator, logfile, page, plain
from application.ports.compressor import Compressor
from application.ports.result_repository import EstimatorTitle, PageTitle, StoredEstimator
from domain.errors import UnknownSimulation


class SqlResultRepository:
    """ResultRepository port."""

    def __init__(self, connection: Connection, compressor: Compressor) -> None:
        self._connection = connection
        self._compressor = compressor

    def store(self, simulation_id: int, estimators: Sequence[StoredEstimator]) -> None:
        """Keep estimators, their pages packed, instead of those the job had before."""
        self._connection.execute(delete(estimator).where(estimator.c.job_id == simulation_id))
        for position, item in enumerate(estimators):
            values = {
                "job_id": simulation_id,
                "position": position,
                "name": item.name,
                "metadata_json": item.metadata.decode(),
            }
            added = insert(estimator).values(values).returning(estimator.c.id)
            self._store_pages(self._connection.execute(added).scalar_one(), item)

    def _store_pages(self, estimator_id: int, item: StoredEstimator) -> None:
        rows = [
            {
                "estimator_id": estimator_id,
                "page_number": stored.number,
                "name": stored.name,
                "dimensions": stored.dimensions,
                "body": stored.body,
            }
            for stored in item.pages
        ]
        if rows:
            self._connection.execute(insert(page), rows)

    def titles(self, simulation_id: int) -> Sequence[EstimatorTitle]:
        """Return all estimators of a job in their order, without the pages' bodies."""
        columns = estimator.c.id, estimator.c.name, estimator.c.metadata_json
        statement = (
            select(*columns)
            .where(estimator.c.job_id == simulation_id)
            .order_by(estimator.c.position, estimator.c.id)
        )
        found = self._connection.execute(statement).all()
        pages = self._page_titles([row.id for row in found])
        return [
            EstimatorTitle(row.name, row.metadata_json.encode(), pages.get(row.id, []))
            for row in found
        ]

    def _page_titles(self, estimators: Sequence[int]) -> Mapping[int, list[PageTitle]]:
        """Return the pages of estimators by their ids.

        Asked for apart: joined with the estimators of a job, whose number PostgreSQL can't know
        before it has counted, all pages of the database may be read.
        """
        statement = (
            select(
                page.c.estimator_id,
                page.c.page_number,
                page.c.name,
                page.c.dimensions,
                # Neither database reads a body to say how long it is.
                func.length(page.c.body),
            )
            .where(page.c.estimator_id.in_(estimators))
            .order_by(page.c.page_number)
        )
        pages: dict[int, list[PageTitle]] = {}
        for owner, *title in self._connection.execute(statement) if estimators else ():
            pages.setdefault(owner, []).append(PageTitle(*title))
        return pages

    def page_bodies(
        self, simulation_id: int, estimator_name: str, numbers: Collection[int]
    ) -> Sequence[bytes]:
        """Return the bodies of these pages as they were stored, by number; gone ones are left out.

        One statement for them all.
        """
        owner = select(estimator.c.id).where(
            estimator.c.job_id == simulation_id, estimator.c.name == estimator_name
        )
        statement = (
            select(page.c.body)
            .where(page.c.estimator_id == owner.scalar_subquery(), page.c.page_number.in_(numbers))
            .order_by(page.c.page_number)
        )
        return list(self._connection.scalars(statement))

    def add_logs(self, simulation_id: int, logs: Mapping[str, str]) -> None:
        """Keep log files; one of the same name is replaced, others stay."""
        if not logs:
            return
        names = {plain(name): text for name, text in logs.items()}
        rows = [
            {
                "job_id": simulation_id,
                "name": name,
                "body": self._compressor.compress(text.encode("utf-8", "replace")),
            }
            for name, text in sorted(names.items())
        ]
        try:
            self._connection.execute(_insert_or_replace(self._connection), rows)
        except IntegrityError as error:
            # The job was removed since it was looked up.
            raise UnknownSimulation(simulation_id) from error

    def logs(self, simulation_id: int) -> Mapping[str, str]:
        """Return all log files of a job by name."""
        statement = (
            select(logfile.c.name, logfile.c.body)
            .where(logfile.c.job_id == simulation_id)
            .order_by(logfile.c.name)
        )
        return {
            name: self._compressor.decompress(body).decode()
            for name, body in self._connection.execute(statement)
        }


def _insert_or_replace(connection: Connection) -> Insert:
    """Return the insertion of logs that overwrites those of the same name.

    In one statement, because a deletion before it could not see what another adds meanwhile.
    """
    key = ["job_id", "name"]
    if connection.dialect.name == "postgresql":
        there = postgresql.insert(logfile)
        return there.on_conflict_do_update(index_elements=key, set_={"body": there.excluded.body})
    here = sqlite.insert(logfile)
    return here.on_conflict_do_update(index_elements=key, set_={"body": here.excluded.body})
