"""Jobs as a program sees them: lists and pages, search, detail, download, again, stop."""

import httpx
import pytest

from tests.app.api.conftest import Place, Sql, new_place, refused
from tests.fakes.stack import Stack, finished, picture, post_job, register, wait_for

SMALL = picture(200, 160)


@pytest.fixture(scope="module")
def full(operator: httpx.Client, boss: httpx.Client) -> tuple[Place, list[str]]:
    """An event with seven finished jobs of guests with odd names, oldest first."""
    spot = new_place(boss)
    names = ["Ayu", "100% Budi", "under_score", "Citra", "Dewi\\back", "Eko", "Fitri"]
    jobs = []
    for number, name in enumerate(names):
        made = operator.post(
            "/sessions",
            json={
                "eventId": spot.event_id,
                "name": name,
                "whatsapp": f"08123456{number}77{number}",
                "consent": True,
            },
        ).json()
        booth = {"boothId": spot.booth_id} if number % 2 else {}
        answer = post_job(operator, made, spot.event_id, SMALL, mode="original", **booth)
        jobs.append(answer.json()["jobId"])
    for job_id in jobs:
        assert finished(operator, job_id)["status"] == "succeeded"
    return spot, jobs


def _ids(client: httpx.Client, **query: object) -> list[str]:
    answer = client.get("/jobs", params={key: str(value) for key, value in query.items()})
    assert answer.status_code == 200, answer.text
    return [item["jobId"] for item in answer.json()["items"]]


def test_pages_have_no_gaps_and_no_doubles(operator: httpx.Client, full: tuple[Place, list[str]]) -> None:
    spot, jobs = full
    for limit in (1, 2, 3, 7, 200):
        seen: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = operator.get(
                "/jobs", params={"eventId": spot.event_id, "limit": str(limit), **cursor}
            ).json()
            assert len(page["items"]) <= limit
            seen += [item["jobId"] for item in page["items"]]
            if page["nextCursor"] is None:
                break
            cursor = {"cursor": page["nextCursor"]}
        assert seen == jobs[::-1]


def test_a_new_job_does_not_disturb_the_next_page(operator: httpx.Client, place: Place) -> None:
    guest = register(operator, place.event_id)
    jobs = [
        post_job(operator, guest, place.event_id, SMALL, mode="original", seed=str(n)).json()["jobId"]
        for n in range(3)
    ]
    page = operator.get("/jobs", params={"eventId": place.event_id, "limit": "2"}).json()
    post_job(operator, guest, place.event_id, SMALL, mode="original", seed="9")
    assert _ids(operator, eventId=place.event_id, cursor=page["nextCursor"]) == [jobs[0]]


def test_filters(operator: httpx.Client, full: tuple[Place, list[str]]) -> None:
    spot, jobs = full
    assert _ids(operator, eventId=spot.event_id, boothId=spot.booth_id) == jobs[1::2][::-1]
    assert _ids(operator, eventId=spot.event_id, status="succeeded") == jobs[::-1]
    assert _ids(operator, eventId=spot.event_id, status="failed") == []
    assert _ids(operator, eventId=spot.event_id, boothId="booth-404") == []


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("ayu", [0]),
        ("AYU", [0]),
        (" ayu ", [0]),
        ("%", [1]),
        ("100%", [1]),
        ("_", [2]),
        ("r_s", [2]),
        ("\\", [4]),
        ("i\\b", [4]),
        ("774", [4]),
        ("5772", []),
        ("6277" + "2", [2]),
        ("' OR 1=1 --", []),
        ("zzz", []),
        ("i", [1, 3, 4, 6]),
    ],
)
def test_search(q: str, found: list[int], operator: httpx.Client, full: tuple[Place, list[str]]) -> None:
    spot, jobs = full
    assert _ids(operator, eventId=spot.event_id, q=q) == [jobs[n] for n in sorted(found, reverse=True)]


def test_search_by_code(operator: httpx.Client, full: tuple[Place, list[str]]) -> None:
    spot, jobs = full
    code = operator.get(f"/jobs/{jobs[3]}").json()["code"]
    assert _ids(operator, eventId=spot.event_id, q=code.lower()) == [jobs[3]]
    assert _ids(operator, eventId=spot.event_id, q=jobs[2]) == [jobs[2]]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("status=odd", 422, "STATUS_INVALID"),
        ("limit=0", 422, "REQUEST_INVALID"),
        ("limit=201", 422, "REQUEST_INVALID"),
        ("limit=many", 422, "REQUEST_INVALID"),
        ("q=" + "x" * 101, 422, "REQUEST_INVALID"),
        ("cursor=" + "x" * 41, 422, "REQUEST_INVALID"),
        ("q=a%00", 422, "VALUE_INVALID"),
        ("cursor=%00", 422, "VALUE_INVALID"),
        ("eventId=%00", 422, "VALUE_INVALID"),
        ("boothId=%00", 422, "VALUE_INVALID"),
    ],
)
def test_questions_that_make_no_sense(query: str, status: int, code: str, operator: httpx.Client) -> None:
    refused(operator.get(f"/jobs?{query}"), status, code)


def test_detail(operator: httpx.Client, full: tuple[Place, list[str]]) -> None:
    spot, jobs = full
    job = operator.get(f"/jobs/{jobs[1]}").json()
    assert (job["eventId"], job["boothId"], job["name"]) == (spot.event_id, spot.booth_id, "100% Budi")
    assert (job["line"], job["mode"], job["styleId"], job["status"]) == (
        "photo",
        "original",
        "pencil",
        "succeeded",
    )
    assert (job["percent"], job["error"], job["parentId"], job["children"]) == (100, None, None, [])
    assert job["createdAt"] <= job["startedAt"] <= job["finishedAt"]
    assert [stage["name"] for stage in job["stages"]] == [
        "preprocessing",
        "ai_processing",
        "framing",
        "uploading_output",
        "publishing",
    ]
    assert {output["kind"] for output in job["outputs"]} >= {"full", "preview", "thumb"}
    assert job["timeline"][0]["kind"] == "queued"
    assert [entry["at"] for entry in job["timeline"]] == sorted(entry["at"] for entry in job["timeline"])
    for url in (job["inputUrl"], job["outputUrl"], *(output["url"] for output in job["outputs"])):
        assert httpx.get(url).headers["content-type"] == "image/jpeg"
    assert "whatsapp" not in str(job).lower()


def test_a_signed_link_is_for_one_thing_only(operator: httpx.Client, full: tuple[Place, list[str]]) -> None:
    url = operator.get(f"/jobs/{full[1][0]}").json()["outputUrl"]
    for bad in (url + "0", url.replace("output", "input", 1), url + "&name=x", url.partition("?")[0]):
        assert httpx.get(bad).status_code in (403, 404)
    assert httpx.put(url, content=b"x").status_code == 403


def test_download(operator: httpx.Client, full: tuple[Place, list[str]]) -> None:
    answer = operator.get(f"/jobs/{full[1][0]}/download")
    assert answer.status_code == 302
    saved = operator.get(f"/jobs/{full[1][0]}/download", follow_redirects=True)
    assert saved.headers["content-disposition"].startswith("attachment")
    assert saved.content.startswith(b"\xff\xd8")


@pytest.mark.parametrize("job_id", ["nothing", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "x" * 3000, "a%00b"])
def test_a_job_that_is_not_there(job_id: str, operator: httpx.Client) -> None:
    expected = (422, "VALUE_INVALID") if "%00" in job_id else (404, "JOB_NOT_FOUND")
    refused(operator.get(f"/jobs/{job_id}"), *expected)
    refused(operator.get(f"/jobs/{job_id}/download"), *expected)
    refused(operator.post(f"/jobs/{job_id}/retry"), *expected)
    refused(operator.post(f"/jobs/{job_id}/cancel"), *expected)


@pytest.fixture
def waiting(brief_stack: Stack, brief_operator: httpx.Client) -> tuple[httpx.Client, str]:
    """A queued job of an installation that has no worker."""
    event_id = brief_operator.get("/events").json()["items"][0]["id"]
    guest = register(brief_operator, event_id)
    return brief_operator, post_job(brief_operator, guest, event_id, SMALL).json()["jobId"]


def test_a_queued_job(waiting: tuple[httpx.Client, str]) -> None:
    client, job_id = waiting
    job = client.get(f"/jobs/{job_id}").json()
    assert (job["status"], job["percent"], job["outputs"], job["outputUrl"]) == ("queued", 0, [], None)
    refused(client.get(f"/jobs/{job_id}/download"), 409, "NOT_READY")
    refused(client.post(f"/jobs/{job_id}/retry"), 409, "JOB_NOT_FINISHED")


def test_cancel_a_queued_job_then_make_it_again(waiting: tuple[httpx.Client, str]) -> None:
    client, job_id = waiting
    for _ in range(2):
        answer = client.post(f"/jobs/{job_id}/cancel")
        assert (answer.status_code, answer.json()) == (200, {"jobId": job_id, "status": "canceled"})
    first, second = (client.post(f"/jobs/{job_id}/retry") for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    child = client.get(f"/jobs/{first.json()['jobId']}").json()
    assert (child["parentId"], child["status"]) == (job_id, "queued")
    assert client.get(f"/jobs/{job_id}").json()["children"] == [child["jobId"]]
    assert client.post(f"/jobs/{child['jobId']}/cancel").json()["status"] == "canceled"
    third = client.post(f"/jobs/{job_id}/retry").json()["jobId"]
    assert third != child["jobId"]


def test_cancel_a_running_job_stops_it(operator: httpx.Client, place: Place, guest: dict[str, str]) -> None:
    jobs = [post_job(operator, guest, place.event_id, picture(1600, 1200, seed=n)).json() for n in range(3)]
    job_id = jobs[-1]["jobId"]
    wait_for(lambda: operator.get(f"/jobs/{job_id}").json()["status"] != "queued")
    answer = operator.post(f"/jobs/{job_id}/cancel")
    if answer.status_code == 409:  # it was faster than we
        refused(answer, 409, "JOB_FINISHED")
        return
    assert answer.json()["status"] in ("running", "canceled")
    assert finished(operator, job_id)["status"] in ("canceled", "succeeded")


def test_a_finished_job_cannot_be_canceled(operator: httpx.Client, full: tuple[Place, list[str]]) -> None:
    refused(operator.post(f"/jobs/{full[1][0]}/cancel"), 409, "JOB_FINISHED")


def test_made_again_after_the_event_is_over(
    operator: httpx.Client, boss: httpx.Client, place: Place, guest: dict[str, str], sql: Sql
) -> None:
    job_id = post_job(operator, guest, place.event_id, SMALL, mode="original", seed="7").json()["jobId"]
    before = finished(operator, job_id)
    sql(f"UPDATE sessions SET expires_at = now() WHERE id = '{guest['sessionId']}'")
    boss.patch(f"/events/{place.event_id}", json={"status": "closed"})
    child = finished(operator, operator.post(f"/jobs/{job_id}/retry").json()["jobId"])
    assert (child["status"], child["seed"], child["mode"]) == ("succeeded", 7, "original")
    assert (
        operator.get(f"/jobs/{job_id}").json()["outputs"][0]["url"].split("?")[0]
        == (before["outputs"][0]["url"].split("?")[0])
    )
