"""Pages as they came in made ready to be stored as they are: checked, but not decoded."""

from collections.abc import Iterator
from typing import Any

import msgspec

from adapters.http.wire.json_media import decode
from application.ports.result_repository import StoredEstimator, StoredPage
from domain.errors import InvalidInput

SLICE = 1 << 20
OF_NUMBERS = b"0123456789+-.eE, \t\r\n"
"""Without these, a list of numbers and nulls is only its brackets and the nulls."""

MOST_PAGE_NUMBER = 2**31 - 1


class ReceivedEstimator(msgspec.Struct):
    """An estimator whose pages stay as they were sent."""

    name: str
    pages: list[msgspec.Raw]
    metadata: dict[str, Any] = {}


class _Title(msgspec.Struct):
    """The names in a page's metadata."""

    name: str = ""
    page_number: int | str = ""


class _Data(msgspec.Struct):
    """The name and the numbers of a page; they stay text."""

    values: msgspec.Raw
    name: str = ""
    errors: msgspec.Raw = msgspec.Raw(b"null")


class _Axis(msgspec.Struct):
    """The bins of one dimension; they stay text."""

    values: msgspec.Raw


class _Page(msgspec.Struct):
    """What must be known of a page."""

    dimensions: int
    data: _Data
    metadata: _Title = msgspec.field(default_factory=_Title)
    name: str = ""
    axis_dim1: _Axis | None = None
    axis_dim2: _Axis | None = None
    axis_dim3: _Axis | None = None

    def axes(self) -> list[_Axis]:
        """Return the axes up to the first that is not given."""
        given = (self.axis_dim1, self.axis_dim2, self.axis_dim3)
        return list(given[: [*given, None].index(None)])  # type: ignore[arg-type]


def received_pages(estimators: list[ReceivedEstimator]) -> Iterator[StoredEstimator]:
    """Yield what is to be stored; InvalidInput names a page that is wrong.

    Takes each estimator out of the list, so that the text it came in can be forgotten as soon as
    the last was packed.
    """
    names: set[str] = set()
    estimators.reverse()
    while estimators:
        item = estimators.pop()
        _check_name(item.name, names)
        pages = [_stored(item.name, position, page) for position, page in enumerate(item.pages)]
        _check_numbers(item.name, pages)
        yield StoredEstimator(item.name, msgspec.json.encode(item.metadata), pages)


def _stored(estimator: str, position: int, raw: msgspec.Raw) -> StoredPage:
    where = f"estimators[{estimator[:80]!r}].pages[{position}]"
    try:
        page = decode(raw, _Page)
    except InvalidInput as error:
        raise InvalidInput(where, str(error)) from error
    if not 0 <= page.dimensions <= 3 or len(page.axes()) < page.dimensions:
        raise InvalidInput(where, "dimensions must be 0 to 3, with an axis_dim for each")
    if not all(map(_are_numbers, (page.data.values, *(axis.values for axis in page.axes())))):
        raise InvalidInput(where, "values must be flat lists of numbers, null where there is none")
    if bytes(page.data.errors) != b"null" and not _are_numbers(page.data.errors):
        raise InvalidInput(where, "data.errors must be a flat list of numbers, or null")
    number = str(page.metadata.page_number)
    name = page.name or page.metadata.name or page.data.name
    return StoredPage(
        int(number) if number.isdecimal() and len(number) < 11 else position,
        name,
        page.dimensions,
        memoryview(raw),
    )


def _are_numbers(values: msgspec.Raw) -> bool:
    """Say whether JSON text is a list of numbers and nulls, without making numbers of it.

    The decoder has checked that the text is JSON: what is left to exclude are other values.
    """
    text = memoryview(values)
    if bytes(text[:1]) != b"[":
        return False
    slices = (text[start : start + SLICE] for start in range(0, len(text), SLICE))
    rest = b"".join(bytes(part).translate(None, OF_NUMBERS) for part in slices)
    return rest == b"[" + rest[1:-1] + b"]" and not rest[1:-1].replace(b"null", b"")


def _check_name(name: str, names: set[str]) -> None:
    if not name.replace("\0", "") or "\0" in name:
        raise InvalidInput("estimators", "each must have a name, without NUL characters")
    if name in names:
        raise InvalidInput("estimators", f"two have the same name, {name[:80]!r}")
    names.add(name)


def _check_numbers(estimator: str, pages: list[StoredPage]) -> None:
    numbers = {page.number for page in pages}
    if len(numbers) < len(pages) or max(numbers, default=0) > MOST_PAGE_NUMBER:
        where = f"estimators[{estimator[:80]!r}].pages"
        raise InvalidInput(where, "each must have a page_number of its own, from 0 to 2147483647")
