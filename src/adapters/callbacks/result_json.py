"""Results as the JSON of the wire contract."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, runtime_checkable

import msgspec

from application.ports.result_repository import MergedEstimator, MergedPage, StoredEstimator
from domain.estimator import Axis, Estimator, Page


@runtime_checkable
class _Array(Protocol):
    """What numeric arrays have in common."""

    def tolist(self) -> list[float]: ...


def stored_estimators(estimators: Iterable[Estimator]) -> list[MergedEstimator]:
    """Return estimators as they are stored: metadata and each page as JSON text."""
    return [
        MergedEstimator(
            item.name,
            msgspec.json.encode(dict(item.metadata)),
            [
                MergedPage(page.number, page.name, page.dimensions, page_json(page))
                for page in item.pages
            ],
        )
        for item in estimators
    ]


def page_json(page: Page) -> bytes:
    """Return a page as JSON; what is not a number is null."""
    data: dict[str, object] = {
        "name": page.quantity,
        "unit": page.unit,
        "values": _numbers(page.values),
    }
    if page.errors is not None:
        data["errors"] = _numbers(page.errors)
    metadata = {"name": page.quantity, "unit": page.unit, "page_number": str(page.number)}
    document: dict[str, object] = {
        "name": page.name,
        "dimensions": page.dimensions,
        "data": data,
        "metadata": {**page.metadata, **metadata},
    }
    for number, axis in enumerate(page.axes, start=1):
        document[f"axis_dim{number}"] = _axis(axis)
    return msgspec.json.encode(document)


def results_json(estimators: Sequence[StoredEstimator], extra: Mapping[str, object]) -> bytes:
    """Return `{"estimators": [...], **extra}`, putting stored texts together as they are."""
    parts = [msgspec.json.encode(dict(extra))[:-1], b"," if extra else b"", b'"estimators":[']
    for position, item in enumerate(estimators):
        parts += [
            b"," if position else b"",
            b'{"name":',
            msgspec.json.encode(item.name),
            b',"metadata":',
            item.metadata,
            b',"pages":[',
            b",".join(page.body for page in item.pages),
            b"]}",
        ]
    return b"".join([*parts, b"]}"])


def _axis(axis: Axis) -> dict[str, object]:
    return {"name": axis.name, "unit": axis.unit, "values": _numbers(axis.values)}


def _numbers(values: Sequence[float]) -> list[float | None]:
    """Return values as a list in which NaN and the infinities, which JSON lacks, are None."""
    plain = values.tolist() if isinstance(values, _Array) else list(values)
    if all(map(math.isfinite, plain)):
        return list(plain)
    return [value if math.isfinite(value) else None for value in plain]
