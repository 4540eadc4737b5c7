"""Nothing is reachable that must not be: every route of the table, asked by everybody, at a running stack."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.adapters.embedded.postgres import EmbeddedPostgres
from app.settings import Settings
from console import main
from tests.console.matrix_scene import ROLES, Person, Scene, frame, scene
from tests.console.permissions import CALLS, RULES, Rule, routes_of
from tests.fakes.stack import Stack, picture

NOT_YOURS = {
    "EVENT_NOT_FOUND",
    "BOOTH_NOT_FOUND",
    "JOB_NOT_FOUND",
    "SHOT_NOT_FOUND",
    "SESSION_NOT_FOUND",
    "MOVE_NOT_FOUND",
    "LINK_UNKNOWN",
}
SIGN_IN, TOO_LOW, UNKNOWN, YES = "must sign in", "may not", "learns nothing", "may"
BROKEN = "breaks it"
PAGE = {"Accept": "text/html"}
WHOLE = {"lead": "supervisor", "house": "admin"}


@pytest.fixture(scope="module")
def here(shared_stack: Stack, postgres_server: EmbeddedPostgres) -> Scene:
    """An event with everything, another one, and their people."""
    found = scene(shared_stack)
    name = shared_stack.environment["DATABASE_URL"].rsplit("/", 1)[1].partition("?")[0]
    made = f"UPDATE camera_files SET preview = '\\xffd8'::bytea WHERE id = '{found.facts['shot_id']}'"
    postgres_server.query(made, name)
    return found


@pytest.fixture(scope="module")
def web(shared_stack: Stack) -> Iterator[httpx.Client]:
    """A client without any sign-in of its own."""
    each_its_own = httpx.Limits(max_keepalive_connections=0)  # none is reset by the accident before
    with httpx.Client(base_url=shared_stack.url, timeout=30, limits=each_its_own) as client:
        yield client


def test_the_table_names_every_route() -> None:
    settings = Settings(database_url="postgresql://x@127.0.0.1/x", jwt_secret="x" * 40)
    found, named = set(routes_of(main.build(settings).routes)), {rule.route for rule in RULES}
    assert (found - named, named - found, set(CALLS) - named) == (set(), set(), set())


def test_pages_do_nothing_by_themselves() -> None:
    """What a page would do over NiceGUI's socket no route guards, and this table does not see."""
    handlers = re.compile(r"\.on\(|\bon_[a-z_]+=|\.on_[a-z_]+\(|\bui\.(?:button|input|upload|timer)\b")
    console = Path(main.__file__).parent
    files = [path for part in ("pages", "parts", "components") for path in (console / part).glob("*.py")]
    assert len(files) > 30
    assert [path.name for path in files if handlers.search(path.read_text())] == []


def test_a_link_opens_to_whoever_holds_it_and_to_nobody_else(web: httpx.Client, here: Scene) -> None:
    faults = []
    for rule in RULES:
        if rule.who != "link" or rule.method == "WS":
            continue
        signed = here.facts.get(rule.route, "").partition("?")[0]
        wrong = {**here.facts, "token": "A" * 24, "confirm": "true"} | (
            {rule.route: signed} if signed else {}
        )
        signed_in = {"Authorization": f"Bearer {here.of('admin', here=True).token}"}
        no, yes = _ask(web, rule, wrong, signed_in), _ask(web, rule, here.facts, {})
        if no.status_code not in (403, 404) or any(one in no.text for one in here.secrets):
            faults.append(f"{rule.route}: {no.status_code} without the link")
        if yes.status_code in (401, 403) or _code(yes) in NOT_YOURS:
            faults.append(f"{rule.route}: {yes.status_code} with the link")
    assert not faults, "\n".join(faults)
    unsigned = web.post("/api/v1/providers/kie/callback", json={"data": {"taskId": "x"}})
    assert unsigned.status_code in (401, 404)


def test_a_booths_door_knows_its_own_laptop_only(web: httpx.Client, here: Scene) -> None:
    for rule in RULES:
        if rule.who != "booth" or rule.method == "WS":
            continue
        tokens = [who.token for who in here.people]
        for token in (*tokens, here.other_laptop):
            answer = _ask(web, rule, here.facts, {"Authorization": f"Bearer {token}"} if token else {})
            assert (answer.status_code, _code(answer)) == (401, "BOOTH_TOKEN_INVALID"), rule.route
        own = _ask(web, rule, here.facts, {"Authorization": f"Bearer {here.laptop}"})
        assert own.status_code in (415, 422), f"{rule.route}: {own.text}"
    # And it opens nothing else.
    for path in ("/api/v1/events", f"/api/v1/booth/{here.facts['booth_id']}/active-session", "/console"):
        answer = web.get(path, headers={"Authorization": f"Bearer {here.laptop}"})
        assert answer.status_code == 401, path


ACROSS = [
    ("operator", "POST", "/api/v1/booth/{their_booth_id}/active-session",
     {"sessionId": "{session_id}", "eventId": "{their_event_id}", "styleId": "pencil"}),
    ("operator", "POST", "/api/v1/booth/{booth_id}/active-session",
     {"sessionId": "{their_session_id}", "eventId": "{their_event_id}", "styleId": "pencil"}),
    ("operator", "POST", "/api/v1/uploads",
     {"sessionId": "{session_id}", "eventId": "{their_event_id}", "styleId": "pencil"}),
    ("operator", "POST", "/api/v1/uploads", {"sessionId": "{their_session_id}", "boothId": "{booth_id}",
                                             "eventId": "{their_event_id}", "styleId": "pencil"}),
    ("supervisor", "POST", "/api/v1/sessions/send",
     {"items": [{"sessionId": "{their_session_id}", "boothId": "{booth_id}"}]}),
    ("admin", "PUT", "/api/v1/booths/{booth_id}", {"name": "Mine", "eventId": "{their_event_id}"}),
    ("admin", "POST", "/api/v1/booths", {"id": "{booth_id}", "name": "Mine", "eventId": "{their_event_id}"}),
]  # fmt: skip


@pytest.mark.parametrize(("role", "method", "path", "body"), ACROSS)
def test_a_foreign_thing_in_ones_own_is_refused(
    web: httpx.Client, here: Scene, role: str, method: str, path: str, body: dict[str, object]
) -> None:
    who = {"Authorization": f"Bearer {here.of(role, here=False).token}"}
    answer = web.request(method, _filled(path, here.facts), json=_filled(body, here.facts), headers=who)
    assert answer.status_code in (404, 409), answer.text
    assert not [one for one in here.secrets if one in json.dumps(answer.json())]


def test_everybody_gets_what_the_table_says(web: httpx.Client, here: Scene) -> None:
    faults: list[str] = []
    for rule in RULES:
        if rule.who not in ("link", "booth", "signed") and rule.method not in ("WS", "MOUNT"):
            faults += _faults(web, here, rule)
    assert not faults, "\n" + "\n".join(faults)


def _faults(web: httpx.Client, here: Scene, rule: Rule) -> list[str]:
    faults, codes = [], {}
    for who in here.people[: 2 if rule.who == "everyone" else None]:
        wanted = _wanted(rule, who)
        for signed in _ways(rule, who, wanted):
            answer = _ask(web, rule, here.facts, signed)
            got = _verdict(rule, answer)
            codes[got] = (answer.status_code, _code(answer))
            said = f"{rule.method} {rule.path}: {who} {got} ({answer.status_code} {_code(answer)})"
            if got not in wanted:
                faults.append(f"{said}, wanted: {' or '.join(wanted)}; {answer.text[:200]}")
            faults += [f"{said} and reads {leak}" for leak in _leaks(rule, who, here, answer)]
    if UNKNOWN in codes and codes[UNKNOWN] == codes.get(YES) and rule.of != "each":
        faults.append(f"{rule.method} {rule.path}: {codes[YES]} for those who may, too: this proves nothing")
    return faults


def _wanted(rule: Rule, who: Person) -> tuple[str, ...]:
    if rule.who == "everyone":
        return (YES,)
    if not who.role:
        return (SIGN_IN,)
    needed = WHOLE.get(rule.who, rule.who)
    low = ROLES.index(who.role) < ROLES.index(needed) or (rule.who in WHOLE and not who.house)
    foreign = rule.of in ("event", "each") and not who.here
    if low:
        return (TOO_LOW, UNKNOWN) if foreign else (TOO_LOW,)
    return (UNKNOWN,) if foreign else (YES,)


def _ways(rule: Rule, who: Person, wanted: tuple[str, ...]) -> list[dict[str, str]]:
    """By token; pages by cookie, and by token, too, where they are refused."""
    bearer = {"Authorization": f"Bearer {who.token}"} if who.token else {}
    cookie = {"Cookie": who.cookie} if who.cookie else {}
    if not rule.path.startswith("/console"):
        return [cookie if rule.path == "/logout" else bearer]
    return [cookie | PAGE] if wanted == (YES,) else [cookie | PAGE, bearer | PAGE]


def _ask(web: httpx.Client, rule: Rule, facts: dict[str, str], headers: dict[str, str]) -> httpx.Response:
    call = {key: _filled(value, facts) for key, value in rule.call.items() if key != "yes"}
    if "form" in call:
        call |= {"data": call.pop("form"), "files": {"image": ("x.jpg", picture(), "image/jpeg")}}
    if call.pop("frame", False):
        call["files"] = {"image": ("frame.png", frame(), "image/png")}
    path = facts.get(rule.route) or _filled(rule.path.replace(":path}", "}"), facts)
    method = "GET" if rule.method == "ANY" else rule.method
    return web.request(method, path, headers={**headers, **call.pop("headers", {})}, **call)


def _filled(value: Any, facts: dict[str, str]) -> Any:
    """Text, or what holds texts, with the facts where their names stand."""
    if isinstance(value, dict):
        return {key: _filled(one, facts) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, facts) for one in value]
    if isinstance(value, str) and "{" in value:
        return value.format_map(facts)
    return value


def _code(answer: httpx.Response) -> str:
    if answer.headers.get("content-type") == "application/problem+json":
        return str(answer.json()["code"])
    return ""


def _verdict(rule: Rule, answer: httpx.Response) -> str:
    status, code = answer.status_code, _code(answer)
    if status == rule.call.get("yes"):
        return YES
    if status >= 500 and not code:
        return BROKEN
    if status == 401 or (status == 303 and answer.headers["location"].startswith("/login?next=")):
        return SIGN_IN
    if status == 403:
        return TOO_LOW
    page = rule.path.startswith("/console")
    picture_of = rule.path.startswith(("/media/shots/", "/api/v1/gallery/pictures/"))
    unknown = status == 404 and (page or code in NOT_YOURS or picture_of)
    refused = rule.of == "each" and "JOB_NOT_FOUND" in answer.text
    return UNKNOWN if unknown or refused else YES


def _leaks(rule: Rule, who: Person, here: Scene, answer: httpx.Response) -> list[str]:
    """What of the event stands in an answer that must not; or `nothing`, where those who may get no row."""
    if rule.who == "everyone":
        return []
    if rule.of == "rows" and who.here and _verdict(rule, answer) == YES:
        return [] if here.secrets[0] in answer.text else ["nothing"]
    refused = _verdict(rule, answer) != YES
    return [one for one in here.secrets if one in answer.text] if refused or not who.here else []
