"""The query of an address, decoded into a type in one pass."""

from typing import TypeVar

import falcon
import msgspec

from adapters.http.wire.json_media import named_error
from domain.errors import InvalidInput

Query = TypeVar("Query", bound=msgspec.Struct)


def read_query(req: falcon.Request, kind: type[Query]) -> Query:
    """Return the parameters of a query that `kind` knows; InvalidInput names one that is wrong.

    Others are ignored, empty ones count as not given.
    """
    given: dict[str, str] = {}
    for name in kind.__struct_fields__:
        values = req.get_param_as_list(name) or []
        if len(values) > 1:
            raise InvalidInput(name, "is given more than once")
        if values and values[0]:
            given[name] = values[0]
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise named_error(str(error), kind, "is missing from the query") from error
