import json

import numpy as np

from adapters.callbacks.result_json import page_json, results_json, stored_estimators
from domain.estimator import Axis, Estimator, Page

AXIS = Axis("Position (Z)", "cm", [0.5, 1.5])


def test_a_page_is_as_in_the_wire_contract() -> None:
    page = Page(2, "My dose", "DOSE", "MeV/g", [1.0, 2.0], [AXIS], [0.1, 0.2], {"filter": "p"})
    assert json.loads(page_json(page)) == {
        "name": "My dose",
        "dimensions": 1,
        "data": {"name": "DOSE", "unit": "MeV/g", "values": [1.0, 2.0], "errors": [0.1, 0.2]},
        "axis_dim1": {"name": "Position (Z)", "unit": "cm", "values": [0.5, 1.5]},
        "metadata": {"filter": "p", "name": "DOSE", "unit": "MeV/g", "page_number": "2"},
    }


def test_what_is_not_a_number_is_null() -> None:
    values = np.array([np.nan, np.inf, -np.inf, 1e308, 1e308])
    axis = Axis("X", "", np.arange(5.0))
    text = page_json(Page(0, "p", "q", "", values, [axis]))
    assert json.loads(text)["data"]["values"] == [None, None, None, 1e308, 1e308]


def test_results_are_put_together_from_stored_texts() -> None:
    page = Page(0, "p", "q", "", [1.0])
    estimators = [Estimator(name, [page, page], {"a": "b"}) for name in ('with "quotes"', "b")]
    document = json.loads(results_json(stored_estimators(estimators), {"x": 1}))
    assert document["x"] == 1
    assert [item["name"] for item in document["estimators"]] == ['with "quotes"', "b"]
    assert document["estimators"][0]["metadata"] == {"a": "b"}
    assert len(document["estimators"][1]["pages"]) == 2
    assert json.loads(results_json([], {})) == {"estimators": []}
