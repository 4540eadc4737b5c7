"""Guests sent to another booth while others work there: nobody else's turn ends."""

import asyncio

from sqlalchemy import text

from app.db.unit import unit
from app.domain.access import Principal
from app.ports import Ports
from app.services import booths, events, sending, sessions
from app.services.holds import booth_of
from app.services.sending import Place

WAITS = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")


async def registered(ports: Ports, name: str) -> tuple[str, str]:
    """A guest of the first event: the event and the visit."""
    event_id = (await events.for_kiosk(ports, None)).id
    made = await sessions.register(
        ports, event_id=event_id, name=name, whatsapp="081234567890", consent=True, language="id",
        ip="10.0.0.1", device=None,
    )  # fmt: skip
    return event_id, made.session_id


async def activate(ports: Ports, admin: Principal, session_id: str, event_id: str) -> None:
    await booths.activate(
        ports, admin, "booth-1", session_id=session_id, event_id=event_id, mode="style", style_id="pencil"
    )


async def test_a_turn_that_began_meanwhile_is_not_ended(ports: Ports, admin: Principal) -> None:
    (event_id, first), (_, second) = await registered(ports, "Ayu"), await registered(ports, "Budi")
    await activate(ports, admin, first, event_id)
    async with unit(ports) as work:  # an operator is just ending Ayu's turn
        await booth_of(work.db, "booth-1", lock=True)
        sent = asyncio.create_task(sending.send(ports, admin, [Place(first, None)]))
        async with asyncio.timeout(10), ports.db() as look:
            while not await look.scalar(WAITS):
                await look.rollback()
                await asyncio.sleep(0.02)
        await work.db.execute(text("UPDATE booth_sessions SET ended_at = now() WHERE ended_at IS NULL"))
        await work.db.execute(
            text(
                "INSERT INTO booth_sessions (id, booth_id, event_id, session_id, mode, style_id, started_at,"
                " expires_at) SELECT '01ARZ3NDEKTSV4RRFFQ69G5FAV', booth_id, event_id, :second, mode,"
                " style_id, now(), expires_at FROM booth_sessions"
            ),
            {"second": second},
        )
    await sent
    assert (await booths.active(ports, admin, "booth-1")).session_id == second
