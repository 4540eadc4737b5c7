"""What the administration's pages are given when they are built, from the services."""

from typing import Any

from app.api.audit import answer as audit_answer
from app.api.first_steps import guide_answer, trial_answer
from app.api.setup_models import booth_answer, event_answer, style_answer
from app.api.users import answer as user_answer
from app.domain.access import Principal
from app.ports import Ports
from app.services import audit, booths, events, first_steps, styles, trial, users

Facts = dict[str, Any]


async def admin(ports: Ports, who: Principal, *, with_audit: bool, event: str | None) -> Facts:
    """The house as an administrator sets it up. Raises NotAllowed."""
    who.require_role("admin")
    found = [event_answer(view).wire() for view in await events.list_for(ports, who)]
    stands = [booth_answer(view).wire() for view in await booths.list_for(ports, who)]
    here = _here(found, stands, event)
    house = who.events is None
    return {
        "username": who.username,
        "all": house,
        "events": found,
        "booths": stands,
        "styles": [style_answer(view).wire() for view in await styles.list_all(ports)],
        "users": [user_answer(view).wire() for view in await users.list_all(ports, who)] if house else None,
        "providers": sorted(ports.providers),
        "serverUrl": ports.policy.public_url,
        "guide": guide_answer(await first_steps.state(ports, who)).wire(),
        "here": here,
        "trial": trial_answer(await trial.state(ports, who, here["id"])).wire() if here else None,
        **(await _audit(ports, who) if with_audit else {}),
    }


def _here(found: list[Facts], stands: list[Facts], event: str | None) -> Facts | None:
    """The event whose rows come live: the named one, else the newest open one, with booths before others."""
    for one in found:
        if event in (one["id"], one["slug"]):
            return one
    with_booths = {booth["eventId"] for booth in stands}
    opened = [one for one in found if one["status"] == "open"]
    return next((one for one in opened if one["id"] in with_booths), next(iter(opened or found), None))


async def _audit(ports: Ports, who: Principal) -> Facts:
    rows = await audit.page(ports, who, audit.Wanted())
    offered = await audit.choices(ports, who)
    return {
        "audit": {
            "items": [audit_answer(row).wire() for row in rows],
            "next": rows[-1].id if len(rows) == audit.PAGE else None,
        },
        "auditChoices": {"actors": list(offered.actors), "actions": list(offered.actions)},
    }
