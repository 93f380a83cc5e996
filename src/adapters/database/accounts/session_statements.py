"""Statements on sessions that each decide by themselves, whatever others do at the same moment."""

from datetime import datetime

from sqlalchemy import ColumnElement, Delete, and_, case, delete, func, literal, or_, update
from sqlalchemy.sql.dml import ReturningUpdate

from adapters.database.schema.tables import UtcDateTime, session
from application.ports.user_repository import SessionRenewal


def is_open(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Return the condition that a session is neither over nor was ended by its user.

    The clock of whoever signed somebody out may be ahead of the one that is asked here.
    """
    return and_(session.c.expires > now, ~session.c.signed_out)


def session_of(user_id: int, session_id: str) -> ColumnElement[bool]:
    """Return the condition that it is this user's session."""
    return and_(session.c.id == session_id, session.c.user_id == user_id)


def renewal(
    user_id: int, session_id: str, asked: SessionRenewal
) -> ReturningUpdate[tuple[int, datetime]]:
    """Return the statement that renews a session and says which token is in force then."""
    columns = session.c
    replace = or_(columns.renewed.is_(None), columns.renewed <= asked.replaceable)
    ends = func.coalesce(columns.ends, literal(asked.ends, UtcDateTime))
    expires = literal(asked.expires, UtcDateTime)
    good = or_(columns.generation == asked.generation, columns.replaced == asked.generation)
    return (
        update(session)
        .where(session_of(user_id, session_id), is_open(asked.now), good)
        .values(
            ends=ends,
            expires=case((ends < expires, ends), else_=expires),
            generation=case((replace, columns.generation + 1), else_=columns.generation),
            replaced=case((replace, asked.generation), else_=columns.replaced),
            renewed=case((replace, literal(asked.now, UtcDateTime)), else_=columns.renewed),
        )
        .returning(columns.generation, columns.expires)
    )


def replay(user_id: int, session_id: str, generation: int) -> Delete:
    """Return the statement that ends a session in which a refresh token is good no more."""
    columns = session.c
    stale = and_(columns.generation != generation, columns.replaced != generation)
    return delete(session).where(session_of(user_id, session_id), stale, ~columns.signed_out)


def forgetting(before: datetime, signed_out_before: datetime) -> Delete:
    """Return the statement that forgets sessions that are over."""
    columns = session.c
    long_ago = columns.expires < signed_out_before
    return delete(session).where(columns.expires < before, or_(~columns.signed_out, long_ago))
