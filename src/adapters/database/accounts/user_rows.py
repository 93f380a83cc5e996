"""Rows of users."""

from domain.user_names import name_key
from domain.users import UserSource


def named(username: str, source: UserSource) -> dict[str, str]:
    """Return the values of a user's row; no two of a source have names that read as the same."""
    return {"username": username, "source": source.value, "name_key": name_key(username)}
