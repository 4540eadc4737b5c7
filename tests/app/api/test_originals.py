"""What follows a shot: the original of a reduced copy, its RAW; and what a guest's code does."""

import hashlib
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from ulid import ULID

from tests.app.api.conftest import (
    Place,
    Sql,
    fresh_picture,
    jobs_of,
    refused,
    send_shot,
    shot_fields,
)
from tests.fakes.stack import Stack, finished, register

SHORT = timedelta(milliseconds=5)

pytestmark = pytest.mark.usefixtures("free_booth")
RAW = b"II*\x00" + b"camera raw " * 400


@pytest.fixture
def place(spot: Place) -> Place:
    """All tests of this module share the place."""
    return spot


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _follow(
    client: httpx.Client, spot: Place, shot_id: str, what: str, content: bytes, **fields: str
) -> httpx.Response:
    data = {"sha256": _sha(content), **fields}
    path = f"/booth/{spot.booth_id}/shots/{shot_id}/{what}"
    return client.post(path, data=data, files={"file": ("x", content)})


def test_a_reduced_copy_makes_the_job_and_the_original_follows(
    watcher: httpx.Client,
    operator: httpx.Client,
    spot: Place,
    active: dict[str, str],
    sql: Sql,
    shared_stack: Stack,
) -> None:
    original, small = fresh_picture(), fresh_picture()
    fields = shot_fields(reducedOf=_sha(original))
    first = send_shot(watcher, spot, small, fields).json()
    assert (first["state"], first["originalWanted"], first["rawWanted"]) == ("assigned", True, False)
    assert send_shot(watcher, spot, small, fields).json() == first
    again = send_shot(watcher, spot, small, shot_fields(reducedOf=_sha(original))).json()
    assert (again["state"], again["shotId"], again["originalWanted"]) == (
        "duplicate",
        fields["shotId"],
        True,
    )

    shot_id = str(fields["shotId"])
    refused(_follow(watcher, spot, shot_id, "original", fresh_picture()), 409, "NOT_THE_ORIGINAL")
    broken = _follow(watcher, spot, shot_id, "original", original, sha256="0" * 64)
    refused(broken, 409, "SHA256_MISMATCH")
    refused(_follow(watcher, spot, str(ULID()), "original", fresh_picture()), 404, "SHOT_NOT_FOUND")
    for _ in range(2):
        answer = _follow(watcher, spot, shot_id, "original", original)
        assert answer.status_code == 200, answer.text
        assert (answer.json()["jobId"], answer.json()["originalWanted"]) == (first["jobId"], False)
    copy = send_shot(watcher, spot, original).json()
    assert (copy["state"], copy["shotId"], copy["jobId"]) == ("duplicate", shot_id, first["jobId"])

    done = finished(operator, first["jobId"])
    assert httpx.get(done["inputUrl"]).content == small, "the running job is not disturbed"
    child = operator.post(f"/jobs/{first['jobId']}/retry").json()["jobId"]
    assert httpx.get(operator.get(f"/jobs/{child}").json()["inputUrl"]).content == original
    finished(operator, child)
    assert sql(f"SELECT original_pending FROM camera_files WHERE id = '{shot_id}'") == "f"


def test_a_copy_that_is_overtaken_by_its_original_is_the_same_shot(
    watcher: httpx.Client, spot: Place, active: dict[str, str], sql: Sql
) -> None:
    original, small = fresh_picture(), fresh_picture()
    first = send_shot(watcher, spot, original).json()
    fields = shot_fields(reducedOf=_sha(original))
    assert send_shot(watcher, spot, small, fields).json()["jobId"] == first["jobId"]
    second = fresh_picture()
    shot = shot_fields(reducedOf=_sha(second))
    assert send_shot(watcher, spot, fresh_picture(), shot).json()["originalWanted"] is True
    whole = send_shot(watcher, spot, second, shot_fields(shotId=shot["shotId"])).json()
    assert (whole["state"], whole["originalWanted"]) == ("assigned", False)
    assert jobs_of(sql, active) == "2"
    wrong = shot_fields(reducedOf="no hash")
    refused(send_shot(watcher, spot, fresh_picture(), wrong), 422, "SHA256_INVALID")


def test_a_raw_is_kept_where_the_event_wants_it(
    watcher: httpx.Client, boss: httpx.Client, spot: Place, active: dict[str, str], shared_stack: Stack
) -> None:
    shot = send_shot(watcher, spot, fresh_picture()).json()
    name = {"fileName": "IMG_1.CR2"}
    unwanted = _follow(watcher, spot, shot["shotId"], "raw", RAW, **name)
    assert (unwanted.status_code, unwanted.json()) == (200, {"stored": False})
    assert boss.patch(f"/events/{spot.event_id}", json={"keepRaw": True}).json()["keepRaw"] is True
    try:
        image = fresh_picture()
        wanted = send_shot(watcher, spot, image).json()
        assert wanted["rawWanted"] is True
        no_raw = _follow(watcher, spot, wanted["shotId"], "raw", b"a text " * 99, **name)
        refused(no_raw, 415, "RAW_UNKNOWN")
        cut = _follow(watcher, spot, wanted["shotId"], "raw", RAW, sha256="1" * 64, **name)
        refused(cut, 409, "SHA256_MISMATCH")
        for _ in range(2):
            kept = _follow(watcher, spot, wanted["shotId"], "raw", RAW, **name)
            assert (kept.status_code, kept.json()) == (200, {"stored": True})
        assert send_shot(watcher, spot, image).json()["rawWanted"] is False
        objects = shared_stack.folder / "data" / "objects" / "events" / spot.event_id
        (stored,) = objects.rglob(f"*/{wanted['shotId']}-raw.cr2")
        assert stored.read_bytes() == RAW
    finally:
        boss.patch(f"/events/{spot.event_id}", json={"keepRaw": False})


def test_one_photo_for_a_guest_where_the_event_says_so(
    watcher: httpx.Client, operator: httpx.Client, boss: httpx.Client, spot: Place, active: dict[str, str]
) -> None:
    one = boss.patch(f"/events/{spot.event_id}", json={"photosPerGuest": "one"}).json()
    assert one["photosPerGuest"] == "one"
    try:
        first = send_shot(watcher, spot, fresh_picture()).json()
        second = send_shot(watcher, spot, fresh_picture()).json()
        assert (first["state"], second["state"], second["reason"]) == (
            "assigned",
            "orphan",
            "ONE_PER_GUEST",
        )
        given = operator.post(f"/shots/{second['shotId']}/assign", json={"sessionId": active["sessionId"]})
        assert given.json()["state"] == "assigned"
    finally:
        boss.patch(f"/events/{spot.event_id}", json={"photosPerGuest": "many"})
    third = send_shot(watcher, spot, fresh_picture()).json()
    assert third["state"] == "assigned"
    refused(boss.patch(f"/events/{spot.event_id}", json={"photosPerGuest": "few"}), 422, "REQUEST_INVALID")


def test_a_photographed_code_opens_its_session(
    watcher: httpx.Client, operator: httpx.Client, spot: Place, active: dict[str, str], sql: Sql
) -> None:
    url = f"/booth/{spot.booth_id}/active-session"
    guest = register(operator, spot.event_id, "Budi")
    link = f"http://192.168.1.5:8080/r/{guest['token']}#{guest['code']}"
    image, fields = fresh_picture(), shot_fields(qr=link)
    shot = send_shot(watcher, spot, image, fields).json()
    assert (shot["state"], shot["reason"], shot["jobId"]) == ("rejected", "QR_CODE", None)
    held = operator.get(url).json()
    assert (held["sessionId"], held["mode"], held["styleId"], held["operatorId"]) == (
        guest["sessionId"],
        "original",
        "pencil",
        None,
    )
    assert held["startedAt"] <= fields["appearedLatest"], "from the moment of its shot"
    assert sql("SELECT ended_why FROM booth_sessions ORDER BY ended_at DESC NULLS LAST LIMIT 1") == "qr"
    assert send_shot(watcher, spot, image, fields).json() == shot
    bare = send_shot(watcher, spot, fresh_picture(), shot_fields(qr=guest["code"])).json()
    assert (bare["state"], bare["reason"]) == ("rejected", "QR_CODE")
    for text in ("https://example.org/", "x" * 3000):
        plain = send_shot(watcher, spot, fresh_picture(), shot_fields(qr=text)).json()
        assert plain["state"] in ("assigned", "orphan")
        assert plain["reason"] not in ("QR_CODE", "QR_UNKNOWN")
    for text in ("QQQQ", f"http://x/r/{'A' * 22}#{active['code']}"):
        nobodys = send_shot(watcher, spot, fresh_picture(), shot_fields(qr=text)).json()
        assert (nobodys["state"], nobodys["reason"], nobodys["jobId"]) == ("orphan", "QR_UNKNOWN", None)
    assert operator.get(url).json()["sessionId"] == guest["sessionId"]
    given = operator.post(f"/shots/{shot['shotId']}/assign", json={"sessionId": guest["sessionId"]})
    assert given.json()["state"] == "assigned"


def test_an_old_picture_of_a_code_hands_over_nothing_until_a_live_photo_speaks_for_it(
    watcher: httpx.Client, operator: httpx.Client, spot: Place, active: dict[str, str], sql: Sql
) -> None:
    guest, url = register(operator, spot.event_id, "Citra"), f"/booth/{spot.booth_id}/active-session"
    mine = f"session_id = '{active['sessionId']}'"
    sql(f"UPDATE booth_sessions SET started_at = started_at - interval '1 minute' WHERE {mine}")
    now = datetime.now(UTC)

    def came(ago: float, **more: str) -> dict[str, str]:
        at = now - timedelta(seconds=ago)
        appeared = {"appearedLatest": at.isoformat(), "appearedEarliest": (at - SHORT).isoformat()}
        by_camera = (at - timedelta(days=365)).isoformat()
        return shot_fields(**appeared | {"takenAt": by_camera, "camera": f"Canon {guest['code']}"} | more)

    started = {
        "appearedEarliest": (now - timedelta(hours=1)).isoformat(),
        "takenAt": now.isoformat(),
        "camera": "x",
    }
    for fields in (came(0, **started), came(10)):
        shot = send_shot(watcher, spot, fresh_picture(), fields | {"qr": guest["code"]}).json()
        assert (shot["state"], shot["reason"], shot["jobId"]) == ("orphan", "QR_OLD", None)
        assert operator.get(url).json()["sessionId"] == active["sessionId"]
    photo = send_shot(watcher, spot, fresh_picture(), came(0)).json()
    assert photo["state"] == "assigned"
    assert operator.get(url).json()["sessionId"] == guest["sessionId"]
    assert operator.get(f"/jobs/{photo['jobId']}").json()["sessionId"] == guest["sessionId"]
