"""The texts of the variables, read and checked one by one."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from domain.errors import YaptideError
from entrypoints.settings.variables import VARIABLES, Variable

Number = TypeVar("Number", int, float)


class InvalidSetting(YaptideError):
    """A setting has a value that can't be used."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name


class Values:
    """The texts of the variables, under either of their names, or their defaults.

    `secret_files` are the files from which secrets were read.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._found = {item.name: _find(item, environment) for item in VARIABLES}
        named = (f"{name}_FILE" for item in VARIABLES if item.secret for name in _names(item))
        self.secret_files = [Path(environment[file]) for file in named if environment.get(file)]
        self._texts = {
            item.name: (self._found[item.name][0] or item.default).strip() for item in VARIABLES
        }

    def origin(self, name: str) -> str:
        """Return which variable a text comes from, `default` if it was not set."""
        return self._found[name][1] or "default"

    def text(self, name: str) -> str:
        """Return the text of a variable."""
        return self._texts[name]

    def flag(self, name: str) -> bool:
        """Return a variable that is true or false."""
        text = self._texts[name].lower()
        if text in ("true", "1", "yes", "on"):
            return True
        if text in ("false", "0", "no", "off", ""):
            return False
        raise InvalidSetting(name, f"must be true or false, not {text!r}")

    def number(self, name: str, kind: Callable[[str], Number], least: float) -> Number | None:
        """Return a number from `least`, None where nothing is said."""
        text = self._texts[name]
        if not text:
            return None
        try:
            value = kind(text)
        except ValueError:
            raise InvalidSetting(name, f"must be a number from {least}, not {text!r}") from None
        if not value >= least:
            raise InvalidSetting(name, f"must be a number from {least}, not {text!r}")
        return value

    def url(self, name: str) -> str:
        """Return an address without a slash at its end."""
        text = self._texts[name].rstrip("/")
        if text and urlsplit(text).scheme not in ("http", "https"):
            raise InvalidSetting(name, f"must begin with http:// or https://, not {text!r}")
        return text


def _names(variable: Variable) -> Iterator[str]:
    return filter(None, (variable.name, variable.also))


def _find(variable: Variable, environment: Mapping[str, str]) -> tuple[str, str]:
    """Return the text that was set and under which name; secrets may lie in files."""
    for name in _names(variable):
        file = f"{name}_FILE" if variable.secret else ""
        if environment.get(name) and environment.get(file):
            raise InvalidSetting(name, f"is set twice, also by {file}")
        if environment.get(name):
            return environment[name], name
        if environment.get(file):
            return _read(file, environment[file]), file
    return "", ""


def _read(name: str, path: str) -> str:
    try:
        text = Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise InvalidSetting(name, f"{path} can't be read: {reason}") from None
    if not text:
        raise InvalidSetting(name, f"{path} is empty")
    return text
