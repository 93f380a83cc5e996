"""Settings as they are shown: what is in force without its secrets, and the table of all."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from entrypoints.settings.values import Values
from entrypoints.settings.variables import VARIABLES, Variable

MASK = "********"
TITLE = """# Settings

All settings are environment variables, read once when a process starts. This page is made by
`yaptide settings --markdown`; `yaptide settings` shows what is in force, without secrets.
A secret may also lie in a file: `SECRET_KEY_FILE=/run/secrets/secret_key`.

| variable | other name | default | meaning |
|---|---|---|---|
"""


def settings_in_force(environment: Mapping[str, str]) -> list[dict[str, str]]:
    """Return name, value and origin of every variable; passwords and keys are masked."""
    values = Values(environment)
    return [
        {
            "name": variable.name,
            "value": masked(variable, values.text(variable.name)),
            "from": values.origin(variable.name),
        }
        for variable in VARIABLES
    ]


def masked(variable: Variable, text: str) -> str:
    """Return the text of a variable without what must not be seen."""
    if not text or not variable.secret:
        return text
    return _masked_address(text) if "://" in text else MASK


def _masked_address(text: str) -> str:
    """Return an address without its password, nor what follows it, where passwords may be too."""
    scheme, _, rest = text.partition("://")
    before, at, after = rest.rpartition("@")
    user = before.partition(":")[0]
    place = urlsplit(f"{scheme}://{after}")
    shown = f"{user}:{MASK}{at}" if ":" in before else f"{user}{at}"
    return f"{scheme}://{shown}{place.netloc}{place.path}{f'?{MASK}' if place.query else ''}"


def settings_markdown() -> str:
    """Return the page on all settings."""
    rows = [
        f"| `{item.name}` | {_code(item.also)} | {_code(item.default)} | {item.meaning} |"
        for item in VARIABLES
    ]
    return TITLE + "\n".join(rows) + "\n"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""
