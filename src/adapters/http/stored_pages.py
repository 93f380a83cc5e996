"""Pages as they came in made ready to be stored as they are."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from adapters.http.json_media import decode
from application.ports.result_repository import StoredEstimator, StoredPage
from domain.errors import InvalidInput


class _Title(msgspec.Struct):
    """The names in a page's data or metadata."""

    name: str = ""
    page_number: int | str = ""


class _Page(msgspec.Struct):
    """What must be known of a page; its values are passed over."""

    dimensions: int
    data: _Title
    metadata: _Title = msgspec.field(default_factory=_Title)
    name: str = ""
    axis_dim1: msgspec.Raw = msgspec.Raw()
    axis_dim2: msgspec.Raw = msgspec.Raw()
    axis_dim3: msgspec.Raw = msgspec.Raw()

    def axes(self) -> int:
        """Return how many axes there are without a gap."""
        axes = (self.axis_dim1, self.axis_dim2, self.axis_dim3)
        given = [bool(bytes(axis)) for axis in axes]
        return [*given, False].index(False)


def stored_estimators(
    items: Iterable[tuple[str, Mapping[str, object], Sequence[msgspec.Raw]]],
) -> list[StoredEstimator]:
    """Return estimators (name, metadata, pages) to store; InvalidInput names a bad page."""
    stored = [
        StoredEstimator(
            name,
            msgspec.json.encode(metadata),
            [_stored(name, position, page) for position, page in enumerate(pages)],
        )
        for name, metadata, pages in items
    ]
    if len({item.name for item in stored}) < len(stored):
        raise InvalidInput("estimators", "two have the same name")
    return stored


def _stored(estimator: str, position: int, raw: msgspec.Raw) -> StoredPage:
    where = f"estimators[{estimator[:80]!r}].pages[{position}]"
    body = bytes(raw)
    try:
        page = decode(body, _Page)
    except InvalidInput as error:
        raise InvalidInput(where, str(error)) from error
    if not 0 <= page.dimensions <= 3 or page.axes() < page.dimensions:
        raise InvalidInput(where, "dimensions must be 0 to 3, with an axis_dim for each")
    number = str(page.metadata.page_number)
    name = page.name or page.metadata.name or page.data.name
    return StoredPage(int(number) if number.isdecimal() else position, name, page.dimensions, body)
