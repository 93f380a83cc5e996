"""Names of files that users send: they become files in a folder of ours and nowhere else."""

from collections.abc import Iterable

from domain.errors import InvalidInput

LONGEST_NAME = 200


def check_file_names(names: Iterable[str], field: str = "input_files") -> None:
    """Refuse any name that could leave its folder or surprise a program; InvalidInput says which.

    The frontend turns keys into camel case, so no other pattern is asked for.
    """
    for name in names:
        reason = _objection(name)
        if reason:
            raise InvalidInput(f"{field}[{name[:80]!r}]", f"{reason}; give a plain file name")


def _objection(name: str) -> str | None:
    if not name or name.strip() != name:
        return "a file name can't be empty or begin or end with white space"
    if len(name.encode("utf-8", "surrogatepass")) > LONGEST_NAME:
        return f"a file name can't be longer than {LONGEST_NAME} bytes"
    if "/" in name or "\\" in name or name in (".", ".."):
        return "a file name can't name a folder or leave its own"
    if not name.isprintable():
        return "a file name can't hold control characters"
    if name[0] in "-~":
        return f"a file name can't begin with {name[0]!r}"
    return None
