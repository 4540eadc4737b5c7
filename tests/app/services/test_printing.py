"""A print comes out once, whatever is lost on the way, and says what it waits for and what nobody knows."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from pyipp.enums import IppOperation
from sqlalchemy import update

from app.adapters.ipp import IppPrinters
from app.db.live import READERS
from app.db.tables import Booth, Job, JobPrint
from app.db.unit import reading, unit
from app.domain.access import Principal
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.messages import BoothChanged
from app.domain.printing import checked_printer, printer_uri
from app.ports import Ports
from app.services import booth_setup, printers, printing, prints
from tests.app.services.conftest import MovedClock
from tests.app.services.test_incidents import told
from tests.fakes.ipp_server import FakePrinter, ipp_printer
from tests.fakes.ports import event_of, queued_job
from tests.fakes.stack import picture

BOOTH = "booth-1"


@pytest.fixture
def paper() -> Iterator[FakePrinter]:
    """The booth's printer."""
    with ipp_printer() as made:
        yield made


@pytest.fixture
async def house(ports: Ports, admin: Principal, paper: FakePrinter) -> AsyncIterator[Ports]:
    """The installation with a printer at its booth, and short patience."""
    spoken = IppPrinters("ipp://127.0.0.1:9", call_seconds=2.0, send_seconds=1.0)
    made = replace(ports, printers=spoken)
    event_id = await event_of(made)
    await booth_setup.put(made, admin, BOOTH, name="Booth 1", event_id=event_id, printer=paper.uri)
    yield made
    await spoken.close()


@pytest.fixture
async def job_id(house: Ports) -> str:
    """A delivered picture, landscape."""
    made = await queued_job(house, booth_id=BOOTH)
    key = f"events/x/{made}/output_1-1.jpg"
    await house.storage.put_bytes(key, picture(900, 600), "image/jpeg")
    async with unit(house) as work:
        await work.db.execute(
            update(Job).where(Job.id == made).values(status="succeeded", best_output_key=key)
        )
    return made


async def step(ports: Ports, times: int = 1) -> None:
    """Workers come by, all that waits for its time being due."""
    for _ in range(times):
        async with unit(ports) as work:
            open_ones = JobPrint.due_at.is_not(None)
            await work.db.execute(update(JobPrint).where(open_ones).values(due_at=JobPrint.created_at))
        await printing.carry_out(ports)


async def standing(ports: Ports, job_id: str) -> tuple[str, str]:
    """The newest print's state and reason, as the job's live row says it."""
    async with reading(ports) as db:
        job = await db.get_one(Job, job_id, populate_existing=True)
        row = (await prints.of_job(db, job_id))[0]
        assert job.printing is not None
        assert (job.printing["status"], job.printing["because"]) == (row.status, row.because)
        return row.status, row.because


async def test_a_print_comes_out_on_its_paper_and_is_counted(
    house: Ports, admin: Principal, job_id: str, paper: FakePrinter
) -> None:
    first, twin = await asyncio.gather(
        *(prints.request(house, admin, job_id, copies=2, key="one-press") for _ in range(2))
    )
    assert first.id == twin.id
    assert {first.repeated, twin.repeated} == {True, False}
    await step(house, 2)
    assert await standing(house, job_id) == ("printed", "")
    (job,) = paper.printed
    assert job.copies == 2
    assert first.id in job.name
    with Image.open(BytesIO(job.picture)) as sheet:
        assert sheet.size == (1200, 1800)  # 4 x 6 inches at 300 dots, the picture turned onto it
    await prints.request(house, admin, job_id, key="another-press")
    await step(house, 2)
    assert [job.copies for job in paper.printed] == [2, 1]
    async with reading(house) as db:
        told = (await db.get_one(Job, job_id)).printing
    assert told is not None
    assert told["copiesPrinted"] == 3
    assert told["requests"] == 2


async def test_what_cannot_be_printed_is_refused_in_words(
    house: Ports, admin: Principal, job_id: str
) -> None:
    with pytest.raises(Invalid, match="COPIES_INVALID"):
        await prints.request(house, admin, job_id, copies=10)
    with pytest.raises(Conflict, match="NOT_READY"):
        await prints.request(house, admin, await queued_job(house, booth_id=BOOTH))
    with pytest.raises(Conflict, match="NO_PRINTER"):
        await prints.request(house, admin, job_id, booth_id="booth-2")
    with pytest.raises(NotFound, match="JOB_NOT_FOUND"):
        await prints.request(house, replace(admin, events=frozenset()), job_id)
    await prints.request(house, admin, job_id, key="k")
    with pytest.raises(Conflict, match="IDEMPOTENCY_CONFLICT"):
        await prints.request(house, admin, job_id, copies=2, key="k")
    for _ in range(prints.WAITING_MAX - 1):
        await prints.request(house, admin, job_id)
    with pytest.raises(Conflict, match="PRINTS_TOO_MANY"):
        await prints.request(house, admin, job_id)


async def test_an_answer_lost_after_the_picture_arrived_prints_once(
    house: Ports, admin: Principal, job_id: str, paper: FakePrinter
) -> None:
    paper.losing = {IppOperation.SEND_DOCUMENT}
    await prints.request(house, admin, job_id)
    await step(house)
    assert (await standing(house, job_id))[0] == "sending"
    paper.losing = set()
    await step(house)
    assert await standing(house, job_id) == ("printed", "")
    assert len(paper.jobs) == len(paper.printed) == 1


async def test_a_picture_that_never_arrived_is_sent_in_a_new_job(
    house: Ports, admin: Principal, job_id: str, paper: FakePrinter
) -> None:
    """A worker that died between its word that it sends and the first byte leaves an empty job there."""
    made = await prints.request(house, admin, job_id)
    assert house.printers is not None
    number = await house.printers.create(paper.uri, "x", 1)
    async with unit(house) as work:
        lost = {"status": "sending", "remote_id": number, "asked_at": house.clock.now()}
        await work.db.execute(update(JobPrint).where(JobPrint.id == made.id).values(**lost))
    await step(house, 3)
    assert await standing(house, job_id) == ("printed", "")
    assert [bool(job.picture) for job in paper.jobs.values()] == [False, True]


async def test_what_the_printer_forgot_is_for_a_person_to_say(
    house: Ports, admin: Principal, job_id: str, paper: FakePrinter
) -> None:
    paper.losing = {IppOperation.SEND_DOCUMENT}
    made = await prints.request(house, admin, job_id)
    await step(house)
    paper.losing, paper.forgets = set(), True
    await step(house, 3)
    assert await standing(house, job_id) == ("unknown", "PRINT_UNSURE")
    assert len(paper.jobs) == 1  # nobody printed it a second time
    settled = await prints.settle(house, admin, job_id, made.id, "printed")
    assert (settled.status, settled.resolved_by) == ("printed", "boss")
    with pytest.raises(Conflict, match="PRINT_ENDED"):
        await prints.settle(house, admin, job_id, made.id, "missing")


async def test_a_print_waits_for_paper_and_for_a_printer_that_is_away(
    house: Ports, admin: Principal, job_id: str, paper: FakePrinter, clock: MovedClock
) -> None:
    paper.out_of_paper()
    first = await prints.request(house, admin, job_id)
    await step(house, 3)
    assert (await standing(house, job_id))[0] == "printing"
    with pytest.raises(Conflict, match="PRINT_UNDER_WAY"):
        await prints.settle(house, admin, job_id, first.id, "missing")
    clock.ahead = timedelta(seconds=printing.SLOW_SECONDS + 1)
    await step(house)
    assert await standing(house, job_id) == ("printing", "PRINT_SLOW")
    paper.refill()
    await step(house)
    assert await standing(house, job_id) == ("printed", "")
    clock.ahead = timedelta(0)
    paper.accepting = False
    second = await prints.request(house, admin, job_id)
    await step(house)
    assert await standing(house, job_id) == ("requested", "PRINTER_BUSY")
    assert (await prints.settle(house, admin, job_id, second.id, "missing")).status == "canceled"
    await prints.request(house, admin, job_id)
    clock.ahead = timedelta(seconds=printing.GIVE_UP_SECONDS + 1)
    await step(house)
    assert await standing(house, job_id) == ("failed", "PRINTER_BUSY")
    assert len(paper.printed) == 1


async def test_a_worker_that_lost_its_lease_writes_nothing(
    house: Ports, admin: Principal, job_id: str, paper: FakePrinter
) -> None:
    paper.slow.clear()
    await prints.request(house, admin, job_id)
    slow = asyncio.create_task(step(house))
    while not paper.asked["GET_PRINTER_ATTRIBUTES"]:
        await asyncio.sleep(0.01)
    async with unit(house) as work:
        await work.db.execute(update(JobPrint).values(fence=JobPrint.fence + 1))
    paper.slow.set()
    await slow
    assert await standing(house, job_id) == ("requested", "")
    assert not paper.asked["SEND_DOCUMENT"]


async def test_a_picture_that_was_taken_back_is_not_printed(
    house: Ports, admin: Principal, job_id: str, paper: FakePrinter
) -> None:
    await prints.request(house, admin, job_id)
    async with unit(house) as work:
        await work.db.execute(update(Job).where(Job.id == job_id).values(best_output_key=None))
    await step(house)
    assert await standing(house, job_id) == ("failed", "PRINT_PICTURE_GONE")
    assert not paper.jobs


async def test_how_a_printer_is_stands_in_its_booths_row(
    house: Ports, admin: Principal, paper: FakePrinter
) -> None:
    async def looked() -> tuple[str, str]:
        async with unit(house) as work:
            await work.db.execute(update(Booth).values(printer_asked_at=None))
        await printers.look(house)
        async with reading(house) as db:
            row = (await READERS["booth"](db, [BOOTH]))[0]
        assert isinstance(row, BoothChanged)
        assert row.printer_state is not None
        return row.printer_state.state, row.printer_state.because

    assert await looked() == ("ready", "")
    paper.reasons = ["media-low-warning"]
    assert await looked() == ("ready", "PRINTER_PAPER_LOW")
    paper.out_of_paper()
    assert await looked() == ("trouble", "PRINTER_PAPER_OUT")
    paper.reasons, paper.stopped = ["paused"], True
    assert await looked() == ("trouble", "PRINTER_STOPPED")
    assert [one for one in await told(house) if one[2]] == [("printer", paper.uri, True)]
    paper.losing = {IppOperation.GET_PRINTER_ATTRIBUTES}
    assert await looked() == ("away", "PRINTER_AWAY")
    event_id = await event_of(house)
    await booth_setup.put(house, admin, BOOTH, name="Booth 1", event_id=event_id, printer="")
    assert not [one for one in await told(house) if one[2]]
    await booth_setup.put(house, admin, BOOTH, name="Booth 1", event_id=event_id, printer="DNP_photo")
    assert await looked() == ("away", "PRINTER_AWAY")  # no print server there


@pytest.mark.parametrize(
    "text",
    ["http://x", "ipp://", "ipp://u:p@x/y", "a/b", "a?b", "ipp://x:0/", "ipp://x:k/", "ipp://x/ y", "a b"],
)
def test_what_is_no_printer(text: str) -> None:
    with pytest.raises(Invalid, match="PRINTER_INVALID"):
        checked_printer(text)


def test_a_name_is_a_queue_of_the_print_server() -> None:
    assert checked_printer(" DNP_1 ") == "DNP_1"
    assert printer_uri("DNP_1", "ipp://cups:631") == "ipp://cups:631/printers/DNP_1"
    assert printer_uri("ipp://x/ipp/print", "ipp://cups:631") == "ipp://x/ipp/print"
