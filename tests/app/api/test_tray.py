"""The tray over HTTP: shots given to guests, taken back, put away and brought back."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from app.domain.job import LANES
from tests.app.api.conftest import Place, Sql, fresh_picture, jobs_of, new_place, refused, send_shot
from tests.fakes.board_client import cookie_of, screen
from tests.fakes.stack import OPERATOR, Stack, finished, register, wait_for

pytestmark = pytest.mark.usefixtures("free_booth")


@pytest.fixture
def place(spot: Place) -> Place:
    """All tests of this module share the place."""
    return spot


def test_an_orphan_is_given_to_a_guest_once(
    watcher: httpx.Client, operator: httpx.Client, spot: Place, active: dict[str, str], sql: Sql
) -> None:
    url = f"/booth/{spot.booth_id}/active-session"
    operator.delete(url, params={"sessionId": active["sessionId"]})
    orphan = send_shot(watcher, spot, fresh_picture()).json()
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
    assert jobs_of(sql, active) == "1"


def test_the_first_photo_of_a_new_booth_is_given_with_the_first_style(
    boss: httpx.Client, shared_stack: Stack
) -> None:
    fresh = new_place(boss)
    token = boss.post(f"/booths/{fresh.booth_id}/tokens", json={}).json()["token"]
    laptop = shared_stack.client(None)
    laptop.headers["Authorization"] = f"Bearer {token}"
    orphan = send_shot(laptop, fresh, fresh_picture()).json()
    assert (orphan["state"], orphan["reason"]) == ("orphan", "NO_GUEST")
    body = {"sessionId": register(boss, fresh.event_id)["sessionId"]}
    given = boss.post(f"/shots/{orphan['shotId']}/assign", json=body)
    assert given.status_code == 200, given.text
    styles = [style["id"] for style in boss.get("/styles").json()["items"] if style["enabled"]]
    job = finished(boss, given.json()["jobId"])
    assert (job["status"], job["styleId"]) == ("succeeded", styles[0])


def test_an_orphan_is_put_away(
    watcher: httpx.Client, operator: httpx.Client, spot: Place, guest: dict[str, str]
) -> None:
    image = fresh_picture()
    orphan = send_shot(watcher, spot, image).json()
    path = f"/shots/{orphan['shotId']}"
    refused(operator.post(f"{path}/reject", json={"reason": "a\0b"}), 422, "VALUE_INVALID")
    answer = operator.post(f"{path}/reject", json={"reason": " out of focus " + "x" * 500}).json()
    assert answer["state"] == "rejected"
    assert len(answer["reason"]) == 120
    refused(operator.post(f"{path}/reject", json={}), 409, "SHOT_NOT_IN_TRAY")
    again = operator.post(f"{path}/assign", json={"sessionId": guest["sessionId"]})
    refused(again, 409, "SHOT_NOT_IN_TRAY")
    assert send_shot(watcher, spot, image).json()["state"] == "duplicate"


def _tray_of(sql: Sql, shot_id: str) -> str:
    return sql(f"SELECT state, reason, suggested FROM camera_files WHERE id = '{shot_id}'")


@pytest.fixture
def no_worker_begins(boss: httpx.Client) -> Iterator[None]:
    """Every lane is paused: there is time to take a photo back."""
    for lane in LANES:
        assert boss.put(f"/house/lanes/{lane}/pause", json={"reason": "a test"}).status_code == 204
    yield
    for lane in LANES:
        assert boss.delete(f"/house/lanes/{lane}/pause").status_code == 204


@pytest.mark.usefixtures("no_worker_begins")
def test_why_a_shot_is_in_the_tray_and_whose_it_may_be_outlive_giving_and_putting_away(
    watcher: httpx.Client, operator: httpx.Client, spot: Place, guest: dict[str, str], sql: Sql
) -> None:
    shot_id = send_shot(watcher, spot, fresh_picture()).json()["shotId"]
    earlier = register(operator, spot.event_id)["sessionId"]
    sql(
        f"UPDATE camera_files SET reason = 'LATE_FILE', suggested = '[\"{earlier}\"]'::jsonb"
        f" WHERE id = '{shot_id}'"
    )
    before, path = _tray_of(sql, shot_id), f"/shots/{shot_id}"
    assert "LATE_FILE" in before
    assert operator.post(f"{path}/reject", json={"reason": "BLURRED"}).json()["reason"] == "BLURRED"
    assert operator.post(f"{path}/restore").json()["reason"] == "LATE_FILE"
    assert _tray_of(sql, shot_id) == before
    body = {"sessionId": guest["sessionId"]}
    job_id = operator.post(f"{path}/assign", json=body).json()["jobId"]
    assert operator.post(f"{path}/unassign").json()["reason"] == "LATE_FILE"
    assert _tray_of(sql, shot_id) == before
    job = finished(operator, job_id)
    assert (job["status"], job["error"]["code"]) == ("canceled", "TAKEN_BACK")


def test_a_late_file_names_nobody_who_was_here_when_it_came(
    watcher: httpx.Client,
    operator: httpx.Client,
    spot: Place,
    active: dict[str, str],
    sql: Sql,
    shared_stack: Stack,
) -> None:
    shot_id = send_shot(watcher, spot, fresh_picture()).json()["shotId"]
    earlier = register(operator, spot.event_id)["sessionId"]
    told = f'["{active["sessionId"]}", "{earlier}"]'
    sql(
        "UPDATE camera_files SET state = 'orphan', reason = 'LATE_FILE', booth_session_id = NULL,"
        f" session_id = NULL, job_id = NULL, suggested = '{told}'::jsonb WHERE id = '{shot_id}'"
    )
    operator.delete(f"/booth/{spot.booth_id}/active-session", params={"sessionId": active["sessionId"]})
    path = f"/shots/{shot_id}"
    assert operator.post(f"{path}/reject", json={"reason": "BLURRED"}).status_code == 200
    assert operator.post(f"{path}/restore").json()["reason"] == "LATE_FILE"
    cookie = cookie_of(shared_stack, "operator", OPERATOR)
    address = f"/ws/board?event={spot.event_id}"
    with screen(shared_stack, address, Cookie=cookie, Origin=shared_stack.url) as board:
        row = board.until("shot", shot_id, state="orphan", reason="LATE_FILE")
    assert [one["sessionId"] for one in row["suggested"]] == [earlier]


def test_an_orphan_is_not_given_to_a_guest_of_another_event(
    watcher: httpx.Client, operator: httpx.Client, boss: httpx.Client, spot: Place
) -> None:
    orphan = send_shot(watcher, spot, fresh_picture()).json()
    elsewhere = register(operator, new_place(boss).event_id)
    answer = operator.post(f"/shots/{orphan['shotId']}/assign", json={"sessionId": elsewhere["sessionId"]})
    refused(answer, 409, "SESSION_OF_OTHER_EVENT")


@pytest.mark.parametrize("shot_id", ["nothing", "a%00", "01ARZ3NDEKTSV4RRFFQ69G5FAV"])
def test_a_shot_that_is_not_there(shot_id: str, operator: httpx.Client) -> None:
    expected = (422, "VALUE_INVALID") if "%00" in shot_id else (404, "SHOT_NOT_FOUND")
    refused(operator.post(f"/shots/{shot_id}/assign", json={"sessionId": "x"}), *expected)
    refused(operator.post(f"/shots/{shot_id}/reject", json={}), *expected)


def test_a_photo_that_was_somebody_elses_for_a_moment_outlives_their_erasing(
    watcher: httpx.Client, operator: httpx.Client, spot: Place, active: dict[str, str], sql: Sql
) -> None:
    """The job that was taken back stays with the guest it was not of; its picture is not theirs."""
    url = f"/booth/{spot.booth_id}/active-session"
    operator.delete(url, params={"sessionId": active["sessionId"]})
    shots = [send_shot(watcher, spot, fresh_picture()).json()["shotId"] for _ in range(2)]
    other = register(operator, spot.event_id, "Bima Sakti")
    sql("UPDATE lanes SET paused_at = clock_timestamp()")  # nothing is delivered before it is taken back
    try:
        for shot in shots:
            assign = {"sessionId": active["sessionId"]}
            assert operator.post(f"/shots/{shot}/assign", json=assign).status_code == 200
            assert operator.post(f"/shots/{shot}/unassign").status_code == 200
    finally:
        sql("UPDATE lanes SET paused_at = NULL")
    given = operator.post(f"/shots/{shots[0]}/assign", json={"sessionId": other["sessionId"]}).json()

    erasure = f"/guest/{active['token']}/erasure"
    assert operator.post(erasure, json={"confirm": True}).status_code == 200
    wait_for(lambda: operator.get(erasure).json()["doneAt"], every=1.0)
    assert finished(operator, given["jobId"])["status"] == "succeeded"
    again = operator.post(f"/jobs/{given['jobId']}/retry").json()["jobId"]
    assert finished(operator, again)["status"] == "succeeded"
    late = operator.post(f"/shots/{shots[1]}/assign", json={"sessionId": other["sessionId"]}).json()
    assert finished(operator, late["jobId"])["status"] == "succeeded"
