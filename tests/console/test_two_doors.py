"""A web that speaks TLS: staff at one door, guests' pages alone at the plain one."""

import ssl
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from cryptography import x509
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from app.adapters.embedded.valkey import EmbeddedValkey
from app.cli.authority import fingerprint, names_of
from console.doors import PlainDoor
from tests.fakes import servers
from tests.fakes.stack import OPERATOR, finished, first_event, picture, post_job, register, wait_for
from tests.fakes.two_doors import NAMES, Doors, open_doors


@pytest.fixture(scope="module")
def doors(
    databases: servers.Databases, migrated_template: str, valkey_server: EmbeddedValkey
) -> Iterator[Doors]:
    url = f"{valkey_server.redis_url.rsplit('/', 1)[0]}/3"
    with databases.fresh(template=migrated_template) as database, open_doors(database, url) as made:
        yield made


@pytest.fixture(scope="module")
def program(doors: Doors) -> httpx.Client:
    """An operator's program at the TLS door."""
    client = doors.staff()
    client.base_url = httpx.URL(f"{doors.secure}/api/v1")
    answer = client.post("/auth/login", json={"username": "operator", "password": OPERATOR})
    client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
    return client


@pytest.fixture(scope="module")
def guest(program: httpx.Client) -> dict[str, str]:
    return register(program, first_event(program))


def test_a_guests_phone_finds_all_of_its_page_at_the_plain_door(
    doors: Doors, program: httpx.Client, guest: dict[str, str]
) -> None:
    doors.stack.worker()
    token = guest["token"]
    job = post_job(program, guest, first_event(program), picture()).json()
    assert finished(program, job["jobId"])["status"] == "succeeded"
    links = program.get(f"/jobs/{job['jobId']}").json()
    assert links["resultUrl"] == f"{doors.plain}/r/{token}", "a phone trusts no certificate of ours"
    with httpx.Client(base_url=doors.plain, timeout=30, follow_redirects=True) as phone:
        for path in (
            f"/r/{token}",
            f"/r/{token}/qr.svg",
            f"/r/{token}/jobs/{job['jobId']}/preview",
            f"/r/{token}/jobs/{job['jobId']}/download",
            f"/api/v1/guest/{token}/data",
            "/static/css/tokens.css",
            "/static/js/guest.js",
            "/wall",
            "/wall/photobot",
            "/favicon.ico",
        ):
            answer = phone.get(path)
            assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:300]}"
            assert answer.url.scheme == "http"
        assert phone.get("/wall/photobot/kiosk.svg").status_code == 404, (
            "their phones could not open the kiosk"
        )
    with connect(f"ws{doors.plain.removeprefix('http')}/ws/guest/{token}") as socket:
        assert token not in str(socket.recv(10))


PAGES = (
    "/",
    "/console",
    "/console/queue",
    "/console/sign-ins",
    "/login",
    "/kiosk",
    "/kiosk/photobot",
    "/nowhere",
)
OTHERS = (
    "/api/docs",
    "/api/openapi.json",
    "/health",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/media/jobs/x/thumb",
    "/media/shots/x/preview",
    "/_nicegui/x.js",
    "/kiosk/sw.js",
)


def test_nothing_else_is_open_at_the_plain_door(doors: Doors) -> None:
    api = doors.staff().get("/api/openapi.json").json()["paths"]
    calls = [
        (method.upper(), path)
        for path, methods in api.items()
        for method in methods
        if not path.startswith("/api/v1/guest/")
    ]
    assert len(calls) > 60
    calls += [("GET", path) for path in (*PAGES, *OTHERS)] + [("POST", "/login"), ("PUT", "/files/x")]
    with httpx.Client(base_url=doors.plain, timeout=30) as phone:
        for method, path in calls:
            answer = phone.request(method, path.replace("{", "").replace("}", ""))
            assert (answer.status_code, answer.json()["code"]) == (403, "HTTPS_ONLY"), (method, path)
            assert doors.secure in answer.json()["detail"]
    for path in ("/ws/board", "/ws/news", "/ws/watcher", "/_nicegui_ws/socket.io/?transport=websocket"):
        with (
            pytest.raises(InvalidStatus, match="403"),
            connect(f"ws{doors.plain.removeprefix('http')}{path}"),
        ):
            pass


@pytest.mark.parametrize("page", PAGES)
def test_a_person_is_led_to_the_secure_address(doors: Doors, page: str) -> None:
    answer = httpx.get(f"{doors.plain}{page}?event=x", headers={"Accept": "text/html"})
    assert answer.status_code == 303
    there = urlsplit(answer.headers["location"])
    assert (there.path, parse_qs(there.query)) == ("/trust", {"to": [f"{page}?event=x"]})


def test_the_trust_page_and_what_it_hands_out(doors: Doors) -> None:
    ca = x509.load_pem_x509_certificate(doors.authority.ca_file.read_bytes())
    for base, verify in ((doors.plain, True), (doors.secure, doors.trusting())):
        with httpx.Client(base_url=base, verify=verify) as device:
            page = device.get("/trust")
            assert page.status_code == 200
            assert fingerprint(ca) in page.text
            assert doors.secure in page.headers["content-security-policy"], "it asks whether it is trusted"
            given = device.get("/trust/photobot-ca.crt")
            assert given.headers["content-type"] == "application/x-x509-ca-cert"
            assert given.content == doors.authority.ca_file.read_bytes()
            assert device.get("/trust/qr.svg").headers["content-type"].startswith("image/svg")
    asked = doors.staff().get("/trust/here")
    assert (asked.status_code, asked.headers["cross-origin-resource-policy"]) == (204, "cross-origin")


def test_staff_sign_in_over_tls_with_a_cookie_that_stays_there(doors: Doors) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{doors.secure}/login")
    staff = doors.staff()
    answer = staff.post("/login", data={"username": "operator", "password": OPERATOR})
    assert answer.status_code == 303
    flags = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")}
    assert {"secure", "httponly", "samesite=lax"} <= flags
    for path in ("/console", "/console/sign-ins", "/kiosk", "/login", "/"):
        page = staff.get(path, follow_redirects=True)
        assert page.status_code == 200, path
        # A name that once had it would turn the guests' plain links into https, where nothing answers.
        assert "strict-transport-security" not in page.headers
    cookie = f"photobot={answer.cookies['photobot']}"
    address = f"wss{doors.secure.removeprefix('https')}/ws/board?event=photobot"
    headers = {"Cookie": cookie, "Origin": doors.secure}
    with connect(address, ssl=doors.trusting(), additional_headers=headers) as board:
        assert '"snapshot"' in str(board.recv(10))


def test_a_renewed_certificate_is_taken_up_while_a_guest_and_staff_are_there(
    doors: Doors, guest: dict[str, str]
) -> None:
    host, port = urlsplit(doors.secure).hostname or "", urlsplit(doors.secure).port or 0
    with connect(f"ws{doors.plain.removeprefix('http')}/ws/guest/{guest['token']}") as socket:
        socket.recv(10)
        written = doors.authority.server_file.stat().st_mtime_ns
        wait_for(lambda: time.time_ns() > written + 10_000_000, 5)  # the new one has another time
        assert doors.authority.issue([*NAMES, "10.20.30.40"], "desk").renewed

        def renewed() -> bool:
            served = ssl.get_server_certificate((host, port), ca_certs=str(doors.authority.ca_file))
            return "10.20.30.40" in names_of(x509.load_pem_x509_certificate(served.encode()))

        wait_for(renewed, 20, 0.3)
        socket.ping().wait(10)


async def test_with_a_certificate_that_everybody_trusts_pages_lead_straight_on() -> None:
    door = PlainDoor(_nobody, tls_port=443, has_ca=False)
    transport = httpx.ASGITransport(door)
    async with httpx.AsyncClient(transport=transport, base_url="http://booth.example.org:8080") as phone:
        answer = await phone.get("/console", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (307, "https://booth.example.org:443/console")


async def _nobody(*_: object) -> None:
    raise AssertionError("nothing may come through here")
