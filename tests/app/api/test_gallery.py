"""The gallery over HTTP: found, page by page, and taken home as one zip in which nothing is half."""

import io
import zipfile
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.app.api.conftest import Place, Sql, new_place, refused
from tests.fakes.stack import Stack, finished, post_job, register

PEOPLE = (("Ayu Lestari", "pencil"), ("Bima Sakti", "comic"), ('Cinta "C/L" ../Laura', "pencil"))


@pytest.fixture(scope="module")
def place(boss: httpx.Client) -> Place:
    """An event of these tests."""
    return new_place(boss)


@pytest.fixture(scope="module")
def made(operator: httpx.Client, place: Place) -> list[str]:
    """Three guests' finished pictures, the newest last; their jobs' ids."""
    ids = []
    for name, style in PEOPLE:
        guest = register(operator, place.event_id, name)
        answer = post_job(operator, guest, place.event_id, styleId=style, boothId=place.booth_id)
        ids.append(str(answer.json()["jobId"]))
        assert finished(operator, ids[-1])["status"] == "succeeded"
    return ids


def _zip(client: httpx.Client, event_id: str, **fields: str) -> zipfile.ZipFile:
    answer = client.post("/gallery/zip", data={"eventId": event_id, **fields})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "no-store"
    opened = zipfile.ZipFile(io.BytesIO(answer.content))
    assert opened.testzip() is None
    return opened


def test_pictures_are_found_and_turned_over_page_by_page(
    operator: httpx.Client, place: Place, made: list[str]
) -> None:
    asked = {"eventId": place.event_id}
    first = operator.get("/gallery", params={**asked, "limit": 2}).json()
    assert [one["id"] for one in first["items"]] == [made[2], made[1]]
    rest = operator.get("/gallery", params={**asked, "limit": 2, "cursor": first["nextCursor"]}).json()
    assert ([one["id"] for one in rest["items"]], rest["nextCursor"]) == ([made[0]], None)

    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    for wish, found in (
        ({"q": "bima"}, [made[1]]),
        ({"q": "7890"}, made[::-1]),
        ({"q": "%"}, []),
        ({"styleId": "comic"}, [made[1]]),
        ({"boothId": place.booth_id, "before": tomorrow}, made[::-1]),
        ({"since": tomorrow}, []),
        ({"boothId": "-"}, []),
    ):
        items = operator.get("/gallery", params={**asked, **wish}).json()["items"]
        assert [one["id"] for one in items] == found, wish
    summary = operator.get("/gallery/summary", params={**asked, "q": "bima", "zone": "Asia/Jakarta"}).json()
    assert summary["total"] == 1
    assert {one["value"]: one["count"] for one in summary["styles"]} == {"pencil": 2, "comic": 1}
    assert [(one["name"], one["count"]) for one in summary["booths"]] == [("Booth", 3)]
    assert sum(one["count"] for one in summary["days"]) == 3

    for wrong, code in (
        ({"cursor": "1-x"}, "CURSOR_INVALID"),
        ({"since": "2026-01-01T00:00:00"}, "TIME_INVALID"),
    ):
        refused(operator.get("/gallery", params={**asked, **wrong}), 422, code)
    refused(operator.get("/gallery/summary", params={**asked, "zone": "Nowhere/Land"}), 422, "VALUE_INVALID")


def test_a_zip_holds_whole_pictures_and_says_what_is_missing(
    shared_stack: Stack, operator: httpx.Client, place: Place, made: list[str], sql: Sql
) -> None:
    whole = _zip(operator, place.event_id, zone="Asia/Jakarta")
    names = whole.namelist()
    assert [name.split("_")[3] for name in names] == ["Cinta-C-L-Laura", "Bima-Sakti", "Ayu-Lestari"]
    for entry in whole.infolist():
        assert whole.read(entry)[:3] == b"\xff\xd8\xff"
        assert entry.flag_bits & 0x08 == 0, "sizes stand in front: every unpacker reads it"
        local = datetime.now(UTC) + timedelta(hours=7)
        assert abs((datetime(*entry.date_time, tzinfo=UTC) - local).total_seconds()) < 3600
    assert (
        sql(
            f"SELECT actor, data->>'count' FROM audit_log WHERE action = 'pictures_downloaded' "
            f"AND event_id = '{place.event_id}'"
        )
        == "operator|3"
    )

    folder = shared_stack.folder / "data" / "objects"
    for path in folder.rglob(f"{made[1]}/output_0-*"):
        path.unlink()
    some = _zip(
        operator, place.event_id, jobIds=",".join([made[1], made[0], made[0], "01ARZ3NDEKTSV4RRFFQ69G5FAV"])
    )
    assert [name.split("_")[3] for name in some.namelist()[:-1]] == ["Ayu-Lestari"]
    note = some.read(some.namelist()[-1]).decode()
    assert made[1] in note
    assert "01ARZ3NDEKTSV4RRFFQ69G5FAV" in note
    assert "Bima" not in note, "who was erased is not named"
    assert len(_zip(operator, place.event_id, without=",".join(made[1:])).namelist()) == 1
    refused(
        operator.post("/gallery/zip", data={"eventId": place.event_id, "q": "nobody"}), 404, "NO_PICTURES"
    )


def test_only_who_is_given_the_event_sees_its_pictures(
    shared_stack: Stack, boss: httpx.Client, stranger: httpx.Client, place: Place, made: list[str]
) -> None:
    other = boss.post("/events", json={"name": "Other", "slug": f"x-{place.slug}"[:40]}).json()["id"]
    name = f"komang-{place.slug[-8:]}"
    shared_stack.command(
        "user", "add", name, "--role", "supervisor", "--event", other, "--password-stdin",
        typed="komangs-password\n",
    )  # fmt: skip
    komang = shared_stack.client(name, "komangs-password")
    for path in ("/gallery", "/gallery/summary"):
        refused(komang.get(path, params={"eventId": place.event_id}), 404, "EVENT_NOT_FOUND")
        refused(stranger.get(path, params={"eventId": place.event_id}), 401, "NOT_SIGNED_IN")
    refused(komang.get(f"/gallery/pictures/{made[0]}"), 404, "PICTURE_NOT_FOUND")
    refused(komang.post("/gallery/zip", data={"eventId": place.event_id}), 404, "EVENT_NOT_FOUND")
    refused(stranger.post("/gallery/zip", data={"eventId": place.event_id}), 401, "NOT_SIGNED_IN")
    # An id of another event in a zip of one's own is a picture that is not there.
    answer = komang.post("/gallery/zip", data={"eventId": other, "jobIds": made[0]})
    assert zipfile.ZipFile(io.BytesIO(answer.content)).namelist() == ["_TIDAK ADA - MISSING.txt"]
