"""The administration: first steps, events, booths, styles, accounts, audit log. Administrators only."""

from typing import Literal

from starlette.requests import Request

from app.api.setup_models import (
    BoothPut,
    EventChange,
    EventCopy,
    NewBooth,
    NewEvent,
    NewStyle,
    NewUser,
    PasswordChange,
    StyleChange,
    UserChange,
)
from console.components.admin import Admin
from console.parts.reads import principal_of, reads_of
from console.parts.shell import desk, page

Section = Literal["guide", "events", "booths", "styles", "users", "audit"]
SECTIONS: tuple[Section, ...] = ("events", "booths", "styles", "users", "audit")
FORMS = (
    NewEvent,
    EventChange,
    EventCopy,
    NewBooth,
    BoothPut,
    NewStyle,
    StyleChange,
    NewUser,
    UserChange,
    PasswordChange,
)
SCHEMAS = {form.__name__: form.model_json_schema(by_alias=True) for form in FORMS}


async def _show(request: Request, section: Section, event: str | None) -> None:
    who = principal_of(request)
    who.require_role("admin")
    if section == "users":
        who.require_house()
    facts = await reads_of(request).admin(who, audit=section == "audit", event=event)
    here = facts["here"]
    with desk(
        "admin",
        username=who.username,
        sheet="laptop admin",
        event=here["id"] if here else None,
        event_name=here["name"] if here else "",
    ) as scope:
        Admin(scope=scope, section=section, facts=facts, schemas=SCHEMAS)


@page("/console/admin")
async def guide(request: Request, event: str | None = None) -> None:
    """The first steps, and where they stand."""
    await _show(request, "guide", event)


@page("/console/admin/events")
async def events(request: Request, event: str | None = None) -> None:
    """Events and their frames, files and copies."""
    await _show(request, "events", event)


@page("/console/admin/booths")
async def booths(request: Request, event: str | None = None) -> None:
    """Booths and their camera laptops."""
    await _show(request, "booths", event)


@page("/console/admin/styles")
async def styles(request: Request, event: str | None = None) -> None:
    """Styles, tried on a sample picture."""
    await _show(request, "styles", event)


@page("/console/admin/users")
async def users(request: Request, event: str | None = None) -> None:
    """Staff accounts; for administrators of all events."""
    await _show(request, "users", event)


@page("/console/admin/audit")
async def audit(request: Request, event: str | None = None) -> None:
    """Who did what."""
    await _show(request, "audit", event)
