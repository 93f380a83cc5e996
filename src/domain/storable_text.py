"""Texts that every database can keep."""


def is_storable(text: str) -> bool:
    """Say whether a text has no NUL and no half of a character (a lone surrogate)."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
