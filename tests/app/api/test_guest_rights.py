"""What a guest decides about their own data: consent, another style, and erasing it all with a receipt."""

import hashlib
import json
from datetime import UTC, datetime

import httpx
import pytest
from ulid import ULID

from tests.app.api.conftest import Place, Sql, refused
from tests.fakes.stack import Stack, finished, picture, post_job, register, wait_for


@pytest.fixture
def made(operator: httpx.Client, place: Place, guest: dict[str, str]) -> str:
    """A finished picture of the guest; its job's id."""
    job_id = str(post_job(operator, guest, place.event_id).json()["jobId"])
    assert finished(operator, job_id)["status"] == "succeeded"
    return job_id


def _objects(stack: Stack, job_id: str) -> list[str]:
    folder = stack.folder / "data" / "objects"
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and job_id in str(path))


def _audited(sql: Sql, subject: str) -> list[str]:
    return sql(f"SELECT action FROM audit_log WHERE subject = '{subject}' ORDER BY id").split()


def test_a_guest_sees_what_is_held_and_decides_about_the_wall(
    stranger: httpx.Client, guest: dict[str, str], made: str, sql: Sql
) -> None:
    path = f"/guest/{guest['token']}"
    data = stranger.get(f"{path}/data").json()
    assert (data["photos"], data["pictures"], data["stylesLeft"]) == (1, 1, 0)
    assert data["phone"] == "+62 812 •••• 890"
    assert [(one["purpose"], one["necessary"], one["given"]) for one in data["consents"]] == [
        ("photo", True, True),
        ("wall", False, False),
    ]
    for given in (True, True, False):
        assert stranger.put(f"{path}/consents/wall", json={"given": given}).status_code == 204
        assert stranger.get(f"{path}/data").json()["consents"][1]["given"] is given
    assert _audited(sql, guest["sessionId"]) == ["consent_given", "consent_withdrawn"]
    refused(stranger.put(f"{path}/consents/photo", json={"given": False}), 409, "CONSENT_NECESSARY")
    refused(stranger.put(f"{path}/consents/spam", json={"given": True}), 404, "PURPOSE_UNKNOWN")
    refused(stranger.get("/guest/nobody-has-this/data"), 404, "LINK_UNKNOWN")


def test_another_style_where_the_event_allows_it_and_two_taps_are_one(
    stranger: httpx.Client,
    operator: httpx.Client,
    boss: httpx.Client,
    place: Place,
    guest: dict[str, str],
    made: str,
) -> None:
    path = f"/guest/{guest['token']}/styles"
    wish = {"jobId": made, "styleId": "comic"}
    refused(stranger.post(path, json=wish), 409, "NO_STYLE_LEFT")
    assert boss.patch(f"/events/{place.event_id}", json={"extraStyles": 1}).json()["extraStyles"] == 1
    twice = [stranger.post(path, json=wish) for _ in range(2)]
    assert [answer.status_code for answer in twice] == [202, 202]
    [child] = {answer.json()["jobId"] for answer in twice}
    ended = finished(operator, child)
    assert (ended["status"], ended["styleId"], ended["parentId"]) == ("succeeded", "comic", made)
    refused(stranger.post(path, json=wish | {"styleId": "ink"}), 409, "NO_STYLE_LEFT")
    other = register(operator, place.event_id)
    answer = stranger.post(f"/guest/{other['token']}/styles", json=wish | {"styleId": "ink"})
    refused(answer, 404, "PICTURE_NOT_FOUND")
    refused(stranger.post(path, json=wish | {"jobId": "x"}), 404, "PICTURE_NOT_FOUND")
    before = httpx.get(
        f"{str(stranger.base_url).removesuffix('/api/v1/')}/r/{guest['token']}/jobs/{child}/before",
        follow_redirects=True,
    )
    assert (before.status_code, before.headers["content-type"]) == (200, "image/jpeg")


def test_what_a_guest_erases_is_gone_from_rows_and_storage_and_told_on_a_receipt(
    stranger: httpx.Client,
    operator: httpx.Client,
    shared_stack: Stack,
    place: Place,
    guest: dict[str, str],
    made: str,
    sql: Sql,
) -> None:
    path = f"/guest/{guest['token']}/erasure"
    assert len(_objects(shared_stack, made)) >= 5
    refused(stranger.post(path, json={}), 422, "NOT_CONFIRMED")
    refused(stranger.get(path), 404, "NOT_ERASED")
    receipts = [stranger.post(path, json={"confirm": True}).json() for _ in range(2)]
    assert receipts[0]["number"] == receipts[1]["number"]
    assert (receipts[0]["photos"], receipts[0]["pictures"], receipts[0]["outside"]) == (1, 1, False)
    wait_for(lambda: stranger.get(path).json()["doneAt"], every=1.0)

    assert _objects(shared_stack, made) == []
    page = httpx.get(f"{shared_stack.url}/r/{guest['token']}")
    assert page.status_code == 410
    assert receipts[0]["number"] in page.text
    refused(stranger.get(f"/guest/{guest['token']}/data"), 410, "LINK_ERASED")
    refused(operator.get(f"/sessions/{guest['code']}"), 404, "SESSION_NOT_FOUND")
    refused(operator.post(f"/jobs/{made}/retry"), 410, "GUEST_ERASED")
    refused(post_job(operator, guest, place.event_id), 410, "GUEST_ERASED")
    everything = "jobs, guests, sessions, job_stages, job_events, audit_log, erasures"
    for table in everything.split(", "):
        rows = sql(f"SELECT coalesce(json_agg(t), '[]') FROM {table} t")
        mine = [row for row in json.loads(rows) if guest["sessionId"] in str(row) or made in str(row)]
        assert "Ayu" not in str(mine)
        assert "628" not in json.dumps([row.get("whatsapp", "") for row in mine])
    assert _audited(sql, guest["sessionId"])[-1] == "guest_erased"


def test_a_job_under_way_is_stopped_and_leaves_nothing(
    stranger: httpx.Client, operator: httpx.Client, shared_stack: Stack, place: Place, guest: dict[str, str]
) -> None:
    job_ids = [post_job(operator, guest, place.event_id, seed=str(n)).json()["jobId"] for n in range(4)]
    stranger.post(f"/guest/{guest['token']}/erasure", json={"confirm": True})
    wait_for(lambda: stranger.get(f"/guest/{guest['token']}/erasure").json()["doneAt"], 60, every=1.0)
    for job_id in job_ids:
        assert operator.get(f"/jobs/{job_id}").json()["hasOutput"] is False
        assert _objects(shared_stack, job_id) == []


class _Camera:
    """A watcher that brings one file, under as many names as it likes."""

    def __init__(self, stack: Stack, booth_id: str, taken: datetime) -> None:
        self.image = picture(300, 400)
        self.path = f"{stack.url}/api/v1/booth/{booth_id}/shots"
        self.headers = {"Authorization": f"Bearer {stack.booth_token(booth_id)}"}
        self.facts = {"fileName": "IMG_0001.JPG", "sha256": hashlib.sha256(self.image).hexdigest()}
        self.facts |= dict.fromkeys(("appearedAt", "appearedEarliest", "appearedLatest"), taken.isoformat())

    def send(self, shot_id: str) -> dict[str, object]:
        """What the server says of it."""
        files = {"file": ("x.jpg", self.image)}
        data = self.facts | {"shotId": shot_id}
        answer = httpx.post(self.path, headers=self.headers, data=data, files=files, timeout=30)
        assert answer.status_code == 200, answer.text
        told: dict[str, object] = answer.json()
        return told


def test_a_camera_file_that_comes_after_the_erasing_goes_too(
    stranger: httpx.Client,
    operator: httpx.Client,
    shared_stack: Stack,
    place: Place,
    guest: dict[str, str],
    sql: Sql,
) -> None:
    body = {
        "sessionId": guest["sessionId"],
        "eventId": place.event_id,
        "mode": "original",
        "styleId": "pencil",
    }
    assert operator.post(f"/booth/{place.booth_id}/active-session", json=body).status_code == 200
    taken = datetime.now(UTC)
    erasure = f"/guest/{guest['token']}/erasure"
    assert stranger.post(erasure, json={"confirm": True}).status_code == 200
    refused(operator.get(f"/booth/{place.booth_id}/active-session"), 404, "NO_ACTIVE_SESSION")
    wait_for(lambda: stranger.get(erasure).json()["doneAt"], every=1.0)

    shot_id = str(ULID())
    camera = _Camera(shared_stack, place.booth_id, taken)
    assert camera.send(shot_id)["state"] == "orphan"
    state = f"SELECT state, reason, preview IS NULL FROM camera_files WHERE id = '{shot_id}'"
    wait_for(lambda: sql(state).split() == ["rejected|ERASED|t"])
    wait_for(lambda: _objects(shared_stack, shot_id) == [])
    # The watcher that lost its ledger brings it again: it stays away, and nobody can bring it back.
    assert camera.send(str(ULID()))["state"] == "duplicate"
    assert _objects(shared_stack, shot_id) == []
    refused(operator.post(f"/shots/{shot_id}/restore"), 409, "SHOT_NOT_REJECTED")


def test_a_try_that_is_sent_again_is_the_same_visit(stranger: httpx.Client, place: Place) -> None:
    body = {"eventId": place.event_id, "name": "Rani", "whatsapp": "0812 3456 7890", "consent": True}
    headers = {"Idempotency-Key": "0123456789abcdef-once"}
    first, again = (stranger.post("/sessions", json=body, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.json(), first.headers["location"]) == (again.json(), again.headers["location"])
    other = stranger.post("/sessions", json=body | {"name": "Rina"}, headers=headers)
    refused(other, 409, "IDEMPOTENCY_CONFLICT")
    refused(
        stranger.post("/sessions", json=body, headers={"Idempotency-Key": "short"}),
        422,
        "IDEMPOTENCY_KEY_INVALID",
    )
