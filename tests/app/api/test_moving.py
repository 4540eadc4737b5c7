"""The wrong guest put right, also after delivery and while the job runs; undo, links, two operators."""

import json

import httpx
import pytest

from tests.app.api.conftest import Place, Sql, new_place, refused, send_shot
from tests.fakes.stack import Stack, finished, picture, post_job, register, wait_for


@pytest.fixture
def other(operator: httpx.Client, place: Place) -> dict[str, str]:
    """The guest it really is."""
    return register(operator, place.event_id, "Bima Sakti")


@pytest.fixture
def made(operator: httpx.Client, place: Place, guest: dict[str, str]) -> str:
    """A delivered picture of the guest; its job's id."""
    job_id = str(post_job(operator, guest, place.event_id, boothId=place.booth_id).json()["jobId"])
    assert finished(operator, job_id)["status"] == "succeeded"
    return job_id


def _move(
    client: httpx.Client, job_id: str, to: dict[str, str], seen: dict[str, str] | None = None, **more: str
) -> httpx.Response:
    body = {"sessionId": to["sessionId"], **more}
    return client.post(
        f"/jobs/{job_id}/move", json=body | ({"seenSessionId": seen["sessionId"]} if seen else {})
    )


def _phone(stack: Stack, token: str, job_id: str, what: str = "output") -> httpx.Response:
    """The picture, as a phone that knows the link asks for it."""
    return httpx.get(f"{stack.url}/r/{token}/jobs/{job_id}/{what}")


def _gets(stack: Stack, url: str) -> int:
    """What a signed link answers; where the console gives a redirect, it was followed."""
    return httpx.get(f"{stack.url}{url}").status_code


def test_a_delivered_picture_changes_hands_with_all_made_of_it(
    operator: httpx.Client,
    place: Place,
    guest: dict[str, str],
    other: dict[str, str],
    made: str,
    sql: Sql,
) -> None:
    again = operator.post(f"/jobs/{made}/retry").json()["jobId"]
    assert finished(operator, again)["status"] == "succeeded"
    moved = _move(operator, again, other, guest, reason="WRONG_CODE").json()
    assert (moved["jobIds"], moved["offerLink"], moved["undone"]) == ([made, again], True, False)
    assert (moved["cameFrom"]["name"], moved["wentTo"]["name"]) == ("Ayu Lestari", "Bima Sakti")
    for job_id in (made, again):
        job = operator.get(f"/jobs/{job_id}").json()
        assert (job["sessionId"], job["code"]) == (other["sessionId"], other["code"])
        assert job["name"] == "Bima Sakti"
        assert job["resultUrl"].endswith(other["token"])
    child = operator.post(f"/jobs/{made}/retry").json()["jobId"]
    assert operator.get(f"/jobs/{child}").json()["sessionId"] == other["sessionId"]

    [entry] = [e for e in operator.get(f"/jobs/{again}").json()["timeline"] if e["kind"] == "moved"]
    codes = {"from": guest["code"], "to": other["code"]}
    assert entry["data"] == {
        "by": "operator",
        "because": "WRONG_CODE",
        "move": moved["moveId"],
        **codes,
    }
    told = json.loads(sql(f"SELECT data FROM audit_log WHERE subject = '{made}' AND action = 'job_moved'"))
    assert (told["came_from"], told["went_to"]) == (guest["sessionId"], other["sessionId"])
    assert told["because"] == "WRONG_CODE"


def test_links_given_out_end_and_the_new_owner_erases_all_of_it(
    operator: httpx.Client,
    stranger: httpx.Client,
    shared_stack: Stack,
    guest: dict[str, str],
    other: dict[str, str],
    made: str,
) -> None:
    kinds = ("output", "before", "thumb", "download")
    given_out = [_phone(shared_stack, guest["token"], made, what).headers["location"] for what in kinds]
    assert {_gets(shared_stack, url) for url in given_out} == {200}
    assert _move(operator, made, other).status_code == 200
    assert _phone(shared_stack, guest["token"], made).status_code == 404
    assert _phone(shared_stack, other["token"], made).status_code == 302
    wait_for(lambda: {_gets(shared_stack, url) for url in given_out} == {404})
    for what in kinds:
        assert (
            _gets(shared_stack, _phone(shared_stack, other["token"], made, what).headers["location"]) == 200
        )
    assert operator.get(f"/jobs/{made}/download", follow_redirects=True).status_code == 200

    erasure = f"/guest/{other['token']}/erasure"
    stranger.post(erasure, json={"confirm": True})
    wait_for(lambda: stranger.get(erasure).json()["doneAt"], 60, every=1.0)
    objects = shared_stack.folder / "data" / "objects"
    assert list(objects.rglob(f"{made}/*")) == []


def test_a_move_is_undone_with_the_link_that_was_replaced_for_it(
    operator: httpx.Client, shared_stack: Stack, guest: dict[str, str], other: dict[str, str], made: str
) -> None:
    move = _move(operator, made, other, guest).json()
    path, body = f"/sessions/{guest['sessionId']}/links", {"moveId": move["moveId"]}
    link, twice = (operator.post(path, json=body).json() for _ in range(2))
    assert twice == link
    old, new = f"{shared_stack.url}/r/{guest['token']}", f"/r/{link['resultUrl'].rsplit('/', 1)[1]}"
    closed = httpx.get(old)
    assert (closed.status_code, "Tautan ini sudah ditutup" in closed.text) == (410, True)
    assert _gets(shared_stack, new) == 200

    undone = [operator.post(f"/moves/{move['moveId']}/undo").json() for _ in range(2)]
    assert undone[0] == undone[1]
    assert (undone[0]["undone"], undone[0]["offerLink"]) == (True, False)
    assert (httpx.get(old).status_code, _gets(shared_stack, new)) == (200, 410)
    assert operator.get(f"/jobs/{made}").json()["sessionId"] == guest["sessionId"]
    assert _phone(shared_stack, guest["token"], made).status_code == 302
    assert _phone(shared_stack, other["token"], made).status_code == 404

    alone = operator.post(path, json={}).json()
    assert _phone(shared_stack, guest["token"], made).status_code == 410
    assert operator.post(f"/links/{alone['linkId']}/undo").json()["resultUrl"].endswith(guest["token"])
    assert _phone(shared_stack, guest["token"], made).status_code == 302


def test_two_operators_and_what_is_no_move(
    operator: httpx.Client,
    boss: httpx.Client,
    place: Place,
    guest: dict[str, str],
    other: dict[str, str],
    made: str,
) -> None:
    third = register(operator, place.event_id, "Citra Ayu")
    first = _move(operator, made, other, guest).json()["moveId"]
    assert _move(operator, made, other, guest).json()["moveId"] == first
    refused(_move(boss, made, third, guest), 409, "MOVED_MEANWHILE")
    assert _move(boss, made, third, other).status_code == 200
    refused(operator.post(f"/moves/{first}/undo"), 409, "MOVED_MEANWHILE")
    refused(operator.post("/moves/x/undo"), 404, "MOVE_NOT_FOUND")
    refused(_move(operator, made, {"sessionId": "x"}), 404, "SESSION_NOT_FOUND")
    elsewhere = register(boss, new_place(boss).event_id)
    refused(_move(boss, made, elsewhere), 409, "SESSION_OF_OTHER_EVENT")
    boss.post(f"/guest/{guest['token']}/erasure", json={"confirm": True})
    refused(_move(operator, made, guest), 410, "GUEST_ERASED")


def _take_turns(operator: httpx.Client, watcher: httpx.Client, spot: Place, sql: Sql) -> dict[str, str]:
    """Ayu, Bima and Citra at the booth, one after the other, and a shot of Bima. Session ids by name; `shot`,
    `job`.
    """
    path, told = f"/booth/{spot.booth_id}/active-session", {}
    for name in ("Ayu", "Bima", "Citra"):
        told[name] = register(operator, spot.event_id, name)["sessionId"]
        body = {"sessionId": told[name], "eventId": spot.event_id, "styleId": "oil", "mode": "style"}
        assert operator.post(path, json=body).status_code == 200
        if name == "Bima":
            sql(  # the handover's seconds are over
                "UPDATE booth_sessions SET started_at = started_at - interval '9 seconds', "
                f"ended_at = ended_at - interval '9 seconds' WHERE booth_id = '{spot.booth_id}'"
            )
            shot = send_shot(watcher, spot, picture(2400, 1800, seed=7)).json()
            told |= {"shot": shot["shotId"], "job": shot["jobId"]}
        if name != "Citra":
            operator.delete(path, params={"sessionId": told[name]})
    return told


def test_a_shot_moves_with_its_job_while_it_runs_and_no_rule_takes_it_back(
    operator: httpx.Client, watcher: httpx.Client, spot: Place, free_booth: None, sql: Sql
) -> None:
    told = _take_turns(operator, watcher, spot, sql)
    job = f"/jobs/{told['job']}"
    wait_for(lambda: operator.get(job).json()["status"] == "running")
    answer = operator.post(f"/shots/{told['shot']}/move", json={"sessionId": told["Citra"]})
    assert answer.status_code == 200, answer.text
    ended = finished(operator, told["job"])
    assert (ended["status"], ended["sessionId"]) == ("succeeded", told["Citra"])
    kinds = [entry["kind"] for entry in ended["timeline"]]
    assert kinds.index("moved") < kinds.index("succeeded")
    assert kinds.count("stage_started") == len(ended["stages"])
    row = f"SELECT session_id, booth_session_id IS NULL FROM camera_files WHERE id = '{told['shot']}'"
    assert sql(row) == f"{told['Citra']}|t"
    assert sql(f"SELECT count(*) FROM jobs WHERE session_id = '{told['Bima']}'") == "0"

    near = operator.get(f"{job}/candidates").json()["items"]
    assert {(one["name"], one["because"]) for one in near} == {("Ayu", "before"), ("Bima", "before")}
    found = operator.get(f"{job}/candidates", params={"q": "bim"}).json()["items"]
    assert [(one["sessionId"], one["because"]) for one in found] == [(told["Bima"], "found")]
    undone = operator.post(f"/moves/{answer.json()['moveId']}/undo")
    assert undone.status_code == 200, undone.text
    assert sql(row) == f"{told['Bima']}|f"
