"""Numbers and names as the input files of SHIELD-HIT12A hold them."""

import re

WIDTH = 10


def plain(value: float) -> str:
    """Return a number without rounding noise: 20, 15.3, -0.25."""
    text = f"{value:.10g}"
    return "0" if text == "-0" else text


def decimal(value: float) -> str:
    """Return a number that shows it is a real one: 150.0."""
    text = plain(value)
    return text if re.search(r"[.e]", text) else f"{text}.0"


def column(value: float) -> str:
    """Return a number right-aligned in ten columns, a blank before it, as precise as fits."""
    for digits in range(9, 0, -1):
        power = re.sub(r"e([+-])0", r"e\1", f"{value:.{digits - 1}e}")
        for text in (_with_point(f"{value:.{digits}g}"), power):
            if len(text) < WIDTH:
                return text.rjust(WIDTH)
    return f"{value:.2e}".rjust(WIDTH)


def _with_point(text: str) -> str:
    if "e" in text:
        return text
    text = "0" if text == "-0" else text
    return text if "." in text else f"{text}.0"


def word(text: str, taken: set[str], fallback: str) -> str:
    """Return a name as one word that nothing in `taken` is, and put it there.

    Never one that ends with a number of four digits: that is how outputs of tasks are told apart.
    """
    base = re.sub(r"[^A-Za-z0-9_.-]+", "_", text).strip("_.-") or fallback
    if re.search(r"\d{4}$", base):
        base += "_"
    found, number = base, 2
    while found.lower() in taken:
        found, number = f"{base}-{number}", number + 1
    taken.add(found.lower())
    return found
