"""What pages are given when they are built (the `Reads` of console/parts/reads.py), from the services."""

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic.alias_generators import to_camel

from app.api import first_steps as first_steps_api
from app.api.job_views import detail_of
from app.domain.access import ROLE_ORDER, Principal
from app.domain.errors import Gone, NotFound
from app.ports import Ports
from app.services import (
    attention,
    booth_tokens,
    booths,
    cameras,
    erasure,
    events,
    first_steps,
    guest_page,
    jobs,
    sign_ins,
    styles,
)
from app.services.booths import BoothView
from console import admin_reads

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Facts = dict[str, Any]


def _event(view: events.EventView) -> Facts:
    return {"id": view.id, "slug": view.slug, "name": view.name, "status": view.status}


def _booth(view: BoothView) -> Facts:
    return {"id": view.id, "name": view.name, "eventId": view.event_id, "eventName": view.event_name}


def _camel(view: "DataclassInstance") -> Facts:
    """A service's record as the API would answer it."""
    return {
        to_camel(name): value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(view).items()
    }


class ServiceReads:
    """Reads over the services."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def events(self, who: Principal) -> list[Facts]:
        """The account's events, the newest open one first."""
        found = await events.list_for(self._ports, who)
        return [_event(view) for view in sorted(found, key=lambda view: view.status != "open")]

    async def booths(self, who: Principal) -> list[Facts]:
        """The account's booths."""
        return [_booth(view) for view in await booths.list_for(self._ports, who)]

    async def booth(self, who: Principal, booth_id: str) -> Facts:
        """One booth, and how it takes its photos. Raises NotFound."""
        found = _booth(await booths.get(self._ports, who, booth_id))
        return found | {"shoot": "pro" if await cameras.shoots_tethered(self._ports, booth_id) else "webcam"}

    async def laptop(self, who: Principal, booth_id: str) -> Facts:
        """A booth's camera laptop; its tokens only for those who may manage them. Raises NotFound."""
        booth = await booths.get(self._ports, who, booth_id)
        event = next(view for view in await events.list_for(self._ports, who) if view.id == booth.event_id)
        may = ROLE_ORDER[who.role] >= ROLE_ORDER["supervisor"]
        tokens = await booth_tokens.list_for(self._ports, who, booth_id) if may else None
        return _booth(booth) | {
            "serverUrl": self._ports.policy.staff_url or self._ports.policy.public_url,
            "ownAuthority": self._ports.policy.own_authority,
            "tokens": None if tokens is None else [_camel(view) for view in tokens],
            "cameras": [_camel(view) for view in await cameras.list_for(self._ports, who, booth_id)],
            "event": {"photosPerGuest": event.photos_per_guest, "keepRaw": event.keep_raw},
        }

    async def sign_ins(self, who: Principal) -> list[Facts]:
        """Where the account is signed in."""
        return [_camel(view) for view in await sign_ins.own(self._ports, who)]

    async def styles(self) -> list[Facts]:
        """The enabled styles in their order."""
        found = await styles.list_all(self._ports, enabled_only=True)
        return [
            {"id": view.id, "name": {"id": view.name_id, "en": view.name_en}, "position": view.position}
            for view in found
        ]

    async def job(self, who: Principal, job_id: str) -> Facts:
        """A job in full. Its pictures are loaded from /media, so the signed links stay empty here."""
        view = await jobs.detail(self._ports, who, job_id)
        result_url = guest_page.link(self._ports, view.guest_token)
        return detail_of(view, {"input": f"/media/jobs/{job_id}/input"}, result_url).wire()

    async def admin(self, who: Principal, *, audit: bool, event: str | None) -> Facts:
        """What the administration shows. Raises NotAllowed."""
        return await admin_reads.admin(self._ports, who, with_audit=audit, event=event)

    async def guide(self, who: Principal) -> Facts:
        """The first steps. Raises NotAllowed."""
        return first_steps_api.guide_answer(await first_steps.state(self._ports, who)).wire()

    async def kiosk_event(self, key: str | None) -> Facts | None:
        """The event of a kiosk with its status, None when there is none."""
        try:
            return _event(await events.for_kiosk(self._ports, key))
        except NotFound:
            return None

    async def open_events(self) -> list[Facts]:
        """Every open event, newest first."""
        return [_event(view) for view in await events.list_open(self._ports)]

    async def kiosk_url(self, key: str) -> str | None:
        """The address of an event's kiosk, None where guests' phones trust it not. Raises NotFound."""
        slug = (await events.for_kiosk(self._ports, key)).slug
        policy = self._ports.policy
        return None if policy.own_authority else f"{policy.public_url}/kiosk/{slug}"

    async def attention(self, who: Principal, event_id: str | None) -> Facts:
        """What needs a person. Raises NotAllowed, NotFound."""
        found = await attention.needed(self._ports, who, event_id)
        return {
            "jobs": [
                {"kind": one.kind, "since": one.since.isoformat(), "row": one.job.wire()}
                for one in found.jobs
            ],
            "events": [_camel(event) for event in found.events],
        }

    async def guest(self, token: str) -> Facts:
        """A guest's page, with its state: open, expired, revoked, erased or missing."""
        try:
            page = await guest_page.state(self._ports, token)
        except NotFound:
            return {"state": "missing", "name": "", "code": "", "eventName": "", "until": None}
        except Gone as over:
            state = {"LINK_EXPIRED": "expired", "LINK_ERASED": "erased"}.get(over.code, "revoked")
            facts: Facts = {"state": state, "name": "", "code": "", "eventName": "", "until": None}
            if state == "erased":
                facts["receipt"] = _camel(receipt := await erasure.receipt(self._ports, token))
                facts["eventName"] = receipt.event_name
            return facts
        share, anywhere = guest_page.share_link(self._ports, token)
        return {
            "state": "open",
            "code": page.guest.code,
            "name": page.guest.guest_name,
            "language": page.language,
            "eventName": page.event_name,
            "until": page.expires_at.isoformat(),
            "shareUrl": share,
            "opensAnywhere": anywhere,
        }
