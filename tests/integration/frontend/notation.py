"""Keys as the frontend sees them: each answer is turned from snake_case into camelCase."""

import re
from typing import Any


def camel_cased(value: Any) -> Any:
    """Return an answer as it is turned, keys at any depth and texts that stand in lists."""
    if isinstance(value, list):
        return [camelized(item) if isinstance(item, str) else camel_cased(item) for item in value]
    if isinstance(value, dict):
        return {camelized(key): camel_cased(item) for key, item in value.items()}
    return value


def camelized(text: str) -> str:
    """Return a word in camelCase; whatever does not look like snake_case stays."""
    odd = re.search(r"[\s-]|^_|_$|__", text) or "_" not in text
    if odd or (re.search("[A-Z]", text) and re.search("[a-z]", text)):
        return text
    return re.sub("_([a-z])", lambda found: found[1].upper(), text.lower())
