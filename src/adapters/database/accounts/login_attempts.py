"""Attempts to sign in, in SQL."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, case, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from adapters.database.schema.tables import UtcDateTime, login_attempt
from application.ports.login_attempts import AttemptTally

columns = login_attempt.c


class SqlLoginAttempts:
    """LoginAttempts port: one row for each pair of an account and an address."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def tally(self, account: str, address: str, since: datetime) -> AttemptTally:
        """Count the attempts since then."""
        row = self._connection.execute(_tally(account, address, since)).one()
        return AttemptTally(*row)

    def count(self, account: str, address: str, now: datetime, since: datetime) -> None:
        """Count one more attempt; those of the pair before `since` are forgotten."""
        stale = columns.window_start < since
        self._put(
            {"account": account, "address": address, "failures": 1, "window_start": now},
            {
                "failures": case((stale, 1), else_=columns.failures + 1),
                "window_start": case((stale, now), else_=columns.window_start),
            },
        )

    def succeeded(self, account: str, address: str, now: datetime) -> None:
        """Forget the failures of a pair and note that it succeeded."""
        news = {"failures": 0, "window_start": now, "last_success": now}
        self._put({"account": account, "address": address, **news}, news)

    def forget(self, failed_before: datetime, succeeded_before: datetime) -> None:
        """Forget pairs whose failures and success are both older than that."""
        long_ago = or_(columns.last_success.is_(None), columns.last_success < succeeded_before)
        statement = delete(login_attempt).where(columns.window_start < failed_before, long_ago)
        self._connection.execute(statement)

    def _put(self, new: dict[str, object], changes: dict[str, Any]) -> None:
        """Insert a row or change the one that is there, in one statement."""
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        statement = dialect.insert(login_attempt).values(new)
        key = [columns.account, columns.address]
        self._connection.execute(statement.on_conflict_do_update(index_elements=key, set_=changes))


def _tally(account: str, address: str, since: datetime) -> Select[Any]:
    here = and_(columns.account == account, columns.address == address)
    recent = and_(columns.window_start >= since, columns.failures > 0)

    def failures(which: Any) -> Any:
        return func.coalesce(func.sum(case((and_(which, recent), columns.failures), else_=0)), 0)

    return select(
        failures(here),
        failures(columns.account == account),
        failures(columns.address == address),
        func.min(case((recent, columns.window_start)), type_=UtcDateTime),
        func.max(case((here, columns.last_success)), type_=UtcDateTime),
    ).where(or_(columns.account == account, columns.address == address))
