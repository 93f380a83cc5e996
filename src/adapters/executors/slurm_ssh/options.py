"""Options of sbatch that users may give: a list of those allowed, each with what it may hold."""

import re
import shlex
from collections.abc import Iterator, Mapping

from domain.errors import InvalidInput

WORD = r"[A-Za-z0-9_.:@+-]+"
LIST = r"[A-Za-z0-9_.:@+,*&|()\[\]!-]+"
TIME = r"(\d+-)?\d+(:\d{1,2}){0,2}"
MEMORY = r"\d+[KMGTkmgt]?[Bb]?"
COUNT = r"\d+"
MOMENT = r"[A-Za-z0-9:+/.-]+"

ALLOWED: Mapping[str, str] = {
    "account": WORD,
    "partition": LIST,
    "qos": WORD,
    "reservation": LIST,
    "time": TIME,
    "time-min": TIME,
    "begin": MOMENT,
    "deadline": MOMENT,
    "mem": MEMORY,
    "mem-per-cpu": MEMORY,
    "tmp": MEMORY,
    "nodes": r"\d+(-\d+)?",
    "ntasks": COUNT,
    "cpus-per-task": COUNT,
    "nice": r"-?\d+",
    "constraint": LIST,
    "exclude": LIST,
    "nodelist": LIST,
    "gres": LIST,
    "licenses": LIST,
    "hint": WORD,
    "comment": r"[A-Za-z0-9_.:@+ ,-]+",
    "mail-type": LIST,
    "mail-user": WORD,
    "exclusive": "",
    "requeue": "",
    "no-requeue": "",
}
"""Long names and patterns; an empty pattern is an option without a value."""

SHORT: Mapping[str, str] = {
    "A": "account",
    "C": "constraint",
    "L": "licenses",
    "N": "nodes",
    "c": "cpus-per-task",
    "n": "ntasks",
    "p": "partition",
    "q": "qos",
    "t": "time",
    "w": "nodelist",
    "x": "exclude",
}

LONGEST = 200
LONGEST_HEADER = 4000


def checked_options(field: str, options: Mapping[str, object]) -> dict[str, str]:
    """Return options by their long names; InvalidInput names the one that is not allowed."""
    return dict(_checked(f"{field}.{name[:40]}", name, value) for name, value in options.items())


def header_options(field: str, header: str) -> dict[str, str]:
    """Return the options of a script's header: `#SBATCH` lines, comments and nothing else.

    InvalidInput names the line that is something else, or whose option is not allowed.
    """
    if len(header) > LONGEST_HEADER:
        raise InvalidInput(field, f"must not be longer than {LONGEST_HEADER} characters")
    found: dict[str, str] = {}
    for number, line in enumerate(header.splitlines(), start=1):
        text = line.strip()
        where = f"{field}, line {number}"
        if text.startswith("#SBATCH"):
            found |= dict(_directive(where, text.removeprefix("#SBATCH")))
        elif text and not text.startswith("#"):
            raise InvalidInput(
                where,
                f"{text[:40]!r} is no #SBATCH line; commands such as `module load` belong to the "
                "set-up of the cluster, which an administrator can change",
            )
    return found


def _directive(where: str, text: str) -> Iterator[tuple[str, str]]:
    try:
        words = shlex.split(text, comments=True)
    except ValueError as error:
        raise InvalidInput(where, f"can't be read: {error}") from None
    while words:
        word = words.pop(0)
        long = re.fullmatch(r"--([a-z-]+)(?:=(.*))?", word)
        short = re.fullmatch(r"-([A-Za-z])(.*)", word)
        if long:
            name, value = long.group(1), long.group(2)
        elif short:
            name, value = short.group(1), short.group(2) or None
        else:
            raise InvalidInput(where, f"{word[:40]!r} is no option")
        if value is None and ALLOWED.get(SHORT.get(name, name)) and words:
            value = words.pop(0)
        yield _checked(where, name, value)


def _checked(where: str, name: str, value: object) -> tuple[str, str]:
    long = SHORT.get(name, name)
    if long not in ALLOWED:
        allowed = ", ".join(ALLOWED)
        raise InvalidInput(where, f"{name[:40]!r} is not allowed; these options are: {allowed}")
    pattern = ALLOWED[long]
    if not pattern:
        return long, _flag(where, value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InvalidInput(where, "must be text or a number")
    text = str(value).strip()
    if len(text) > LONGEST or not re.fullmatch(pattern, text, re.ASCII):
        raise InvalidInput(where, f"{text[:40]!r} is no value for the option {long}")
    return long, text


def _flag(where: str, value: object) -> str:
    if value in (None, "", True):
        return ""
    raise InvalidInput(where, "takes no value: give an empty text")
