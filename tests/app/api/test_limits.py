"""Rate limits: strict for one account and one device, generous for a venue that shares one address."""

import secrets
from concurrent.futures import ThreadPoolExecutor

import httpx
import redis

from tests.app.api.conftest import Place, refused
from tests.fakes.stack import Stack


def _wait(answer: httpx.Response) -> int:
    body = refused(answer, 429, "TOO_MANY")
    assert body["retryAfter"] == int(answer.headers["retry-after"])
    return int(answer.headers["retry-after"])


def test_guessing_a_password_is_stopped_for_that_account_only(stranger: httpx.Client) -> None:
    """Tries by the API and by the form are counted together."""
    name = f"victim-{secrets.token_hex(4)}"
    form = str(stranger.base_url).split("/api/")[0] + "/login"
    body = {"username": name, "password": "a-guess"}
    for _ in range(5):
        refused(stranger.post("/auth/login", json=body), 401, "LOGIN_FAILED")
        assert stranger.post(form, data=body).status_code == 401
    assert 1 <= _wait(stranger.post("/auth/login", json=body)) <= 60
    assert stranger.post(form, data=body).status_code == 429
    other = stranger.post("/auth/login", json={**body, "username": f"{name}-x"})
    refused(other, 401, "LOGIN_FAILED")


def test_one_device_cannot_register_a_crowd(stranger: httpx.Client, place: Place) -> None:
    guest = {"eventId": place.event_id, "name": "Ayu", "whatsapp": "081234567890", "consent": True}
    device = {"X-Device-Id": secrets.token_hex(16)}
    answers = [stranger.post("/sessions", json=guest, headers=device) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [201] * 20 + [429]
    assert 1 <= _wait(answers[-1]) <= 60
    other = stranger.post("/sessions", json=guest, headers={"X-Device-Id": secrets.token_hex(16)})
    assert other.status_code == 201


def test_one_address_may_register_a_whole_venue(brief_operator: httpx.Client, brief_stack: Stack) -> None:
    """600 a minute come through from one address, and the next one is told to wait."""
    body = {"eventId": "nowhere", "name": "Ayu", "whatsapp": "081234567890", "consent": True}
    taken = 0
    with ThreadPoolExecutor(4) as pool:
        for answers in (
            pool.map(lambda _: brief_operator.post("/sessions", json=body), range(50)) for _ in range(20)
        ):
            statuses = [answer.status_code for answer in answers]
            taken += statuses.count(404)
            if 429 in statuses:
                break
    assert 500 <= taken <= 600
    with redis.Redis.from_url(brief_stack.environment["REDIS_URL"]) as counted:
        counted.flushdb()  # the tests after this one come from the same address


def test_one_account_at_one_booth_may_post_two_pictures_a_second(
    operator: httpx.Client, place: Place
) -> None:
    wish = {"sessionId": "nobody", "eventId": place.event_id, "styleId": "pencil", "boothId": place.booth_id}
    answers = [operator.post("/uploads", json=wish) for _ in range(121)]
    assert [answer.status_code for answer in answers] == [404] * 120 + [429]
    assert 1 <= _wait(answers[-1]) <= 60
    refused(operator.post("/uploads", json={**wish, "boothId": "another"}), 404, "SESSION_NOT_FOUND")
