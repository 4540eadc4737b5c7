"""STAFF_NETWORKS: from other networks only the kiosk, the guests' pages and the wall are there."""

from collections.abc import Iterator

import httpx
import pytest
from pydantic import ValidationError
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from app.adapters.embedded.valkey import EmbeddedValkey
from app.settings import Settings
from console.doors import StaffNetworks
from tests.fakes import servers
from tests.fakes import stack as stacks
from tests.fakes.stack import Stack, first_event, register

STAFF = ("10.20.3.4", "192.168.7.7", "fd12:1::9", "::ffff:10.20.0.1", "127.0.0.1")
GUESTS = ("10.21.0.1", "192.168.7.8", "203.0.113.9", "fd13::1")


@pytest.fixture(scope="module")
def walled(
    databases: servers.Databases, migrated_template: str, valkey_server: EmbeddedValkey
) -> Iterator[Stack]:
    """Behind a proxy on this machine, as uvicorn trusts one: it says who asks."""
    url = f"{valkey_server.redis_url.rsplit('/', 1)[0]}/4"
    with databases.fresh(template=migrated_template) as database, stacks.stack(database, url) as made:
        made.web(STAFF_NETWORKS="10.20.0.0/16, 192.168.7.7 ,fd12::/16")
        yield made


@pytest.fixture(scope="module")
def guest(walled: Stack) -> dict[str, str]:
    staff = walled.client()
    return register(staff, first_event(staff))


def _from(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


@pytest.mark.parametrize("address", STAFF)
def test_from_the_staffs_networks_all_is_there(walled: Stack, address: str) -> None:
    for path in ("/login", "/health", "/kiosk"):
        assert httpx.get(f"{walled.url}{path}", headers=_from(address)).status_code == 200
    assert httpx.get(f"{walled.url}/api/v1/jobs", headers=_from(address)).status_code == 401


@pytest.mark.parametrize("address", GUESTS)
def test_from_elsewhere_guests_register_and_see_their_page(
    walled: Stack, guest: dict[str, str], address: str
) -> None:
    with httpx.Client(base_url=walled.url, headers=_from(address)) as phone:
        token = guest["token"]
        paths = (
            "/kiosk",
            "/kiosk/photobot",
            "/kiosk/sw.js",
            f"/r/{token}",
            f"/r/{token}/qr.svg",
            "/health/live",
            "/wall/photobot",
        )
        for path in (*paths, f"/api/v1/guest/{token}/data", "/static/js/guest.js"):
            assert phone.get(path).status_code == 200, path
        assert phone.head("/kiosk/photobot/state").status_code == 204
        registered = phone.post("/api/v1/sessions", json={})
        assert (registered.status_code, registered.json()["code"]) == (422, "REQUEST_INVALID")
        called = phone.post("/api/v1/providers/kie/callback", json={})
        assert called.json().get("code") != "STAFF_NETWORK_ONLY", (
            "it is heard by its signature, from anywhere"
        )
    with connect(
        f"ws{walled.url.removeprefix('http')}/ws/guest/{token}", additional_headers=_from(address)
    ) as socket:
        assert socket.recv(10)


def test_from_elsewhere_nothing_else_is_there(walled: Stack) -> None:
    api = httpx.get(f"{walled.url}/api/openapi.json").json()["paths"]
    open_ones = {"/health/live", "/api/v1/sessions", "/api/v1/providers/kie/callback"}
    calls = [
        (method.upper(), path.replace("{", "").replace("}", ""))
        for path, methods in api.items()
        for method in methods
        if not path.startswith("/api/v1/guest/") and path not in open_ones
    ]
    calls += [
        ("GET", path)
        for path in (
            "/",
            "/login",
            "/console",
            "/api/docs",
            "/metrics",
            "/media/jobs/x/thumb",
            "/_nicegui/x.js",
            "/trust",
        )
    ]
    calls += [("POST", "/login"), ("PUT", "/files/x")]
    token = walled.client().headers["Authorization"]
    with httpx.Client(base_url=walled.url, headers=_from(GUESTS[0]) | {"Authorization": token}) as phone:
        for method, path in calls:
            answer = phone.request(method, path)
            assert (answer.status_code, answer.json()["code"]) == (403, "STAFF_NETWORK_ONLY"), (method, path)
    for path in ("/ws/board", "/ws/news", "/ws/watcher", "/_nicegui_ws/socket.io/?transport=websocket"):
        with (
            pytest.raises(InvalidStatus, match="403"),
            connect(f"ws{walled.url.removeprefix('http')}{path}", additional_headers=_from(GUESTS[0])),
        ):
            pass


@pytest.mark.parametrize(("lang", "words"), [("id", "jaringan tim"), ("en", "team&#39;s network")])
def test_a_person_elsewhere_reads_why(walled: Stack, lang: str, words: str) -> None:
    headers = _from(GUESTS[0]) | {"Accept": "text/html", "Cookie": f"lang={lang}"}
    answer = httpx.get(f"{walled.url}/console", headers=headers)
    assert answer.status_code == 403
    assert "STAFF_NETWORK_ONLY" in answer.text
    assert words.replace("&#39;", "'") in answer.text


def test_who_comes_without_an_address_is_nobody_we_know() -> None:
    staff = StaffNetworks(Settings(staff_networks="10.0.0.0/8").staff_networks)  # type: ignore[arg-type]
    scope = {"type": "http", "method": "GET", "path": "/console"}
    assert not staff.let({**scope, "client": None})
    assert not staff.let({**scope, "client": ("unix:", 0)})
    assert staff.let({**scope, "client": ("10.1.2.3", 5)})
    assert StaffNetworks().let({**scope, "client": None}), "without the setting all is open"


@pytest.mark.parametrize("wrong", ["10.0.0.0/33", "venue", "10.0.0.0/8; 192.168.1.0/24"])
def test_what_is_no_range_is_said_at_the_start(wrong: str) -> None:
    with pytest.raises(ValidationError, match="STAFF_NETWORKS looks like"):
        Settings(staff_networks=wrong)  # type: ignore[arg-type]
