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


def test_a_delivered_picture_changes_hands_with_all_made_of_it_and_old_links_end(
    operator: httpx.Client,
    stranger: httpx.Client,
    shared_stack: Stack,
    place: Place,
    guest: dict[str, str],
    other: dict[str, str],
    made: str,
    sql: Sql,
) -> None:
    again = operator.post(f"/jobs/{made}/retry").json()["jobId"]
    assert finished(operator, again)["status"] == "succeeded"
    given_out = [
        _phone(shared_stack, guest["token"], job_id, what).headers["location"]
        for job_id in (made, again)
        for what in ("output", "before", "thumb")
    ]
    assert all(httpx.get(f"{shared_stack.url}{url}").status_code == 200 for url in given_out)

    moved = _move(operator, again, other, guest, reason="WRONG_CODE").json()
    assert (moved["jobIds"], moved["offerLink"], moved["undone"]) == ([made, again], True, False)
    assert (moved["cameFrom"]["name"], moved["wentTo"]["name"]) == ("Ayu Lestari", "Bima Sakti")
    for job_id in (made, again):
        job = operator.get(f"/jobs/{job_id}").json()
        assert (job["sessionId"], job["name"], job["code"]) == (
            other["sessionId"],
            "Bima Sakti",
            other["code"],
        )
        assert job["resultUrl"].endswith(other["token"])
        assert _phone(shared_stack, guest["token"], job_id).status_code == 404
        assert _phone(shared_stack, other["token"], job_id).status_code == 302
    # Links that the wrong guest was given lead nowhere soon, the right guest's and the console's go on.
    wait_for(lambda: all(httpx.get(f"{shared_stack.url}{url}").status_code == 404 for url in given_out))
    wait_for(lambda: sql("SELECT count(*) FROM storage_errands") == "0")
    for what in ("output", "before", "thumb", "download"):
        url = _phone(shared_stack, other["token"], made, what).headers["location"]
        assert httpx.get(f"{shared_stack.url}{url}").status_code == 200
    assert operator.get(f"/jobs/{made}/download", follow_redirects=True).status_code == 200
    child = operator.post(f"/jobs/{made}/retry").json()["jobId"]
    assert operator.get(f"/jobs/{child}").json()["sessionId"] == other["sessionId"]
    [entry] = [e for e in operator.get(f"/jobs/{again}").json()["timeline"] if e["kind"] == "moved"]
    assert entry["data"] == {
        "by": "operator",
        "from": guest["code"],
        "to": other["code"],
        "because": "WRONG_CODE",
    }
    told = json.loads(sql(f"SELECT data FROM audit_log WHERE subject = '{made}' AND action = 'job_moved'"))
    assert (told["came_from"], told["went_to"], told["because"]) == (
        guest["sessionId"],
        other["sessionId"],
        "WRONG_CODE",
    )

    # Whoever has it now erases all of it, under the names it has now.
    erasure = f"/guest/{other['token']}/erasure"
    stranger.post(erasure, json={"confirm": True})
    wait_for(lambda: stranger.get(erasure).json()["doneAt"], 60, every=1.0)
    objects = shared_stack.folder / "data" / "objects"
    assert [path for one in (made, again) for path in objects.rglob(f"{one}/*")] == []


def test_two_operators_undo_and_a_new_link(
    operator: httpx.Client,
    boss: httpx.Client,
    shared_stack: Stack,
    place: Place,
    guest: dict[str, str],
    other: dict[str, str],
    made: str,
) -> None:
    third = register(operator, place.event_id, "Citra Ayu")
    move = _move(operator, made, other, guest).json()
    assert _move(operator, made, other, guest).json()["moveId"] == move["moveId"]
    refused(_move(boss, made, third, guest), 409, "MOVED_MEANWHILE")

    # The old link says in words that it is over; the guest's new one works; the move's undo brings it back.
    link = operator.post(f"/sessions/{guest['sessionId']}/links", json={"moveId": move["moveId"]}).json()
    twice = operator.post(f"/sessions/{guest['sessionId']}/links", json={"moveId": move["moveId"]}).json()
    assert twice == link
    old, new = f"{shared_stack.url}/r/{guest['token']}", f"/r/{link['resultUrl'].rsplit('/', 1)[1]}"
    closed = httpx.get(old)
    assert (closed.status_code, "Tautan ini sudah ditutup" in closed.text) == (410, True)
    assert httpx.get(f"{shared_stack.url}{new}").status_code == 200
    undone = [operator.post(f"/moves/{move['moveId']}/undo").json() for _ in range(2)]
    assert undone[0] == undone[1]
    assert (undone[0]["undone"], undone[0]["offerLink"]) == (True, False)
    assert (httpx.get(old).status_code, httpx.get(f"{shared_stack.url}{new}").status_code) == (200, 410)
    assert operator.get(f"/jobs/{made}").json()["sessionId"] == guest["sessionId"]
    assert _phone(shared_stack, guest["token"], made).status_code == 302
    assert _phone(shared_stack, other["token"], made).status_code == 404

    # An undo that somebody has moved past is no undo.
    first = _move(operator, made, other, guest).json()["moveId"]
    assert _move(boss, made, third, other).status_code == 200
    refused(operator.post(f"/moves/{first}/undo"), 409, "MOVED_MEANWHILE")
    refused(_move(operator, made, {"sessionId": "x"}), 404, "SESSION_NOT_FOUND")
    elsewhere = register(boss, new_place(boss).event_id)
    refused(_move(boss, made, elsewhere), 409, "SESSION_OF_OTHER_EVENT")
    boss.post(f"/guest/{guest['token']}/erasure", json={"confirm": True})
    refused(_move(operator, made, guest), 410, "GUEST_ERASED")

    alone = operator.post(f"/sessions/{third['sessionId']}/links", json={}).json()
    assert _phone(shared_stack, third["token"], made).status_code == 410
    assert operator.post(f"/links/{alone['linkId']}/undo").json()["resultUrl"].endswith(third["token"])
    assert _phone(shared_stack, third["token"], made).status_code == 302


def test_a_shot_moves_with_its_job_while_it_runs_and_no_rule_takes_it_back(
    operator: httpx.Client,
    boss: httpx.Client,
    watcher: httpx.Client,
    spot: Place,
    free_booth: None,
    sql: Sql,
) -> None:
    guests = [register(operator, spot.event_id, name) for name in ("Ayu", "Bima", "Citra")]
    for guest in guests:
        body = {"sessionId": guest["sessionId"], "eventId": spot.event_id, "styleId": "oil", "mode": "style"}
        if guest is not guests[0]:
            held = operator.get(f"/booth/{spot.booth_id}/active-session").json()["sessionId"]
            operator.delete(f"/booth/{spot.booth_id}/active-session", params={"sessionId": held})
        assert operator.post(f"/booth/{spot.booth_id}/active-session", json=body).status_code == 200
        if guest is guests[1]:
            sql(  # the handover's seconds are over
                "UPDATE booth_sessions SET started_at = started_at - interval '9 seconds', "
                "ended_at = ended_at - interval '9 seconds' "
                f"WHERE booth_id = '{spot.booth_id}'"
            )
            shot = send_shot(watcher, spot, picture(2400, 1800, seed=7)).json()
            assert shot["state"] == "assigned", shot
    near = operator.get(f"/jobs/{shot['jobId']}/candidates").json()["items"]
    assert {(one["name"], one["because"]) for one in near} == {("Citra", "after"), ("Ayu", "before")}
    found = operator.get(f"/jobs/{shot['jobId']}/candidates", params={"q": "cit"}).json()["items"]
    assert [(one["code"], one["because"]) for one in found] == [(guests[2]["code"], "found")]

    wait_for(lambda: operator.get(f"/jobs/{shot['jobId']}").json()["status"] == "running")
    answer = operator.post(f"/shots/{shot['shotId']}/move", json={"sessionId": guests[2]["sessionId"]})
    assert answer.status_code == 200, answer.text
    ended = finished(operator, shot["jobId"])
    kinds = [entry["kind"] for entry in ended["timeline"]]
    assert kinds.index("moved") < kinds.index("succeeded")
    assert kinds.count("stage_started") == len(ended["stages"])
    assert (ended["status"], ended["sessionId"]) == ("succeeded", guests[2]["sessionId"])
    row = f"SELECT session_id, booth_session_id IS NULL FROM camera_files WHERE id = '{shot['shotId']}'"
    assert sql(row) == f"{guests[2]['sessionId']}|t"
    assert sql(f"SELECT count(*) FROM jobs WHERE session_id = '{guests[1]['sessionId']}'") == "0"
    assert sql(f"SELECT count(*) FROM provider_spend WHERE job_id = '{shot['jobId']}'") in ("0", "1")
    undone = operator.post(f"/moves/{answer.json()['moveId']}/undo")
    assert undone.status_code == 200, undone.text
    assert sql(row) == f"{guests[1]['sessionId']}|f"
