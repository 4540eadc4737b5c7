"""The doors of what needs attention: who may, and what is asked for."""

import httpx
import pytest

from tests.app.api.conftest import refused

NOBODY = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
WHY = {"reason": "because"}
DOORS = [
    ("POST", f"/jobs/{NOBODY}/replay", WHY),
    ("POST", f"/jobs/{NOBODY}/original", WHY),
    ("POST", f"/jobs/{NOBODY}/switch", {**WHY, "maker": "local"}),
    ("POST", f"/jobs/{NOBODY}/resolve", WHY),
    ("POST", f"/jobs/{NOBODY}/give-up", WHY),
]
HOUSE = [
    ("PUT", "/house/parts/local/breaker", {**WHY, "state": "closed", "seconds": 1}),
    ("DELETE", "/house/parts/local/breaker", None),
    ("PUT", "/house/lanes/bulk/pause", WHY),
    ("DELETE", "/house/lanes/bulk/pause", None),
]


@pytest.mark.parametrize(("method", "path", "body"), [*DOORS, *HOUSE, ("GET", "/attention", None)])
def test_operators_may_not(operator: httpx.Client, method: str, path: str, body: object) -> None:
    refused(operator.request(method, path, json=body), 403, "ROLE_TOO_LOW")


@pytest.mark.parametrize(("method", "path", "body"), DOORS)
def test_of_nobodys_job(boss: httpx.Client, method: str, path: str, body: object) -> None:
    refused(boss.request(method, path, json=body), 404, "JOB_NOT_FOUND")


@pytest.mark.parametrize(("method", "path", "body"), DOORS)
def test_a_reason_is_asked_for(boss: httpx.Client, method: str, path: str, body: dict[str, str]) -> None:
    refused(boss.request(method, path, json={**body, "reason": " "}), 422, "REASON_MISSING")


@pytest.mark.parametrize(("method", "path", "body"), HOUSE)
def test_switches_of_the_house(boss: httpx.Client, method: str, path: str, body: object) -> None:
    assert boss.request(method, path, json=body).status_code == 204
