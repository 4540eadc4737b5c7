"""Camera files over HTTP: whose they are, what repeats answer, and the tray of those that are nobody's."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from ulid import ULID

from tests.app.api.conftest import Place, Sql, new_place, refused
from tests.fakes.stack import Stack, finished, picture, register

MOMENT = "2026-01-05T10:00:00+07:00"


@pytest.fixture(scope="module")
def spot(boss: httpx.Client) -> Place:
    """An event with a booth for this module."""
    return new_place(boss)


@pytest.fixture(scope="module")
def watcher(shared_stack: Stack, spot: Place) -> httpx.Client:
    """The booth's watcher."""
    client = shared_stack.client(None)
    client.headers["Authorization"] = (
        f"Bearer {shared_stack.command('booth', 'token', spot.booth_id).strip()}"
    )
    return client


@pytest.fixture
def place(spot: Place) -> Place:
    """All tests of this module share the place."""
    return spot


@pytest.fixture
def active(operator: httpx.Client, spot: Place, guest: dict[str, str]) -> dict[str, str]:
    """The booth holds this guest while the test runs."""
    url = f"/booth/{spot.booth_id}/active-session"
    body = {
        "sessionId": guest["sessionId"],
        "eventId": spot.event_id,
        "styleId": "pencil",
        "mode": "original",
    }
    assert operator.post(url, json=body).status_code == 200
    return guest


@pytest.fixture(autouse=True)
def _free_booth(operator: httpx.Client, spot: Place, sql: Sql) -> None:
    """Nobody holds the booth when a test starts, and the last guest left it long ago."""
    held = operator.get(f"/booth/{spot.booth_id}/active-session")
    if held.status_code == 200:
        operator.delete(
            f"/booth/{spot.booth_id}/active-session", params={"sessionId": held.json()["sessionId"]}
        )
    sql(
        "UPDATE booth_sessions SET started_at = started_at - interval '1 hour',"
        f" ended_at = ended_at - interval '1 hour' WHERE booth_id = '{spot.booth_id}'"
    )


def _shot(**fields: str) -> dict[str, str]:
    now = datetime.now(UTC)
    return {
        "shotId": str(ULID()),
        "fileName": "IMG_0001.JPG",
        "appearedAt": MOMENT,
        "appearedEarliest": (now - timedelta(milliseconds=5)).isoformat(),
        "appearedLatest": now.isoformat(),
        **fields,
    }


def _send(
    client: httpx.Client, spot: Place, image: bytes, fields: dict[str, str] | None = None
) -> httpx.Response:
    data = {"sha256": hashlib.sha256(image).hexdigest(), **(fields or _shot())}
    return client.post(f"/booth/{spot.booth_id}/shots", data=data, files={"file": ("x.jpg", image)})


def _fresh() -> bytes:
    return picture(200, 160, seed=int(ULID()) % 2**31)


def _jobs(sql: Sql, guest: dict[str, str]) -> str:
    return sql(f"SELECT count(*) FROM jobs WHERE session_id = '{guest['sessionId']}'")


def test_a_shot_goes_to_the_active_guest(
    watcher: httpx.Client, operator: httpx.Client, spot: Place, active: dict[str, str], sql: Sql
) -> None:
    image, fields = _fresh(), _shot(takenAt="2026-01-05T09:59:58")
    first = _send(watcher, spot, image, fields)
    assert first.status_code == 200, first.text
    answer = first.json()
    assert (answer["shotId"], answer["state"], answer["reason"]) == (fields["shotId"], "assigned", None)
    assert _send(watcher, spot, image, fields).json() == answer
    job = finished(operator, answer["jobId"])
    assert (job["status"], job["sessionId"], job["boothId"], job["mode"]) == (
        "succeeded",
        active["sessionId"],
        spot.booth_id,
        "original",
    )
    assert _jobs(sql, active) == "1"


def test_a_shot_prolongs_the_guests_time(
    watcher: httpx.Client, operator: httpx.Client, spot: Place, active: dict[str, str]
) -> None:
    url = f"/booth/{spot.booth_id}/active-session"
    before = operator.get(url).json()["expiresAt"]
    _send(watcher, spot, _fresh())
    assert operator.get(url).json()["expiresAt"] > before


def test_the_same_content_again_is_a_duplicate(
    watcher: httpx.Client, spot: Place, active: dict[str, str], sql: Sql
) -> None:
    image = _fresh()
    first = _send(watcher, spot, image).json()
    second = _send(watcher, spot, image, _shot(fileName="IMG_0002.JPG"))
    assert (second.status_code, second.json()["state"], second.json()["jobId"]) == (
        200,
        "duplicate",
        first["jobId"],
    )
    assert _jobs(sql, active) == "1"


def test_the_same_content_at_once_makes_one_job(
    watcher: httpx.Client, spot: Place, active: dict[str, str], sql: Sql, shared_stack: Stack
) -> None:
    image = _fresh()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: _send(watcher, spot, image), range(8)))
    assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
    assert sorted(answer.json()["state"] for answer in answers) == ["assigned"] + ["duplicate"] * 7
    assert len({answer.json()["jobId"] for answer in answers}) == 1
    assert _jobs(sql, active) == "1"
    digest = hashlib.sha256(image).hexdigest()
    objects = shared_stack.folder / "data" / "objects" / "events" / spot.event_id
    kept = [p for p in objects.rglob("shots/*") if hashlib.sha256(p.read_bytes()).hexdigest() == digest]
    assert len(kept) == 1


def test_an_id_used_before_never_changes_its_picture(
    watcher: httpx.Client, operator: httpx.Client, spot: Place, active: dict[str, str]
) -> None:
    image, fields = _fresh(), _shot()
    first = _send(watcher, spot, image, fields).json()
    refused(_send(watcher, spot, _fresh(), fields), 409, "SHOT_ID_TAKEN")
    assert httpx.get(operator.get(f"/jobs/{first['jobId']}").json()["inputUrl"]).content == image


def test_an_id_of_another_booth(
    watcher: httpx.Client,
    operator: httpx.Client,
    boss: httpx.Client,
    shared_stack: Stack,
    spot: Place,
    active: dict[str, str],
) -> None:
    image, fields = _fresh(), _shot()
    first = _send(watcher, spot, image, fields).json()
    beside = Place(spot.event_id, spot.slug, f"{spot.booth_id}-b")
    boss.put(f"/booths/{beside.booth_id}", json={"name": "B", "eventId": spot.event_id})
    token = shared_stack.command("booth", "token", beside.booth_id).strip()
    with httpx.Client(base_url=watcher.base_url, headers={"Authorization": f"Bearer {token}"}) as other:
        refused(_send(other, beside, _fresh(), fields), 409, "SHOT_ID_TAKEN")
        assert _send(other, beside, image).json()["state"] == "orphan"
        refused(_send(other, spot, image), 401, "BOOTH_TOKEN_INVALID")
    assert httpx.get(operator.get(f"/jobs/{first['jobId']}").json()["inputUrl"]).content == image


def test_tokens(watcher: httpx.Client, operator: httpx.Client, spot: Place, sql: Sql) -> None:
    image = _fresh()
    with httpx.Client(base_url=watcher.base_url) as other:
        refused(_send(other, spot, image), 401, "BOOTH_TOKEN_INVALID")
        for token in ("x", "ÿþ", operator.headers["authorization"].split()[1]):
            sent = {"Authorization": f"Bearer {token}".encode("latin-1")}
            path = f"/booth/{spot.booth_id}/shots"
            refused(other.post(path, data=_shot(), headers=sent), 401, "BOOTH_TOKEN_INVALID")
    refused(_send(watcher, Place(spot.event_id, "", "booth-1"), image), 401, "BOOTH_TOKEN_INVALID")
    refused(_send(watcher, Place(spot.event_id, "", "a%00"), image), 401, "BOOTH_TOKEN_INVALID")
    refused(watcher.get("/jobs"), 401, "TOKEN_INVALID")
    own = f"booth_id = '{spot.booth_id}'"
    sql(f"UPDATE booth_tokens SET revoked_at = now() WHERE {own}")
    refused(_send(watcher, spot, image), 401, "BOOTH_TOKEN_INVALID")
    sql(f"UPDATE booth_tokens SET revoked_at = NULL WHERE {own}")


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"shotId": "no-ulid"}, 422, "SHOT_ID_INVALID"),
        ({"shotId": "../../../x"}, 422, "SHOT_ID_INVALID"),
        ({"shotId": ""}, 422, "FIELD_REQUIRED"),
        ({"fileName": ""}, 422, "FIELD_REQUIRED"),
        ({"sha256": "0" * 64}, 409, "SHA256_MISMATCH"),
        ({"sha256": "ü"}, 409, "SHA256_MISMATCH"),
        ({"sha256": ""}, 422, "FIELD_REQUIRED"),
        ({"appearedAt": "yesterday"}, 422, "TIME_INVALID"),
        ({"appearedAt": "0001-01-01T00:00:00+23:59"}, 422, "TIME_INVALID"),
        ({"takenAt": "31.12.2026"}, 422, "TIME_INVALID"),
        ({"fileName": "x" * 5000}, 422, "FIELD_TOO_LONG"),
    ],
)
def test_wrong_fields(
    fields: dict[str, str], status: int, code: str, watcher: httpx.Client, spot: Place
) -> None:
    refused(_send(watcher, spot, picture(200, 160), _shot(**fields)), status, code)


@pytest.mark.parametrize(
    ("image", "status", "code"),
    [
        (b"", 422, "IMAGE_EMPTY"),
        (b"no picture at all" * 9, 415, "IMAGE_NOT_AN_IMAGE"),
        (picture(200, 160)[:-2500], 422, "IMAGE_BROKEN"),
        (b"\xff" * (51 * 1024 * 1024), 413, "IMAGE_TOO_LARGE"),
    ],
)
def test_what_is_no_picture_makes_no_job(
    image: bytes,
    status: int,
    code: str,
    watcher: httpx.Client,
    spot: Place,
    active: dict[str, str],
    sql: Sql,
) -> None:
    fields = _shot()
    for _ in range(2):
        refused(_send(watcher, spot, image, fields), status, code)
    assert _jobs(sql, active) == "0"
    if code != "IMAGE_TOO_LARGE":
        row = sql(f"SELECT state, reason, storage_key FROM camera_files WHERE id = '{fields['shotId']}'")
        assert row == f"invalid|{code}|"


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\x", "a\0b", "\u202egnp.exe", "/", "x" * 500])
def test_camera_names_are_only_shown(name: str, watcher: httpx.Client, spot: Place, sql: Sql) -> None:
    fields = _shot(fileName=name)
    assert _send(watcher, spot, _fresh(), fields).json()["state"] == "orphan"
    kept = sql(f"SELECT file_name FROM camera_files WHERE id = '{fields['shotId']}'")
    assert "/" not in kept
    assert "\\" not in kept
    assert kept.isprintable()
    assert 1 <= len(kept) <= 120


def test_an_orphan_is_given_to_a_guest_once(
    watcher: httpx.Client, operator: httpx.Client, spot: Place, active: dict[str, str], sql: Sql
) -> None:
    url = f"/booth/{spot.booth_id}/active-session"
    operator.delete(url, params={"sessionId": active["sessionId"]})
    orphan = _send(watcher, spot, _fresh()).json()
    assert (orphan["state"], orphan["jobId"]) == ("orphan", None)
    path = f"/shots/{orphan['shotId']}"
    refused(operator.post(f"{path}/assign", json={"sessionId": "nobody"}), 404, "SESSION_NOT_FOUND")
    refused(operator.post(f"{path}/assign", json={"sessionId": "a\0"}), 422, "VALUE_INVALID")
    with ThreadPoolExecutor(4) as pool:
        body = {"sessionId": active["sessionId"]}
        answers = list(pool.map(lambda _: operator.post(f"{path}/assign", json=body), range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    given = next(answer.json() for answer in answers if answer.status_code == 200)
    assert given["state"] == "assigned"
    assert finished(operator, given["jobId"])["sessionId"] == active["sessionId"]
    refused(operator.post(f"{path}/assign", json=body), 409, "SHOT_NOT_IN_TRAY")
    refused(operator.post(f"{path}/reject", json={"reason": "late"}), 409, "SHOT_NOT_IN_TRAY")
    assert _jobs(sql, active) == "1"


def test_an_orphan_is_put_away(
    watcher: httpx.Client, operator: httpx.Client, spot: Place, guest: dict[str, str]
) -> None:
    image = _fresh()
    orphan = _send(watcher, spot, image).json()
    path = f"/shots/{orphan['shotId']}"
    refused(operator.post(f"{path}/reject", json={"reason": "a\0b"}), 422, "VALUE_INVALID")
    answer = operator.post(f"{path}/reject", json={"reason": " out of focus " + "x" * 500}).json()
    assert answer["state"] == "rejected"
    assert len(answer["reason"]) == 120
    refused(operator.post(f"{path}/reject", json={}), 409, "SHOT_NOT_IN_TRAY")
    again = operator.post(f"{path}/assign", json={"sessionId": guest["sessionId"]})
    refused(again, 409, "SHOT_NOT_IN_TRAY")
    assert _send(watcher, spot, image).json()["state"] == "duplicate"


def test_an_orphan_is_not_given_to_a_guest_of_another_event(
    watcher: httpx.Client, operator: httpx.Client, boss: httpx.Client, spot: Place
) -> None:
    orphan = _send(watcher, spot, _fresh()).json()
    elsewhere = register(operator, new_place(boss).event_id)
    answer = operator.post(f"/shots/{orphan['shotId']}/assign", json={"sessionId": elsewhere["sessionId"]})
    refused(answer, 409, "SESSION_OF_OTHER_EVENT")


@pytest.mark.parametrize("shot_id", ["nothing", "a%00", "01ARZ3NDEKTSV4RRFFQ69G5FAV"])
def test_a_shot_that_is_not_there(shot_id: str, operator: httpx.Client) -> None:
    expected = (422, "VALUE_INVALID") if "%00" in shot_id else (404, "SHOT_NOT_FOUND")
    refused(operator.post(f"/shots/{shot_id}/assign", json={"sessionId": "x"}), *expected)
    refused(operator.post(f"/shots/{shot_id}/reject", json={}), *expected)
