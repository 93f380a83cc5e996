"""The statement that moves a job from one state to another."""

from datetime import datetime

from sqlalchemy import Update, case, literal, update

from adapters.database.schema.tables import UtcDateTime, job
from domain.states import PREDECESSORS, EntityState


def move(
    simulation_id: int,
    to: EntityState,
    end_time: datetime | None = None,
    expected: frozenset[EntityState] | None = None,
) -> Update:
    """Return what moves a job if it is in a state, one of `expected`, that leads there."""
    allowed = PREDECESSORS[to] if expected is None else PREDECESSORS[to] & expected
    values: dict[str, object] = {"state": to.value, "version": job.c.version + 1}
    if end_time is not None:
        # The clock may have been set back since the job began.
        moment = literal(end_time, UtcDateTime)
        values["end_time"] = case((job.c.start_time > moment, job.c.start_time), else_=moment)
    return (
        update(job)
        .where(job.c.id == simulation_id, job.c.state.in_([item.value for item in allowed]))
        .values(values)
    )
