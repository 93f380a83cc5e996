"""How long users stay signed in."""

from datetime import timedelta

from application.accounts.session_terms import SessionTerms
from entrypoints.settings.values import InvalidSetting, Values

LONGEST = timedelta(days=3650)
"""Beyond it dates run out sooner than sessions."""

SHORTEST_TOKEN = 2.0
"""Seconds; the times in tokens are whole ones."""

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def session_terms(values: Values) -> SessionTerms:
    """Return what is set; InvalidSetting for times that would end sessions that are in use."""
    access = _time(values, "ACCESS_TOKEN_SECONDS", SECOND, SHORTEST_TOKEN)
    idle = _time(values, "SESSION_IDLE_SECONDS", SECOND, SHORTEST_TOKEN)
    if idle < access:
        raise InvalidSetting(
            "SESSION_IDLE_SECONDS",
            "must not be less than ACCESS_TOKEN_SECONDS: sessions are renewed with their tokens",
        )
    return SessionTerms(access, idle, _time(values, "SESSION_DAYS", DAY, 0.0001))


def _time(values: Values, name: str, unit: timedelta, least: float) -> timedelta:
    number = values.number(name, float, least) or least
    if number > LONGEST / unit:
        raise InvalidSetting(name, f"must not be more than {LONGEST / unit:.0f}")
    return number * unit
