"""The API as HTTP: odd bodies, unknown paths and methods, other origins, headers, what it says of itself."""

import json
import re
import secrets

import httpx
import pytest

from tests.app.api.conftest import ALLOWED_ORIGIN, Place, refused
from tests.fakes.stack import OPERATOR, Stack

LOGIN = "/auth/login"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "JSON_INVALID"),
        (b"not json", "JSON_INVALID"),
        (b'{"password": "x"} trailing', "JSON_INVALID"),
        (b"", "REQUEST_INVALID"),
        (b"[]", "REQUEST_INVALID"),
        (b"null", "REQUEST_INVALID"),
        (b"{}", "REQUEST_INVALID"),
        (b'{"password": 5}', "REQUEST_INVALID"),
        (b'{"password": null}', "REQUEST_INVALID"),
        (b'{"password": "\\ud800"}', "VALUE_INVALID"),
        (b'{"username": ["a"], "password": "x"}', "REQUEST_INVALID"),
        (b'{"username": "a\\u0000b", "password": "x"}', "VALUE_INVALID"),
    ],
)
def test_a_body_that_is_no_json_we_can_use(body: bytes, code: str, stranger: httpx.Client) -> None:
    answer = stranger.post(LOGIN, content=body, headers={"Content-Type": "application/json"})
    refused(answer, 422, code)


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"[" * 50_000, b'{"password": ' + b"9" * 5000 + b"}"])
def test_a_body_no_parser_takes(body: bytes, stranger: httpx.Client) -> None:
    answer = stranger.post(LOGIN, content=body, headers={"Content-Type": "application/json"})
    refused(answer, 400, "BAD_REQUEST")


def test_the_sender_of_a_wrong_body_is_not_told_what_it_sent(stranger: httpx.Client) -> None:
    body = {"username": "me", "password": ["my-secret-word"]}
    assert "my-secret-word" not in stranger.post(LOGIN, json=body).text


@pytest.mark.parametrize("chunked", [False, True])
def test_a_huge_body_is_cut_off(chunked: bool, stranger: httpx.Client) -> None:
    body = b'{"password": "' + b"x" * 3_000_000 + b'"}'
    content = (body[at : at + 65536] for at in range(0, len(body), 65536)) if chunked else body
    answer = stranger.post(LOGIN, content=content, headers={"Content-Type": "application/json"})
    refused(answer, 413, "BODY_TOO_LARGE")


def test_a_huge_json_job_is_cut_off(operator: httpx.Client) -> None:
    answer = operator.post(
        "/jobs", content=b" " * 3_000_000 + b"{}", headers={"Content-Type": "application/json"}
    )
    refused(answer, 413, "BODY_TOO_LARGE")


@pytest.mark.parametrize(
    "path", ["/nothing", "/jobs/a/b/c", "/../v2/jobs", "/%00", "", "/", "/EVENTS", "/jobs//x"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_path(method: str, path: str, operator: httpx.Client, shared_stack: Stack) -> None:
    answer = operator.request(method, f"{shared_stack.url}/api/v1{path}", follow_redirects=True)
    refused(answer, 404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/events", "GET, POST"),
        ("PUT", "/jobs", "GET, POST"),
        ("GET", "/auth/login", "POST"),
        ("PATCH", "/booth/booth-1/active-session", "DELETE, GET, POST"),
        ("POST", "/styles/pencil", "PATCH"),
        ("GET", "/uploads", "POST"),
        ("OPTIONS", "/events", "GET, POST"),
        ("TRACE", "/events", "GET, POST"),
        ("HEAD", "/events", "GET, POST"),
    ],
)
def test_another_method(method: str, path: str, allowed: str, operator: httpx.Client) -> None:
    answer = operator.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["allow"] == allowed
    if method != "HEAD":
        refused(answer, 405, "METHOD_NOT_ALLOWED")
    else:
        assert answer.content == b""


def test_head_of_files_and_pages(operator: httpx.Client, shared_stack: Stack) -> None:
    answer = httpx.head(f"{shared_stack.url}/static/icons/favicon.svg")
    assert (answer.status_code, answer.content) == (200, b"")
    refused(httpx.get(f"{shared_stack.url}/files/events/x/y.jpg"), 403, "LINK_INVALID")
    refused(httpx.get(f"{shared_stack.url}/files/a%00b"), 403, "LINK_INVALID")
    refused(httpx.put(f"{shared_stack.url}/files/%2e%2e/%2e%2e/x", content=b"x"), 403, "LINK_INVALID")


def test_every_answer_carries_the_headers(stranger: httpx.Client, shared_stack: Stack) -> None:
    for path in ("/api/v1/events", "/api/v1/nothing", "/health/live", "/login", "/static/icons/favicon.svg"):
        headers = httpx.get(shared_stack.url + path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-permitted-cross-domain-policies"] == "none"
        assert "server" not in headers
        assert "x-powered-by" not in headers


def test_what_an_account_reads_is_not_kept_by_caches(operator: httpx.Client) -> None:
    assert "no-store" in operator.get("/events").headers["cache-control"]


# Other sites


def _preflight(url: str, origin: str) -> httpx.Response:
    return httpx.options(
        f"{url}/api/v1/sessions",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        },
    )


def test_only_listed_origins_may_read(brief_stack: Stack, shared_stack: Stack) -> None:
    allowed = _preflight(brief_stack.url, ALLOWED_ORIGIN)
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == ALLOWED_ORIGIN
    assert "access-control-allow-credentials" not in allowed.headers
    for answer in (
        _preflight(brief_stack.url, "https://evil.example.org"),
        _preflight(brief_stack.url, "null"),
        _preflight(brief_stack.url, f"{ALLOWED_ORIGIN}.evil.org"),
        _preflight(shared_stack.url, ALLOWED_ORIGIN),
    ):
        assert "access-control-allow-origin" not in answer.headers
        assert answer.status_code in (400, 405)


def test_a_listed_origin_may_sign_in_and_register(brief_stack: Stack) -> None:
    with httpx.Client(base_url=f"{brief_stack.url}/api/v1", headers={"Origin": ALLOWED_ORIGIN}) as site:
        signed_in = site.post(LOGIN, json={"password": OPERATOR})
        assert signed_in.status_code == 200, signed_in.text
        assert signed_in.headers["access-control-allow-origin"] == ALLOWED_ORIGIN
        headers = {"Authorization": f"Bearer {signed_in.json()['token']}"}
        event_id = site.get("/events", headers=headers).json()["items"][0]["id"]
        guest = {"eventId": event_id, "name": "Ayu", "whatsapp": "081234567890", "consent": True}
        assert site.post("/sessions", json=guest).status_code == 201


@pytest.fixture(scope="module")
def member(shared_stack: Stack) -> dict[str, str]:
    """Name and password of an account of this module: signing in is limited per account."""
    name = f"form-{secrets.token_hex(3)}"
    shared_stack.command("user", "add", name, "--role", "operator", "--password-stdin", typed=OPERATOR)
    return {"username": name, "password": OPERATOR}


@pytest.fixture(scope="module")
def browser(shared_stack: Stack, member: dict[str, str]) -> httpx.Client:
    """A browser that is signed in by cookie."""
    client = httpx.Client(base_url=shared_stack.url)
    shared_stack.clients.append(client)
    answer = client.post("/login", data={**member, "next": "/console"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    return client


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example.org"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example.org", "Authorization": "Bearer x"},
    ],
)
def test_a_cookie_does_not_work_from_another_site(headers: dict[str, str], browser: httpx.Client) -> None:
    answer = browser.post("/api/v1/jobs/x/cancel", headers=headers)
    refused(answer, 403, "FOREIGN_SITE")


def test_a_cookie_works_from_our_own_pages(
    browser: httpx.Client, shared_stack: Stack, member: dict[str, str]
) -> None:
    assert browser.get("/api/v1/auth/me").json()["username"] == member["username"]
    own = {"Origin": shared_stack.url, "Sec-Fetch-Site": "same-origin"}
    refused(browser.post("/api/v1/jobs/x/cancel", headers=own), 404, "JOB_NOT_FOUND")


def test_the_login_form(shared_stack: Stack, member: dict[str, str]) -> None:
    with httpx.Client(base_url=shared_stack.url) as client:
        wrong = client.post("/login", data={"username": "form-nobody", "password": "no"})
        assert wrong.status_code == 401
        assert "text/html" in wrong.headers["content-type"]
        assert "LOGIN_FAILED" in wrong.text
        for target in (
            "https://evil.example.org",
            "//evil.example.org",
            "/\\evil.example.org",
            "javascript:x",
        ):
            answer = client.post("/login", data={**member, "next": target})
            assert answer.headers["location"] == "/console"
        foreign = client.post("/login", data=member, headers={"Origin": "https://evil.example.org"})
        refused(foreign, 403, "FOREIGN_SITE")
        assert client.post("/logout").headers["location"] == "/login"
        nul = client.post("/login", data={"username": "a\0b", "password": "x"})
        assert nul.status_code in (401, 422)
        huge = client.post("/login", data={"username": "x" * 3_000_000})
        assert huge.status_code == 413


def test_logout_ends_the_cookie_on_the_server(shared_stack: Stack, member: dict[str, str]) -> None:
    with httpx.Client(base_url=shared_stack.url) as client:
        client.post("/login", data=member)
        cookie = client.cookies["photobot"]
        client.post("/logout")
        refused(
            httpx.get(f"{shared_stack.url}/api/v1/auth/me", headers={"Cookie": f"photobot={cookie}"}),
            401,
            "NOT_SIGNED_IN",
        )


def test_pages_send_strangers_to_the_form(shared_stack: Stack) -> None:
    answer = httpx.get(f"{shared_stack.url}/console/queue", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/console/queue")
    refused(httpx.get(f"{shared_stack.url}/console/queue"), 401, "NOT_SIGNED_IN")


# What it says of itself


def test_openapi_is_sound(stranger: httpx.Client, shared_stack: Stack) -> None:
    document = httpx.get(f"{shared_stack.url}/api/openapi.json").json()
    assert document["openapi"].startswith("3.")
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert names <= set(document["components"]["schemas"])
    ids = []
    for path, methods in document["paths"].items():
        for operation in methods.values():
            ids.append(operation["operationId"])
            assert operation["summary"], path
            assert operation["tags"], path
            placeholders = set(re.findall(r"{(\w+)", path))
            given = {item["name"] for item in operation.get("parameters", ()) if item["in"] == "path"}
            assert placeholders == given, path
    assert len(ids) == len(set(ids))
    assert set(document["paths"]) >= {"/api/v1/jobs", "/api/v1/sessions", "/api/v1/uploads", "/health"}


def test_the_documentation_needs_no_other_host(shared_stack: Stack) -> None:
    page = httpx.get(f"{shared_stack.url}/api/docs").text
    links = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert links
    assert all(link.startswith("/") and not link.startswith("//") for link in links)
    for link in links:
        assert httpx.get(shared_stack.url + link).status_code == 200, link
    assert "http://" not in page
    assert "https://" not in page


def test_health(shared_stack: Stack) -> None:
    everything = httpx.get(f"{shared_stack.url}/health").json()
    parts = {part["name"]: part for part in everything["parts"]}
    assert all(parts[name]["ok"] for name in ("database", "redis", "storage", "workers"))
    assert everything["status"] in ("ok", "degraded")
    assert httpx.get(f"{shared_stack.url}/health/live").json() == {"status": "ok"}
    assert httpx.get(f"{shared_stack.url}/health/ready").status_code == 200


def test_metrics(shared_stack: Stack, operator: httpx.Client, place: Place) -> None:
    answer = httpx.get(f"{shared_stack.url}/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    for name in ("jobs_total counter", "job_duration_ms histogram", "queue_depth gauge"):
        assert f"# TYPE {name}" in answer.text.replace("# TYPE jobs counter", "# TYPE jobs_total counter")
