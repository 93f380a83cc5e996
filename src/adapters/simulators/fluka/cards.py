"""Cards of FLUKA: a keyword, six fields (WHAT) and a name (SDUM) in columns of ten characters.

The format is (A8,2X,6E10.0,A8), see section 6 of the FLUKA manual.
"""

from collections.abc import Sequence

from domain.errors import InvalidInput

WIDTH = 10
FIELDS = 6

Value = float | int | str


def card(keyword: str, fields: Sequence[Value] = (), name: str = "") -> str:
    """Return one card; numbers are written as exactly as ten characters allow."""
    texts = [field if isinstance(field, str) else number(field) for field in fields]
    texts += [""] * (FIELDS - len(texts))
    return (f"{keyword:<{WIDTH}}" + "".join(f"{text:>{WIDTH}}" for text in texts) + name).rstrip()


def number(value: float) -> str:
    """Return a number with a decimal point in at most ten characters."""
    plain = repr(float(value) + 0.0)
    if len(plain) <= WIDTH and "e" not in plain:
        return plain
    for digits in range(9, 0, -1):
        text = f"{value:.{digits}G}"
        if "." not in text:
            mantissa, mark, exponent = text.partition("E")
            text = f"{mantissa}.{mark}{exponent}"
        if len(text) <= WIDTH:
            return text
    raise ValueError(f"{value} does not fit a field of FLUKA")


def count(value: int) -> str:
    """Return a number of primaries or a seed without rounding; InvalidInput if it has no room."""
    for text in (f"{value}.0", f"{value}.", str(value)):
        if len(text) <= WIDTH:
            return text
    raise InvalidInput("primaries", f"FLUKA takes less than 1e{WIDTH}, not {value}")


def signed(value: float) -> str:
    """Return a number of the geometry, with its sign and up to sixteen digits."""
    return f"{round(float(value), 12) + 0.0:+}"
