"""Values of options that several commands take: ages, days, states."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from domain.states import EntityState
from domain.users import UserSource

LONGEST = timedelta(days=36525)

UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Age(click.ParamType):  # type: ignore[type-arg]  # no type to name in older versions
    """A time span like 90m, 12h, 180d or 4w."""

    name = "age"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Return the span; anything else fails with what would be right."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,6})([mhdw])", str(value))
        if found is None:
            self.fail(f"{value!r} is not a number with m, h, d or w, like 180d", param, ctx)
        span = timedelta(**{UNITS[found[2]]: int(found[1])})
        if span > LONGEST:
            self.fail(f"{value!r} is more than a hundred years", param, ctx)
        return span


class Day(click.ParamType):  # type: ignore[type-arg]  # no type to name in older versions
    """A day in UTC like 2026-03-01; it means its first moment."""

    name = "day"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return the first moment of the day."""
        if isinstance(value, datetime):
            return value
        try:
            return datetime.strptime(str(value), "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            self.fail(f"{value!r} is not a day like 2026-03-01", param, ctx)


STATE = click.Choice([state.value for state in EntityState], case_sensitive=False)
SOURCE = click.Choice([source.value for source in UserSource])
