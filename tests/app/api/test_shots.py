"""Camera files over HTTP: whose they are, what repeats answer, and the tray of those that are nobody's."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.app.api.conftest import Place, Sql, fresh_picture, jobs_of, refused, send_shot, shot_fields
from tests.fakes.stack import Stack, finished, picture

pytestmark = pytest.mark.usefixtures("free_booth")


@pytest.fixture
def place(spot: Place) -> Place:
    """All tests of this module share the place."""
    return spot


def test_a_shot_goes_to_the_active_guest(
    watcher: httpx.Client, operator: httpx.Client, spot: Place, active: dict[str, str], sql: Sql
) -> None:
    image, fields = fresh_picture(), shot_fields(takenAt="2026-01-05T09:59:58")
    first = send_shot(watcher, spot, image, fields)
    assert first.status_code == 200, first.text
    answer = first.json()
    assert (answer["shotId"], answer["state"], answer["reason"]) == (fields["shotId"], "assigned", None)
    assert send_shot(watcher, spot, image, fields).json() == answer
    job = finished(operator, answer["jobId"])
    assert (job["status"], job["sessionId"], job["boothId"], job["mode"]) == (
        "succeeded",
        active["sessionId"],
        spot.booth_id,
        "original",
    )
    assert jobs_of(sql, active) == "1"


def test_a_shot_of_which_no_thumbnail_was_told_gets_one(watcher: httpx.Client, spot: Place, sql: Sql) -> None:
    """The socket was away, or had too many to tell: in the tray nobody could see whose the photo is."""
    fields = shot_fields()
    assert send_shot(watcher, spot, fresh_picture(), fields).status_code == 200
    assert sql(f"SELECT preview_version FROM camera_files WHERE id = '{fields['shotId']}'") == "1"


def test_a_shot_prolongs_the_guests_time(
    watcher: httpx.Client, operator: httpx.Client, spot: Place, active: dict[str, str]
) -> None:
    url = f"/booth/{spot.booth_id}/active-session"
    before = operator.get(url).json()["expiresAt"]
    send_shot(watcher, spot, fresh_picture())
    assert operator.get(url).json()["expiresAt"] > before


def test_the_same_content_again_is_a_duplicate(
    watcher: httpx.Client, spot: Place, active: dict[str, str], sql: Sql
) -> None:
    image = fresh_picture()
    first = send_shot(watcher, spot, image).json()
    second = send_shot(watcher, spot, image, shot_fields(fileName="IMG_0002.JPG"))
    assert (second.status_code, second.json()["state"], second.json()["jobId"]) == (
        200,
        "duplicate",
        first["jobId"],
    )
    assert jobs_of(sql, active) == "1"


def test_the_same_content_at_once_makes_one_job(
    watcher: httpx.Client, spot: Place, active: dict[str, str], sql: Sql, shared_stack: Stack
) -> None:
    image = fresh_picture()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send_shot(watcher, spot, image), range(8)))
    assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
    assert sorted(answer.json()["state"] for answer in answers) == ["assigned"] + ["duplicate"] * 7
    assert len({answer.json()["jobId"] for answer in answers}) == 1
    assert jobs_of(sql, active) == "1"
    digest = hashlib.sha256(image).hexdigest()
    objects = shared_stack.folder / "data" / "objects" / "events" / spot.event_id
    kept = [p for p in objects.rglob("shots/*") if hashlib.sha256(p.read_bytes()).hexdigest() == digest]
    assert len(kept) == 1


def test_an_id_used_before_never_changes_its_picture(
    watcher: httpx.Client, operator: httpx.Client, spot: Place, active: dict[str, str]
) -> None:
    image, fields = fresh_picture(), shot_fields()
    first = send_shot(watcher, spot, image, fields).json()
    refused(send_shot(watcher, spot, fresh_picture(), fields), 409, "SHOT_ID_TAKEN")
    assert httpx.get(operator.get(f"/jobs/{first['jobId']}").json()["inputUrl"]).content == image


def test_an_id_of_another_booth(
    watcher: httpx.Client,
    operator: httpx.Client,
    boss: httpx.Client,
    shared_stack: Stack,
    spot: Place,
    active: dict[str, str],
) -> None:
    image, fields = fresh_picture(), shot_fields()
    first = send_shot(watcher, spot, image, fields).json()
    beside = Place(spot.event_id, spot.slug, f"{spot.booth_id}-b")
    boss.put(f"/booths/{beside.booth_id}", json={"name": "B", "eventId": spot.event_id})
    token = shared_stack.booth_token(beside.booth_id)
    with httpx.Client(base_url=watcher.base_url, headers={"Authorization": f"Bearer {token}"}) as other:
        refused(send_shot(other, beside, fresh_picture(), fields), 409, "SHOT_ID_TAKEN")
        assert send_shot(other, beside, image).json()["state"] == "orphan"
        refused(send_shot(other, spot, image), 401, "BOOTH_TOKEN_INVALID")
    assert httpx.get(operator.get(f"/jobs/{first['jobId']}").json()["inputUrl"]).content == image


def test_tokens(watcher: httpx.Client, operator: httpx.Client, spot: Place, sql: Sql) -> None:
    image = fresh_picture()
    with httpx.Client(base_url=watcher.base_url) as other:
        refused(send_shot(other, spot, image), 401, "BOOTH_TOKEN_INVALID")
        for token in ("x", "ÿþ", operator.headers["authorization"].split()[1]):
            sent = {"Authorization": f"Bearer {token}".encode("latin-1")}
            path = f"/booth/{spot.booth_id}/shots"
            refused(other.post(path, data=shot_fields(), headers=sent), 401, "BOOTH_TOKEN_INVALID")
    refused(send_shot(watcher, Place(spot.event_id, "", "booth-1"), image), 401, "BOOTH_TOKEN_INVALID")
    refused(send_shot(watcher, Place(spot.event_id, "", "a%00"), image), 401, "BOOTH_TOKEN_INVALID")
    refused(watcher.get("/jobs"), 401, "TOKEN_INVALID")
    own = f"booth_id = '{spot.booth_id}'"
    sql(f"UPDATE booth_tokens SET revoked_at = now() WHERE {own}")
    refused(send_shot(watcher, spot, image), 401, "BOOTH_TOKEN_INVALID")
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
    refused(send_shot(watcher, spot, picture(200, 160), shot_fields(**fields)), status, code)


@pytest.mark.parametrize(
    "when", ["0001-01-01T00:00:00+00:00", "1969-12-31T17:00:00+00:00", "9999-12-31T23:59:59Z"]
)
def test_a_camera_that_says_nonsense_of_the_time_costs_no_photo(
    when: str, watcher: httpx.Client, spot: Place
) -> None:
    answer = send_shot(watcher, spot, picture(210, 160), shot_fields(takenAt=when))
    assert answer.status_code == 200, answer.text


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
    fields = shot_fields()
    for _ in range(2):
        refused(send_shot(watcher, spot, image, fields), status, code)
    assert jobs_of(sql, active) == "0"
    if code != "IMAGE_TOO_LARGE":
        row = sql(f"SELECT state, reason, storage_key FROM camera_files WHERE id = '{fields['shotId']}'")
        assert row == f"invalid|{code}|"


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\x", "a\0b", "\u202egnp.exe", "/", "x" * 500])
def test_camera_names_are_only_shown(name: str, watcher: httpx.Client, spot: Place, sql: Sql) -> None:
    fields = shot_fields(fileName=name)
    assert send_shot(watcher, spot, fresh_picture(), fields).json()["state"] == "orphan"
    kept = sql(f"SELECT file_name FROM camera_files WHERE id = '{fields['shotId']}'")
    assert "/" not in kept
    assert "\\" not in kept
    assert kept.isprintable()
    assert 1 <= len(kept) <= 120
