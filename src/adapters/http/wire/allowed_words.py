"""What one may choose among for a field that takes one of a few words."""

from enum import Enum
from typing import Any, get_args, get_type_hints


def choices_of(kind: Any, path: str) -> list[str]:
    """Return the words that the field at `path` of a struct takes; none if it is another kind."""
    for name in path.split("."):
        if not hasattr(kind, "__struct_fields__"):
            kind = next((part for part in get_args(kind) if hasattr(part, "__struct_fields__")), 0)
        if name not in getattr(kind, "__struct_fields__", ()):
            return []
        kind = get_type_hints(kind)[name]
    return _words(kind)


def _words(kind: Any) -> list[str]:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return [str(item.value) for item in kind]
    words: list[str] = []
    for part in get_args(kind):
        words += [part] if isinstance(part, str) else _words(part)
    return words
