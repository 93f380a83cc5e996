"""The texts of the variables, read and checked one by one."""

from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlsplit

from domain.errors import YaptideError
from entrypoints.settings.variables import VARIABLES

Number = TypeVar("Number", int, float)


class InvalidSetting(YaptideError):
    """A setting has a value that can't be used."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name


class Values:
    """The texts of the variables, under either of their names, or their defaults."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._texts = {
            item.name: (
                environment.get(item.name) or environment.get(item.also) or item.default
            ).strip()
            for item in VARIABLES
        }

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
