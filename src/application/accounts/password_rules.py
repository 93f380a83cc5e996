"""Which passwords are taken: long enough ones that are not among the commonest.

Classes of characters are not asked for: they make passwords harder to remember, not to guess
(NIST SP 800-63B). The list holds those of the 30 000 commonest in leaked collections that are long
enough to pass otherwise; it is the one of the password estimator zxcvbn (MIT licence).
"""

from functools import cache
from importlib.resources import files

from domain.errors import InvalidInput

SHORTEST = 8
LONGEST = 256


def check_password(password: str, username: str = "") -> None:
    """Raise InvalidInput unless this may be the password of the user."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidInput("password", f"must have {SHORTEST} to {LONGEST} characters")
    folded = password.casefold()
    if folded in _common() or len(set(folded)) < 3:
        raise InvalidInput("password", "is one of the commonest; choose another")
    if username and folded == username.casefold():
        raise InvalidInput("password", "must not be the user name")


@cache
def _common() -> frozenset[str]:
    text = (files("application.accounts") / "common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(text.split())
