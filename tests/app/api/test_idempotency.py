"""The same request twice makes one job, by the key that came or by one of our own."""

from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.app.api.conftest import Place, Sql, refused
from tests.fakes.stack import picture, post_job

IMAGE = picture(400, 300)


def _jobs(sql: Sql, place: Place) -> int:
    return int(sql(f"SELECT count(*) FROM jobs WHERE event_id = '{place.event_id}'"))


def test_the_same_key_and_body_is_the_same_job(
    operator: httpx.Client, place: Place, guest: dict[str, str], sql: Sql
) -> None:
    first = post_job(operator, guest, place.event_id, IMAGE, idempotency_key=place.slug)
    second = post_job(operator, guest, place.event_id, IMAGE, idempotency_key=place.slug)
    assert (first.status_code, second.status_code) == (202, 200)
    assert first.json()["jobId"] == second.json()["jobId"]
    assert first.headers["location"] == f"/api/v1/jobs/{first.json()['jobId']}"
    assert _jobs(sql, place) == 1


def test_the_same_key_for_another_body_is_a_conflict(
    operator: httpx.Client, place: Place, guest: dict[str, str], sql: Sql
) -> None:
    first = post_job(operator, guest, place.event_id, IMAGE, idempotency_key=place.slug).json()["jobId"]
    for image, fields in (
        (picture(400, 300, seed=7), {}),
        (IMAGE, {"mode": "original"}),
        (IMAGE, {"seed": "4"}),
    ):
        answer = post_job(operator, guest, place.event_id, image, idempotency_key=place.slug, **fields)
        assert refused(answer, 409, "IDEMPOTENCY_CONFLICT")["jobId"] == first
    assert _jobs(sql, place) == 1


def test_without_a_key_the_content_is_the_key(
    operator: httpx.Client, place: Place, guest: dict[str, str], sql: Sql
) -> None:
    answers = [post_job(operator, guest, place.event_id, IMAGE) for _ in range(2)]
    other = post_job(operator, guest, place.event_id, picture(400, 300, seed=9))
    assert [answer.status_code for answer in (*answers, other)] == [202, 200, 202]
    assert _jobs(sql, place) == 2


def test_a_key_belongs_to_an_account(
    operator: httpx.Client, boss: httpx.Client, place: Place, guest: dict[str, str], sql: Sql
) -> None:
    for client in (operator, boss):
        answer = post_job(client, guest, place.event_id, IMAGE, idempotency_key=place.slug)
        assert answer.status_code == 202
    assert _jobs(sql, place) == 2


def test_a_photos_own_key_is_the_same_photo_whoever_sends_it_again(
    operator: httpx.Client, boss: httpx.Client, place: Place, guest: dict[str, str], sql: Sql
) -> None:
    """The answer was lost, and another operator signed in before the booth's browser tried again."""
    key = f"photo-{place.slug}"
    first = post_job(operator, guest, place.event_id, IMAGE, idempotency_key=key)
    again = post_job(boss, guest, place.event_id, IMAGE, idempotency_key=key)
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["jobId"] == again.json()["jobId"]
    other = post_job(boss, guest, place.event_id, picture(400, 300, seed=5), idempotency_key=key)
    assert other.status_code == 202
    assert _jobs(sql, place) == 2


def test_a_refused_picture_does_not_use_up_the_key(
    operator: httpx.Client, place: Place, guest: dict[str, str], sql: Sql
) -> None:
    bad = post_job(operator, guest, place.event_id, IMAGE[:-2000], idempotency_key=place.slug)
    refused(bad, 422, "IMAGE_BROKEN")
    good = post_job(operator, guest, place.event_id, IMAGE, idempotency_key=place.slug)
    assert good.status_code == 202, good.text
    assert _jobs(sql, place) == 1


def test_ten_at_once_make_one_job(
    operator: httpx.Client, place: Place, guest: dict[str, str], sql: Sql
) -> None:
    def send(_: int) -> httpx.Response:
        return post_job(operator, guest, place.event_id, IMAGE, idempotency_key=place.slug)

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(send, range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [202]
    assert len({answer.json()["jobId"] for answer in answers}) == 1
    assert _jobs(sql, place) == 1
    keys = sql(f"SELECT count(*) FROM idempotency_keys WHERE key = '{place.slug}'")
    assert keys == "1"


def test_ten_at_once_without_a_key_store_one_input(
    operator: httpx.Client, place: Place, guest: dict[str, str], sql: Sql
) -> None:
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: post_job(operator, guest, place.event_id, IMAGE), range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [202]
    assert _jobs(sql, place) == 1
