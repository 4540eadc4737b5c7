"""How booths' printers are, asked without a print: no paper is on screens before a guest waits for it."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update

from app.db import incidents
from app.db.tables import Booth, Event
from app.db.unit import unit
from app.domain.errors import Fatal, Transient
from app.domain.printing import PrinterLook, PrinterState
from app.ports import Ports, Printers

EVERY_SECONDS = 4.0
ANSWER_SECONDS = 6.0
TOLD_SECONDS = 15.0
"""How old what screens say of a printer that stays as it is may be."""
KIND = "printer"


async def look(ports: Ports) -> None:
    """Ask every printer whose turn it is; one worker asks, all screens are told."""
    if ports.printers is None:
        return
    due = await _due(ports)
    await asyncio.gather(*(_ask(ports, ports.printers, printer) for printer in due))


async def _due(ports: Ports) -> Sequence[str]:
    """Take the turn: at most once in `EVERY_SECONDS`, whichever worker it is."""
    now = func.clock_timestamp()
    asked = Booth.printer_asked_at
    async with unit(ports) as work:
        taken = await work.db.scalars(
            update(Booth)
            .where(
                Booth.printer != "",
                Booth.event_id.in_(select(Event.id).where(Event.status == "open")),
                or_(asked.is_(None), asked < now - timedelta(seconds=EVERY_SECONDS)),
            )
            .values(printer_asked_at=now)
            .returning(Booth.printer)
            .execution_options(synchronize_session=False)
        )
        return sorted(set(taken.all()))


async def _ask(ports: Ports, printers: Printers, printer: str) -> None:
    await _write(ports, printer, await found(printers, printer))


async def found(printers: Printers, printer: str) -> PrinterLook:
    """How a printer is; never raises for what is wrong with it."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await printers.look(printer)
    except TimeoutError:
        return PrinterLook("away", "PRINTER_AWAY")
    except Transient as error:
        return PrinterLook("away", error.code)
    except Fatal as error:
        return PrinterLook("trouble", error.code)


async def _write(ports: Ports, printer: str, is_so: PrinterLook) -> None:
    async with unit(ports) as work:
        now: datetime = (await work.db.scalars(select(func.clock_timestamp()))).one()
        mine = select(Booth).where(Booth.printer == printer).order_by(Booth.id)
        for booth in await work.db.scalars(mine.with_for_update(key_share=True)):
            before = PrinterState.model_validate(booth.printer_state) if booth.printer_state else None
            same = before is not None and (before.state, before.because) == (is_so.state, is_so.because)
            if before is not None and same and (now - before.checked_at).total_seconds() < TOLD_SECONDS:
                continue
            told = PrinterState(state=is_so.state, because=is_so.because, checked_at=now)
            booth.printer_state = told.wire()
            work.changed("booth", booth.id)
        if is_so.state in ("trouble", "away"):
            await incidents.begin(work, KIND, printer, because=is_so.because)
        else:
            await incidents.end(work, KIND, printer)
