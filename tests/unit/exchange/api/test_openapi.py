"""The OpenAPI document names every endpoint, what it is asked and what it answers."""

import json
import re

from tenfold.exchange.api.openapi import document
from tenfold.exchange.api.router import ROUTES, find, handle
from tenfold.exchange.messages import Request


def test_it_is_served_without_credentials(reader):
    response = handle(reader.exchange, Request("GET", "/openapi.json"))
    assert response.status == 200
    assert json.loads(response.body) == json.loads(json.dumps(document(ROUTES)))


def test_every_endpoint_stands_in_it():
    described = document(ROUTES)
    listed = {(method.upper(), path) for path, methods in described["paths"].items() for method in methods}
    assert listed == {(route.method, route.path) for route in ROUTES}
    assert len(listed) == len(ROUTES)
    names = [one["operationId"] for methods in described["paths"].values() for one in methods.values()]
    assert len(set(names)) == len(names)


def test_every_endpoint_is_found_by_its_path():
    for route in ROUTES:
        path = re.sub(r"\{\w+\}", "AAPL", route.path)
        assert find(route.method, path)[0] is route


def test_every_endpoint_but_the_document_wants_credentials(reader):
    for route in ROUTES:
        path = re.sub(r"\{\w+\}", "AAPL", route.path)
        response = handle(reader.exchange, Request(route.method, path))
        assert response.status == (200 if route.public else 401)
        assert len(response.headers["X-Request-ID"]) == 32


def test_references_lead_somewhere():
    described = document(ROUTES)
    for name in re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(described)):
        assert name in described["components"]["schemas"]


def test_parameters_say_what_they_take():
    described = document(ROUTES)
    bars = {one["name"]: one for one in described["paths"]["/v2/stocks/bars"]["get"]["parameters"]}
    assert bars["symbols"]["required"]
    assert bars["symbols"]["explode"] is False
    assert bars["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 1000}
    assert set(bars["sort"]["schema"]["enum"]) == {"asc", "desc"}
    orders = {one["name"]: one for one in described["paths"]["/v2/orders"]["get"]["parameters"]}
    assert orders["after"]["schema"] == {"type": "string", "format": "date-time"}
    body = described["paths"]["/v2/orders"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert "symbol" in described["components"]["schemas"][body["$ref"].rpartition("/")[2]]["properties"]
