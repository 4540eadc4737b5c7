"""Camera laptops over HTTP: tokens made and revoked, a rescan, and how far each camera's clock is off."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.app.api.conftest import Place, Sql, fresh_picture, new_place, refused, send_shot, shot_fields
from tests.fakes.stack import ADMIN, Stack

pytestmark = pytest.mark.usefixtures("free_booth")


@pytest.fixture
def place(spot: Place) -> Place:
    """All tests of this module share the place."""
    return spot


@pytest.fixture(scope="module")
def supervisor(shared_stack: Stack, boss: httpx.Client) -> httpx.Client:
    """A supervisor; made after the administrator, whose making migrates nothing any more."""
    shared_stack.command(
        "user", "add", "walker", "--role", "supervisor", "--password-stdin", typed=ADMIN + "\n"
    )
    return shared_stack.client("walker", ADMIN)


def test_a_token_is_made_used_and_revoked(
    supervisor: httpx.Client, shared_stack: Stack, spot: Place, sql: Sql
) -> None:
    path = f"/booths/{spot.booth_id}/tokens"
    made = supervisor.post(path, json={"label": " left laptop "})
    assert made.status_code == 201, made.text
    token = made.json()
    assert (token["label"], token["madeBy"], token["usedAt"]) == ("left laptop", "walker", None)
    listed = {row["id"]: row for row in supervisor.get(path).json()["items"]}
    assert token["token"] not in str(listed)
    assert token["token"] not in sql("SELECT string_agg(token_hash, ' ') FROM booth_tokens")

    watcher = shared_stack.client(None)
    watcher.headers["Authorization"] = f"Bearer {token['token']}"
    assert send_shot(watcher, spot, fresh_picture()).status_code == 200
    used = {row["id"]: row["usedAt"] for row in supervisor.get(path).json()["items"]}
    assert used[token["id"]] is not None
    assert send_shot(watcher, spot, fresh_picture()).status_code == 200
    assert {row["id"]: row["usedAt"] for row in supervisor.get(path).json()["items"]} == used

    for _ in range(2):
        assert supervisor.delete(f"{path}/{token['id']}").status_code == 204
    refused(send_shot(watcher, spot, fresh_picture()), 401, "BOOTH_TOKEN_INVALID")
    assert token["id"] not in str(supervisor.get(path).json())
    audited = "SELECT string_agg(action, ',' ORDER BY id) FROM audit_log "
    audited += "WHERE actor = 'walker' AND action LIKE 'booth_token%'"
    assert sql(audited) == "booth_token_issued,booth_token_revoked"


def test_tokens_are_not_for_operators_nor_for_the_booth_beside(
    supervisor: httpx.Client, operator: httpx.Client, boss: httpx.Client, spot: Place
) -> None:
    path = f"/booths/{spot.booth_id}/tokens"
    refused(operator.get(path), 403, "ROLE_TOO_LOW")
    refused(operator.post(path, json={}), 403, "ROLE_TOO_LOW")
    refused(supervisor.get("/booths/nowhere/tokens"), 404, "BOOTH_NOT_FOUND")
    refused(supervisor.post(path, json={"label": "x" * 61}), 422, "LABEL_INVALID")
    refused(supervisor.post(path, json={"label": "a\nb"}), 422, "LABEL_INVALID")
    beside = new_place(boss)
    other = boss.post(f"/booths/{beside.booth_id}/tokens", json={}).json()
    refused(supervisor.delete(f"{path}/{other['id']}"), 404, "TOKEN_NOT_FOUND")
    refused(operator.delete(f"{path}/{other['id']}"), 403, "ROLE_TOO_LOW")


def test_a_booth_has_a_bounded_number_of_tokens(boss: httpx.Client) -> None:
    path = f"/booths/{new_place(boss).booth_id}/tokens"
    made = [boss.post(path, json={}).json() for _ in range(20)]
    refused(boss.post(path, json={}), 409, "TOO_MANY_TOKENS")
    boss.delete(f"{path}/{made[0]['id']}")
    assert boss.post(path, json={}).status_code == 201


def test_a_rescan_needs_a_watcher(operator: httpx.Client, spot: Place) -> None:
    refused(operator.post(f"/booths/{spot.booth_id}/rescan"), 409, "WATCHER_AWAY")
    refused(operator.post("/booths/nowhere/rescan"), 404, "BOOTH_NOT_FOUND")


def _shoot(watcher: httpx.Client, spot: Place, lag: float = 0.5, ago: float = 0.0) -> dict[str, object]:
    """A live shot of a camera whose clock is an hour behind."""
    appeared = datetime.now(UTC) - timedelta(seconds=ago)
    fields = shot_fields(
        camera="Maker Model 123",
        appearedAt=appeared.isoformat(),
        appearedEarliest=(appeared - timedelta(milliseconds=50)).isoformat(),
        appearedLatest=appeared.isoformat(),
        takenAt=(appeared - timedelta(hours=1, seconds=lag)).replace(microsecond=500_000).isoformat(),
    )
    answer = send_shot(watcher, spot, fresh_picture(), fields)
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def test_a_cameras_clock_is_measured_set_by_hand_and_forgotten(
    watcher: httpx.Client, operator: httpx.Client, spot: Place, active: dict[str, str], sql: Sql
) -> None:
    path = f"/booths/{spot.booth_id}/cameras"
    _shoot(watcher, spot, ago=60)
    (camera,) = operator.get(path).json()["items"]
    assert (camera["camera"], camera["source"], camera["offsetSeconds"], camera["samples"]) == (
        "Maker Model 123",
        "measured",
        None,
        1,
    )
    assert camera["contradictionSeconds"] is None
    assert camera["lastShotAt"] is not None
    for ago in (40, 25):
        _shoot(watcher, spot, ago=ago)
    (camera,) = operator.get(path).json()["items"]
    assert camera["samples"] == 3
    assert abs(camera["offsetSeconds"] - 3600.5) < 1.1

    clock = f"{path}/{camera['key']}/clock"
    hand = operator.put(clock, json={"offsetSeconds": 60}).json()
    assert (hand["source"], hand["offsetSeconds"]) == ("hand", 60)
    assert abs(hand["contradictionSeconds"] - 3540.5) < 1.1
    late = _shoot(watcher, spot)  # in her turn, and of no burst
    assert (late["state"], late["reason"]) == ("orphan", "LATE_FILE"), "by that offset it is an hour old"
    assert operator.get(path).json()["items"][0]["offsetSeconds"] == 60
    forgotten = operator.delete(clock).json()
    assert (forgotten["source"], forgotten["offsetSeconds"], forgotten["samples"]) == ("measured", None, 0)

    refused(operator.put(f"{path}/unknown/clock", json={"offsetSeconds": 1}), 404, "CAMERA_NOT_FOUND")
    for wrong in (1e30, "x", None):
        refused(operator.put(clock, json={"offsetSeconds": wrong}), 422, "REQUEST_INVALID")
    refused(operator.get("/booths/nowhere/cameras"), 404, "BOOTH_NOT_FOUND")
    assert sql("SELECT count(*) FROM audit_log WHERE action = 'camera_clock_set'") == "2"
