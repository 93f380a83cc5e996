"""The description says what the code does, no more and no less."""

import re
from typing import Any

import pytest

from adapters.http.application import ADDRESSES, make_application
from adapters.http.operation.description_resources import PAGES
from adapters.http.operation.openapi import METHODS
from adapters.http.wire.endpoint import OPERATION
from adapters.http.wire.settings import HttpSettings
from tests.unit.adapters.http.conftest import Browser, Service

UNDESCRIBED = {"/openapi.json", *(f"/{name}" for name in PAGES)}


@pytest.fixture
def description(service: Service) -> dict[str, Any]:
    result = Browser(service)("GET", "/openapi.json")
    assert result.status_code == 200
    return dict(result.json)


def routes(app: Any) -> dict[str, set[str]]:
    """Return which methods the router of Falcon takes at which address."""
    found: dict[str, set[str]] = {}

    def walk(nodes: Any) -> None:
        for node in nodes:
            if node.resource is not None:
                found[node.uri_template] = {
                    method.lower()
                    for method, responder in node.method_map.items()
                    if method.lower() in METHODS
                    and "on_request" not in responder.__qualname__
                    and hasattr(node.resource, f"on_{method.lower()}")
                }
            walk(node.children)

    walk(app._router._roots)
    return found


def test_every_route_and_method_is_described_and_the_other_way_round(
    service: Service, description: dict[str, Any]
) -> None:
    app = make_application(service.use_cases, HttpSettings())
    served = {path: found for path, found in routes(app).items() if path not in UNDESCRIBED}
    shown = {path: set(methods) for path, methods in description["paths"].items()}
    assert shown == served


def test_resources_answer_no_method_that_the_description_can_not_name() -> None:
    for resource in ADDRESSES.values():
        handlers = {name for name in dir(resource) if name.startswith("on_")}
        assert handlers <= {f"on_{method}" for method in METHODS}
        assert all(hasattr(getattr(resource, name), OPERATION) for name in handlers)


def test_references_lead_somewhere(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    found = set(re.findall(r"#/components/schemas/(\w+)", repr(description)))
    assert found == set(schemas)


def test_queries_and_bodies_are_those_of_the_code(description: dict[str, Any]) -> None:
    listing = description["paths"]["/user/simulations"]["get"]
    by_name = {item["name"]: item for item in listing["parameters"]}
    assert by_name["page_size"]["schema"] == {
        "type": "integer", "minimum": 1, "maximum": 1000, "default": 6,
    }  # fmt: skip
    assert by_name["order_type"]["schema"]["enum"] == ["ascend", "descend"]
    body = description["components"]["schemas"]["SubmissionBody"]
    assert set(body["required"]) == {"sim_type", "ntasks", "input_type"}
    report = description["components"]["schemas"]["JobBody"]
    assert "sim_id" in report["properties"]


def test_the_prefix_is_where_the_api_was_reached(service: Service) -> None:
    browser = Browser(service, path_prefix="/api")
    assert browser("GET", "/api/openapi.json").json["servers"] == [{"url": "/api"}]


@pytest.mark.parametrize("name", PAGES)
def test_the_page_needs_no_other_host(service: Service, name: str) -> None:
    result = Browser(service)("GET", f"/{name}")
    assert result.status_code == 200
    assert not re.search(r"(https?:)?//\w", result.text.replace("// Draws", ""))
    policy = result.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert not re.search(r"<script>|\son\w+=|style=|innerHTML|eval\(", result.text)
    known = {"If-None-Match": result.headers["etag"]}
    assert Browser(service)("GET", f"/{name}", headers=known).status_code == 304


def test_the_page_with_a_slash_behind_leads_to_where_its_script_and_style_are(
    browser: Browser,
) -> None:
    result = browser("GET", "/docs/")
    assert (result.status_code, result.headers["location"]) == (308, "../docs")
    assert browser("GET", "/docs").status_code == 200


@pytest.mark.parametrize("address", ["/jobs/direct", "/jobs/batch"])
def test_submissions_take_a_key(browser: Browser, address: str) -> None:
    posted = browser("GET", "/openapi.json").json["paths"][address]["post"]
    assert "Idempotency-Key" in [item["name"] for item in posted["parameters"]]
