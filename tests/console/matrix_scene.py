"""The permission matrix' scene: an event with all that routes are about, another one, and people of both."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from typing import Any

import httpx
from PIL import Image
from ulid import ULID

from tests.fakes.stack import Stack, finished, picture, post_job, register

HIDDEN = "Rahasia"
"""Stands in the name of everything of the event that others must not hear of."""
PHONE = "0812 9988 7766"
ROLES = ("operator", "supervisor", "admin")


@dataclass(frozen=True)
class Person:
    """Who asks; `here`: they are given the event; `house`: all events. Without a role: not signed in."""

    role: str = ""
    here: bool = False
    house: bool = False
    token: str = ""
    cookie: str = ""
    user_id: str = ""

    def __str__(self) -> str:
        place = "house" if self.house else "here" if self.here else "elsewhere"
        return f"{self.role} {place}" if self.role else "stranger"


@dataclass(frozen=True)
class Scene:
    """The facts that fill the table's addresses, and the people, those first who may less."""

    facts: dict[str, str]
    people: list[Person]
    laptop: str
    other_laptop: str
    secrets: tuple[str, ...]

    def of(self, role: str, *, here: bool) -> Person:
        """The person with this role."""
        return next(one for one in self.people if (one.role, one.here, one.house) == (role, here, False))


@cache
def frame() -> bytes:
    """A frame for pictures: see-through in the middle."""
    image = Image.new("RGBA", (1200, 1600), (200, 20, 20, 255))
    image.paste((0, 0, 0, 0), (100, 100, 1100, 1500))
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def made(answer: httpx.Response) -> Any:
    """What was answered, once it worked."""
    assert answer.is_success, f"{answer.request.method} {answer.request.url} {answer.text[:300]}"
    return answer.json() if answer.content else None


def person(stack: Stack, role: str, event_id: str | None, *, here: bool) -> Person:
    """An account of this event, or of the house for None, signed in once by token and once by cookie."""
    boss, name = stack.admin(), f"{role}-{secrets.token_hex(3)}"
    events = [event_id] if event_id else []
    body = {"username": name, "role": role, "allEvents": event_id is None, "events": events}
    user = made(boss.post("/users", json=body))
    token = stack.client(name, user["password"]).headers["Authorization"].partition(" ")[2]
    form = {"username": name, "password": user["password"], "next": "/console"}
    signed_in = stack.client(None).post(f"{stack.url}/login", data=form)
    cookie = f"photobot={signed_in.cookies['photobot']}"
    return Person(role, here, event_id is None, token, cookie, user["id"])


def place(boss: httpx.Client, name: str) -> dict[str, str]:
    """An event and a booth of it."""
    mark = secrets.token_hex(3)
    event = made(boss.post("/events", json={"name": f"Pernikahan {name}", "slug": f"matrix-{mark}"}))
    booth = {"id": f"matrix-{mark}", "name": f"Bilik {name}", "eventId": event["id"]}
    made(boss.post("/booths", json=booth))
    return {"event_id": event["id"], "booth_id": booth["id"]}


def scene(stack: Stack) -> Scene:
    """Make it all over the front door."""
    boss = stack.admin()
    here, there = place(boss, HIDDEN), place(boss, "Lain")
    facts = {**here, "event": here["event_id"], **{f"their_{key}": value for key, value in there.items()}}
    facts |= _guests(boss, facts)
    laptop, other = stack.booth_token(here["booth_id"]), stack.booth_token(there["booth_id"])
    facts["shot_id"] = _shot(stack, laptop, here["booth_id"])
    facts |= _work(boss, facts)
    nobody = made(boss.post("/users", json={"username": f"matrix-{secrets.token_hex(3)}"}))
    facts |= {"user_id": nobody["id"], "username": nobody["username"]}
    facts |= dict.fromkeys(
        ("sign_in_id", "style_id", "camera_key", "part", "lane", "name", "key", "path", "v", "print_id"),
        "none",
    )
    facts |= {
        "purpose": "wall",
        "picture": "thumb",
        "size": "thumb",
        "confirm": "false",
    }
    people = [
        person(stack, role, place["event_id"], here=place is here)
        for place in (there, here)
        for role in ROLES
    ]
    whole = [person(stack, role, None, here=True) for role in ("supervisor", "admin")]
    everybody = [Person(), *people, *whole]
    hidden = (HIDDEN, "99887766", facts["token"], facts["other_token"])
    return Scene(facts, everybody, laptop, other, hidden)


def _guests(boss: httpx.Client, facts: dict[str, str]) -> dict[str, str]:
    guests = {}
    for key, name in (("", f"Larasati {HIDDEN}"), ("other_", f"Budi {HIDDEN}")):
        body = {"eventId": facts["event_id"], "name": name, "whatsapp": PHONE, "consent": True}
        answer = boss.post("/sessions", json=body)
        guest = made(answer)
        guests["other_id" if key else "session_id"] = guest["sessionId"]
        guests[f"{key}code"] = guest["code"]
        guests[f"{key}token"] = answer.headers["location"].rsplit("/", 1)[1]
    guests["their_session_id"] = register(boss, facts["their_event_id"], "Citra Lain")["sessionId"]
    return guests


def _shot(stack: Stack, laptop: str, booth_id: str) -> str:
    """A camera file that lies in the booth's tray."""
    content, now = picture(200, 160, seed=int(ULID()) % 2**31), datetime.now(UTC).isoformat()
    data = {"shotId": str(ULID()), "fileName": f"{HIDDEN}.JPG", "appearedAt": now}
    data["sha256"] = hashlib.sha256(content).hexdigest()
    client = stack.client(None)
    client.headers["Authorization"] = f"Bearer {laptop}"
    sent = client.post(f"/booth/{booth_id}/shots", data=data, files={"file": ("x.jpg", content)})
    assert made(sent)["state"] == "orphan"
    return data["shotId"]


def _work(boss: httpx.Client, facts: dict[str, str]) -> dict[str, str]:
    """A finished picture that was moved and came back, a link that did, a turn, a token, signed links."""
    event_id, booth_id, session_id = facts["event_id"], facts["booth_id"], facts["session_id"]
    turn = {"sessionId": session_id, "eventId": event_id, "styleId": "pencil", "mode": "original"}
    made(boss.post(f"/booth/{booth_id}/active-session", json=turn))
    guest = {"sessionId": session_id}
    job_id = made(post_job(boss, guest, event_id, boothId=booth_id, mode="original"))["jobId"]
    assert finished(boss, job_id)["status"] == "succeeded"
    move = made(boss.post(f"/jobs/{job_id}/move", json={"sessionId": facts["other_id"]}))["moveId"]
    made(boss.post(f"/moves/{move}/undo"))
    link = made(boss.post(f"/sessions/{facts['other_id']}/links", json={}))["linkId"]
    made(boss.post(f"/links/{link}/undo"))
    token = made(boss.post(f"/booths/{booth_id}/tokens", json={"label": "matrix"}))["id"]
    thumb = boss.get(f"{boss.base_url}".replace("/api/v1/", f"/media/jobs/{job_id}/thumb"))
    wish = {"sessionId": session_id, "eventId": event_id, "styleId": "pencil", "contentType": "image/jpeg"}
    put = made(boss.post("/uploads", json=wish))["uploadUrl"]
    signed = {"GET /files/{key:path}": thumb.headers["location"], "PUT /files/{key:path}": put}
    return {"job_id": job_id, "move_id": move, "link_id": link, "token_id": token, **signed}
