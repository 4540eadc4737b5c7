"""The doors of what needs attention: who may, and what is asked for."""

import httpx
import pytest

from tests.app.api.conftest import Place, Sql, refused
from tests.fakes.stack import Stack, finished, post_job, register

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


def test_unknown_switches(boss: httpx.Client, operator: httpx.Client) -> None:
    force = {**WHY, "state": "open", "seconds": 5}
    refused(boss.put("/house/parts/nothing/breaker", json=force), 404, "PART_UNKNOWN")
    refused(boss.put("/house/lanes/nothing/pause", json=WHY), 404, "LANE_UNKNOWN")
    refused(boss.put("/house/parts/local/breaker", json={**force, "seconds": 0}), 422, "FORCE_INVALID")
    house = operator.get("/house").json()
    assert [lane["id"] for lane in house["lanes"]] == ["high", "default", "bulk"]
    assert {part["id"]: part["state"] for part in house["parts"]} == {"local": "closed", "storage": "closed"}


def test_what_an_event_may_spend(boss: httpx.Client, operator: httpx.Client, place: Place) -> None:
    path = f"/events/{place.event_id}/spend"
    assert operator.get(path).json() == {"limit": None, "spent": 0.0}
    refused(operator.put(path, json={**WHY, "limit": 5}), 403, "ROLE_TOO_LOW")
    refused(boss.put(path, json={**WHY, "limit": -1}), 422, "LIMIT_INVALID")
    assert boss.put(path, json={**WHY, "limit": 0}).status_code == 204
    assert operator.get(path).json() == {"limit": 0.0, "spent": 0.0}
    found = boss.get("/attention", params={"eventId": place.event_id}).json()
    assert [event["eventId"] for event in found["events"]] == [place.event_id]


def test_a_finished_job_is_left_alone(boss: httpx.Client, place: Place, shared_stack: Stack) -> None:
    guest = register(boss, place.event_id)
    job_id = post_job(boss, guest, place.event_id, mode="original").json()["jobId"]
    assert finished(boss, job_id)["status"] == "succeeded"
    refused(boss.post(f"/jobs/{job_id}/replay", json=WHY), 409, "JOB_NOT_FAILED")
    refused(boss.post(f"/jobs/{job_id}/original", json=WHY), 409, "STAGE_FINISHED")
    assert boss.get(f"/jobs/{job_id}").json()["makers"] == []
    refused(boss.post(f"/jobs/{job_id}/give-up", json=WHY), 409, "JOB_NOT_FAILED")
    told = {"name": "payment", "key": "1"}
    refused(boss.post(f"/jobs/{job_id}/signals", json=told), 422, "SIGNAL_UNKNOWN")
    assert job_id in shared_stack.command("jobs", "list", "--all")
    assert "publishing" in shared_stack.command("jobs", "show", job_id)


def test_photobot_jobs_decides(boss: httpx.Client, place: Place, shared_stack: Stack) -> None:
    guest = register(boss, place.event_id)
    broken = post_job(boss, guest, place.event_id, styleId="pencil").json()["jobId"]
    assert finished(boss, broken)["status"] == "succeeded"
    with pytest.raises(AssertionError, match="Only a job that failed"):
        shared_stack.command("jobs", "replay", broken, "--because", "a test")
    with pytest.raises(AssertionError, match="Choose one of"):
        shared_stack.command("jobs", "resolve", broken, "--because", "a test")
    with pytest.raises(AssertionError, match="nothing to decide"):
        shared_stack.command("jobs", "resolve", broken, "--not-taken", "--because", "a test")


def test_nothing_more_is_made_of_a_guest_who_was_erased(boss: httpx.Client, place: Place, sql: Sql) -> None:
    guest = register(boss, place.event_id)
    job_id = post_job(boss, guest, place.event_id, styleId="pencil").json()["jobId"]
    assert finished(boss, job_id)["status"] == "succeeded"
    sql(f"UPDATE jobs SET status = 'failed' WHERE id = '{job_id}'")
    sql(f"DELETE FROM job_stages WHERE job_id = '{job_id}' AND stage <> 'preprocessing'")
    assert boss.post(f"/guest/{guest['token']}/erasure", json={"confirm": True}).status_code == 200
    for deed, more in (("replay", {}), ("original", {}), ("switch", {"maker": "local"})):
        refused(boss.post(f"/jobs/{job_id}/{deed}", json={**WHY, **more}), 410, "GUEST_ERASED")
    assert boss.get(f"/jobs/{job_id}").json()["status"] == "failed"
    assert boss.post(f"/jobs/{job_id}/give-up", json=WHY).status_code == 204
