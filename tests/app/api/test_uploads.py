"""Signed uploads: a reserved job, a PUT by anybody who holds the link, and the check before it is queued."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import httpx
import pytest

from tests.app.api.conftest import Place, Sql, refused
from tests.fakes.stack import finished, picture, post_job, register

IMAGE = picture(200, 160)


def _wish(place: Place, guest: dict[str, str], **more: object) -> dict[str, object]:
    wish = {"sessionId": guest["sessionId"], "eventId": place.event_id, "styleId": "pencil"}
    return {**wish, "mode": "original", **more}


def _reserve(client: httpx.Client, place: Place, guest: dict[str, str], **more: object) -> dict[str, str]:
    answer = client.post("/uploads", json=_wish(place, guest, **more))
    assert answer.status_code == 201, answer.text
    made: dict[str, str] = answer.json()
    return made


def _put(made: dict[str, str], content: bytes = IMAGE, **headers: str) -> httpx.Response:
    own: dict[str, str] = made["headers"]  # type: ignore[assignment]
    return httpx.put(made["uploadUrl"], content=content, headers={**own, **headers})


def _queue(
    client: httpx.Client,
    place: Place,
    guest: dict[str, str],
    made: dict[str, str],
    key: str = "",
    **more: object,
) -> httpx.Response:
    body = _wish(place, guest, inputKey=made["inputKey"], **more)
    return client.post("/jobs", json=body, headers={"Idempotency-Key": key} if key else {})


def test_reserve_put_and_queue(operator: httpx.Client, place: Place, guest: dict[str, str]) -> None:
    made = _reserve(operator, place, guest)
    assert made["method"] == "PUT"
    assert datetime.fromisoformat(made["expiresAt"]).tzinfo is not None
    assert made["jobId"] in made["inputKey"]
    assert _put(made).status_code == 200
    answer = _queue(operator, place, guest, made)
    assert (answer.status_code, answer.json()["jobId"]) == (202, made["jobId"])
    job = finished(operator, made["jobId"])
    assert (job["status"], job["styleId"], job["mode"]) == ("succeeded", "pencil", "original")
    assert httpx.get(job["inputUrl"]).content == IMAGE


def test_queued_again_is_the_same_job_whatever_the_key(
    operator: httpx.Client, place: Place, guest: dict[str, str]
) -> None:
    made = _reserve(operator, place, guest)
    _put(made)
    first = _queue(operator, place, guest, made)
    for key in ("", f"a-{place.slug}", f"b-{place.slug}"):
        again = _queue(operator, place, guest, made, key)
        assert (again.status_code, again.json()["jobId"]) == (200, first.json()["jobId"]), again.text
    refused(_queue(operator, place, guest, made, seed=5), 409, "IDEMPOTENCY_CONFLICT")
    assert httpx.get(operator.get(f"/jobs/{made['jobId']}").json()["inputUrl"]).content == IMAGE


def test_a_conflict_does_not_take_the_first_jobs_picture_away(
    operator: httpx.Client, place: Place, guest: dict[str, str], sql: Sql
) -> None:
    made, other = _reserve(operator, place, guest), _reserve(operator, place, guest)
    key = f"key-{place.slug}"
    _put(made)
    assert _queue(operator, place, guest, made, key).status_code == 202
    _put(other, picture(200, 160, seed=3))
    refused(_queue(operator, place, guest, other, key), 409, "IDEMPOTENCY_CONFLICT")
    assert finished(operator, made["jobId"])["status"] == "succeeded"
    assert _queue(operator, place, guest, other).status_code == 202


def test_a_job_keeps_the_picture_it_was_queued_with(
    operator: httpx.Client, place: Place, guest: dict[str, str]
) -> None:
    made = _reserve(operator, place, guest)
    _put(made)
    _queue(operator, place, guest, made)
    finished(operator, made["jobId"])
    _put(made, picture(200, 160, seed=8))  # the link is good for some minutes yet
    assert httpx.get(operator.get(f"/jobs/{made['jobId']}").json()["inputUrl"]).content == IMAGE


def test_ten_at_once_queue_one_job(
    operator: httpx.Client, place: Place, guest: dict[str, str], sql: Sql
) -> None:
    made = _reserve(operator, place, guest)
    _put(made)
    with ThreadPoolExecutor(10) as pool:
        answers = list(
            pool.map(lambda n: _queue(operator, place, guest, made, f"{place.slug}-{n % 3}"), range(10))
        )
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [202]
    assert {answer.json()["jobId"] for answer in answers} == {made["jobId"]}
    assert finished(operator, made["jobId"])["status"] == "succeeded"


def test_a_png_put_as_a_jpeg_is_kept_as_what_it_is(
    operator: httpx.Client, place: Place, guest: dict[str, str]
) -> None:
    made = _reserve(operator, place, guest)
    _put(made, picture(200, 160, kind="PNG"))
    assert _queue(operator, place, guest, made).status_code == 202
    url = operator.get(f"/jobs/{made['jobId']}").json()["inputUrl"]
    assert httpx.get(url).headers["content-type"] == "image/png"


@pytest.mark.usefixtures("nothing_left")
def test_nothing_was_put(operator: httpx.Client, place: Place, guest: dict[str, str]) -> None:
    made = _reserve(operator, place, guest)
    refused(_queue(operator, place, guest, made), 404, "UPLOAD_NOT_FOUND")


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "IMAGE_EMPTY"),
        (b"a letter and no picture" * 10, 415, "IMAGE_NOT_AN_IMAGE"),
        (IMAGE[:-3000], 422, "IMAGE_BROKEN"),
    ],
)
def test_what_was_put_is_no_picture(
    content: bytes,
    status: int,
    code: str,
    operator: httpx.Client,
    place: Place,
    guest: dict[str, str],
    sql: Sql,
) -> None:
    made = _reserve(operator, place, guest)
    assert _put(made, content).status_code == 200
    refused(_queue(operator, place, guest, made), status, code)
    assert sql(f"SELECT count(*) FROM jobs WHERE id = '{made['jobId']}'") == "0"
    _put(made)
    assert _queue(operator, place, guest, made).status_code == 202


@pytest.mark.usefixtures("nothing_left")
def test_what_the_link_does_not_take(operator: httpx.Client, place: Place, guest: dict[str, str]) -> None:
    made = _reserve(operator, place, guest)
    refused(_put(made, **{"Content-Type": "text/html"}), 403, "LINK_INVALID")
    refused(httpx.get(made["uploadUrl"]), 403, "LINK_INVALID")
    longer = made | {"uploadUrl": made["uploadUrl"].replace("exp=", "exp=9")}
    refused(_put(longer), 403, "LINK_INVALID")
    refused(_put(made, b"x" * (51 * 1024 * 1024)), 413, "OBJECT_TOO_LARGE")


def test_the_link_and_the_reservation_end(
    operator: httpx.Client, place: Place, guest: dict[str, str], sql: Sql
) -> None:
    made = _reserve(operator, place, guest)
    _put(made)
    sql(f"UPDATE uploads SET expires_at = now() WHERE job_id = '{made['jobId']}'")
    refused(_queue(operator, place, guest, made), 404, "UPLOAD_NOT_FOUND")


def test_another_account_or_another_guest(
    operator: httpx.Client, boss: httpx.Client, place: Place, guest: dict[str, str]
) -> None:
    made = _reserve(operator, place, guest)
    _put(made)
    refused(_queue(boss, place, guest, made), 404, "UPLOAD_NOT_FOUND")
    other = register(operator, place.event_id, "Budi")
    refused(_queue(operator, place, other, made), 409, "UPLOAD_FOR_OTHER_GUEST")
    assert _queue(operator, place, guest, made).status_code == 202


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"contentType": "image/gif"}, 422, "REQUEST_INVALID"),
        ({"contentType": "text/html"}, 422, "REQUEST_INVALID"),
        ({"mode": "fancy"}, 422, "MODE_INVALID"),
        ({"seed": -1}, 422, "SEED_INVALID"),
        ({"seed": 1.5}, 422, "REQUEST_INVALID"),
        ({"styleId": "none"}, 404, "STYLE_NOT_FOUND"),
        ({"sessionId": "nobody"}, 404, "SESSION_NOT_FOUND"),
        ({"eventId": "../.."}, 404, "EVENT_NOT_FOUND"),
        ({"boothId": "booth-404"}, 404, "BOOTH_NOT_FOUND"),
        ({"sessionId": "a\0"}, 422, "VALUE_INVALID"),
        ({"sessionId": None}, 422, "REQUEST_INVALID"),
    ],
)
def test_what_cannot_be_reserved(
    more: dict[str, object],
    status: int,
    code: str,
    operator: httpx.Client,
    place: Place,
    guest: dict[str, str],
) -> None:
    refused(operator.post("/uploads", json=_wish(place, guest, **more)), status, code)


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("key", ["", "events/x/y.jpg", "../../etc/passwd", "a\0b", "x" * 5000])
def test_a_key_nobody_reserved(key: str, operator: httpx.Client, place: Place, guest: dict[str, str]) -> None:
    answer = operator.post("/jobs", json=_wish(place, guest, inputKey=key))
    refused(answer, *((422, "VALUE_INVALID") if "\0" in key else (404, "UPLOAD_NOT_FOUND")))


def test_another_jobs_input_cannot_be_taken(
    operator: httpx.Client, place: Place, guest: dict[str, str]
) -> None:
    job_id = post_job(operator, guest, place.event_id, IMAGE, seed=str(secrets.randbelow(9999))).json()[
        "jobId"
    ]
    url = operator.get(f"/jobs/{job_id}").json()["inputUrl"]
    key = url.split("/files/")[1].partition("?")[0]
    refused(operator.post("/jobs", json=_wish(place, guest, inputKey=key)), 404, "UPLOAD_NOT_FOUND")
