"""The one door through which pages get their first data: dicts shaped like the API's answers (camelCase)."""

from typing import Any, Protocol

from starlette.requests import Request

from app.domain.access import Principal

Facts = dict[str, Any]


class Reads(Protocol):
    """What pages ask for when they are built; everything after that comes by the board's socket."""

    async def events(self, who: Principal) -> list[Facts]:
        """The account's events, the newest open one first."""
        ...

    async def booths(self, who: Principal) -> list[Facts]:
        """The account's booths: `{id, name, eventId, eventName}`."""
        ...

    async def booth(self, who: Principal, booth_id: str) -> Facts:
        """One booth, the same shape with `shoot`: "pro" or "webcam", the way it takes its photos. Raises
        NotFound."""
        ...

    async def laptop(self, who: Principal, booth_id: str) -> Facts:
        """A booth's camera laptop: the booth's shape with `{serverUrl, ownAuthority, tokens, cameras,
        event}`; tokens None below supervisor, event `{photosPerGuest, keepRaw}`. Raises NotFound."""
        ...

    async def sign_ins(self, who: Principal) -> list[Facts]:
        """Where the account is signed in, as `GET /api/v1/auth/sign-ins` answers."""
        ...

    async def styles(self) -> list[Facts]:
        """The enabled styles in their order: `{id, name: {id, en}, position}`."""
        ...

    async def job(self, who: Principal, job_id: str) -> Facts:
        """A job in full, as `GET /api/v1/jobs/{id}` answers. Raises NotFound."""
        ...

    async def admin(self, who: Principal, *, audit: bool, event: str | None) -> Facts:
        """What the administration shows: `{events, booths, styles, users, providers, guide, trial, here, …}`;
        users None for who does not rule all events; with `audit` its first page, too. Raises NotAllowed."""
        ...

    async def guide(self, who: Principal) -> Facts:
        """The first steps: `{steps: [{name, state}], over}`. Raises NotAllowed."""
        ...

    async def kiosk_event(self, key: str | None) -> Facts | None:
        """The event of a kiosk by id or slug, the newest open one without a key; None: there is none."""
        ...

    async def open_events(self) -> list[Facts]:
        """Every open event, newest first: for the choice of a wall, which everybody may open."""
        ...

    async def kiosk_url(self, key: str) -> str | None:
        """The address of an event's kiosk as phones on the venue's network open it; None where only
        devices of the team can (`photobot up --tls`). Raises NotFound."""
        ...

    async def attention(self, who: Principal, event_id: str | None) -> Facts:
        """What needs a person: `{jobs: [{kind, since, row}], events: [{eventId, name, limit, spent}]}`; a row
        is as on the board. Raises NotAllowed, NotFound."""
        ...

    async def guest(self, token: str) -> Facts:
        """A guest's page: `{state, code, name, eventName, until, language, shareUrl, opensAnywhere}`; state
        open, expired, revoked, erased (then with its `receipt`) or missing; language only where open."""
        ...


def reads_of(request: Request) -> Reads:
    """The reads that `console/main.py` put on the application."""
    reads: Reads = request.app.state.reads
    return reads


def principal_of(request: Request) -> Principal:
    """Who is signed in; the guard lets nobody else reach a console page."""
    principal: Principal = request.scope["state"]["principal"]
    return principal
