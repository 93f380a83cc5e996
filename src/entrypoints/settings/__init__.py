"""All settings: one table says what each means, one frozen object what is in force."""

from entrypoints.settings.reading import Settings, read_settings
from entrypoints.settings.values import InvalidSetting
from entrypoints.settings.variables import VARIABLES, Variable

__all__ = ["VARIABLES", "InvalidSetting", "Settings", "Variable", "read_settings"]
