"""Projects with outputs for the scripted simulator."""

from typing import Any


def quantity(keyword: str, name: str = "", **more: Any) -> dict[str, Any]:
    return {"name": name or f"My{keyword}", "keyword": keyword, **more}


def output(name: str, *quantities: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "quantities": list(quantities), **more}


def project(*outputs: dict[str, Any], filters: Any = (), **more: Any) -> dict[str, Any]:
    scoring = {"name": "Scoring", "outputs": list(outputs), "filters": list(filters)}
    return {"primaries": 10, "hash": "abc", "scoringManager": scoring, **more}
