"""Many jobs in one call: each for itself, bounded, and what could not be is named with its code."""

import httpx
from ulid import ULID

from app.domain.job import LANES
from tests.app.api.conftest import Place, Sql, refused
from tests.fakes.stack import finished, picture, post_job, register

SMALL = picture(200, 160)


def posted(operator: httpx.Client, place: Place) -> str:
    """A job of this place."""
    guest = register(operator, place.event_id)
    answer = post_job(operator, guest, place.event_id, SMALL, mode="original", boothId=place.booth_id)
    return str(answer.json()["jobId"])


def bulk(client: httpx.Client, deed: str, *job_ids: str) -> httpx.Response:
    return client.post("/jobs/bulk", json={"deed": deed, "jobIds": list(job_ids)})


def test_many_are_retried_or_stopped_and_the_others_are_named(
    operator: httpx.Client, boss: httpx.Client, place: Place, sql: Sql
) -> None:
    done = [posted(operator, place) for _ in range(2)]
    for job_id in done:
        assert finished(operator, job_id)["status"] == "succeeded"
    nobody = str(ULID())
    for lane in LANES:
        assert boss.put(f"/house/lanes/{lane}/pause", json={"reason": "a test"}).status_code == 204
    try:
        waiting = [posted(operator, place) for _ in range(2)]
        told = bulk(operator, "retry", *done, done[0], waiting[0], nobody)
        assert told.json() == {
            "done": 2,
            "refused": [
                {"jobId": waiting[0], "code": "JOB_NOT_FINISHED"},
                {"jobId": nobody, "code": "JOB_NOT_FOUND"},
            ],
        }
        children = {operator.get(f"/jobs/{job_id}").json()["children"][0] for job_id in done}

        told = bulk(operator, "cancel", *waiting, *children, done[0])
        assert told.json() == {"done": 4, "refused": [{"jobId": done[0], "code": "JOB_FINISHED"}]}
        for job_id in (*waiting, *children):
            assert operator.get(f"/jobs/{job_id}").json()["status"] == "canceled"
    finally:
        for lane in LANES:
            assert boss.delete(f"/house/lanes/{lane}/pause").status_code == 204
    written = sql(
        f"SELECT count(*) FROM audit_log WHERE action = 'job_canceled' AND event_id = '{place.event_id}'"
    )
    assert written == "4"

    for deed, job_ids, code in (
        ("retry", [], "BULK_INVALID"),
        ("cancel", [nobody] * 201, "BULK_INVALID"),
        ("erase", [nobody], "REQUEST_INVALID"),
    ):
        refused(bulk(operator, deed, *job_ids), 422, code)


def test_what_another_operator_made_again_is_not_made_and_paid_twice(
    operator: httpx.Client, boss: httpx.Client, place: Place, sql: Sql
) -> None:
    ours, theirs = (posted(operator, place) for _ in range(2))
    for job_id in (ours, theirs):
        assert finished(operator, job_id)["status"] == "succeeded"
    sql(
        "UPDATE jobs SET status = 'failed', error_code = 'PROVIDER_AWAY', best_output_key = NULL, "
        f"outputs = NULL WHERE id IN ('{ours}', '{theirs}')"
    )
    child = boss.post(f"/jobs/{theirs}/retry").json()["jobId"]
    assert finished(operator, child)["status"] == "succeeded"

    again = {"jobId": theirs, "code": "JOB_MADE_AGAIN"}
    assert bulk(operator, "retry", ours, theirs).json() == {"done": 1, "refused": [again]}
    refused(operator.post(f"/jobs/{theirs}/retry"), 409, "JOB_MADE_AGAIN")
    replay = boss.post("/jobs/bulk", json={"deed": "replay", "jobIds": [theirs], "reason": "a test"})
    assert replay.json() == {"done": 0, "refused": [again]}
    assert operator.get(f"/jobs/{theirs}").json()["children"] == [child]

    # A try that was cancelled leaves the photo as it was: it may be made again.
    sql(f"UPDATE jobs SET status = 'canceled' WHERE id = '{child}'")
    assert operator.post(f"/jobs/{theirs}/retry").status_code == 202
