"""A guest is erased while a request for them is under way: what it writes goes soon, too."""

from datetime import timedelta

from sqlalchemy import func, select, update
from ulid import ULID

from app.db.tables import Erasure, Job
from app.db.unit import reading, unit
from app.ports import Ports
from app.services import erasure, forget, intake
from app.services.intake import Order, Picture
from tests.fakes import ports as fakes


async def test_a_photo_that_was_just_being_taken_in_is_erased_within_a_minute(ports: Ports) -> None:
    event_id = await fakes.event_of(ports)
    guest = await fakes.guest(ports, event_id)
    order = Order(event_id, guest.session_id, None, "style", "pencil", 1)
    async with unit(ports) as work:
        job = await intake.add_job(
            work, ports, order, Picture("events/x.jpg", "0" * 64, "image/jpeg"), str(ULID())
        )
        await erasure.ask(ports, guest.token, confirmed=True)
        await erasure.carry_out(ports)  # a look that could not see it
    async with reading(ports) as db:
        assert (await db.get_one(Job, job.id)).guest_name == "Ayu Lestari"

    soon = Erasure.next_at < func.clock_timestamp() + timedelta(minutes=1)
    async with reading(ports) as db:
        assert await db.scalar(select(Erasure.id).where(Erasure.session_id == guest.session_id, soon))
    async with unit(ports) as work:
        await work.db.execute(update(Erasure).values(next_at=func.clock_timestamp()))
    await erasure.carry_out(ports)
    async with reading(ports) as db:
        now = await db.get_one(Job, job.id)
        assert (now.status, now.guest_name, now.guest_whatsapp) == ("canceled", forget.NOBODY, "")
