"""What goes wrong is written down once, from when until when, whoever notices it and however often."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, update

from app.db import breakers, migrate, programs
from app.db.live_house import incidents, lanes
from app.db.live_house import programs as read_programs
from app.db.tables import Breaker, Program
from app.db.unit import reading, unit
from app.domain.access import Principal
from app.domain.house import BoothScreens, ProgramChanged
from app.domain.messages import IncidentChanged
from app.ports import Ports, ProviderHealth
from app.services import checks, house, watchers
from app.services.programs import WebLook, Who, says_goodbye, worker_lives
from tests.fakes.maker import Maker


async def told(ports: Ports) -> list[tuple[str, str, bool]]:
    """Kind, subject and whether it is still open, newest first."""
    async with reading(ports) as db:
        found: list[IncidentChanged] = await incidents(db)
    return [(one.kind_of, one.subject, one.ended_at is None) for one in found]


async def living(ports: Ports) -> dict[str, ProgramChanged]:
    """The programs as screens see them."""
    async with reading(ports) as db:
        return {row.id: row for row in await read_programs(db)}


class Moody(Maker):
    """A maker whose health a test decides."""

    because = ""

    async def health(self) -> ProviderHealth:
        """As told."""
        return ProviderHealth(ok=not self.because, because=self.because)


async def test_a_provider_that_does_not_answer_is_one_incident(ports: Ports) -> None:
    maker = Moody("moody")
    ports = replace(ports, providers={"moody": maker})
    async with unit(ports) as work:
        await breakers.register(work, {"moody": 0})

    async def looked(because: str) -> str:
        maker.because = because
        async with unit(ports) as work:
            await work.db.execute(update(Breaker).values(check_asked_at=None))
        await checks.look(ports)
        await checks.look(ports)  # not its turn: asked once
        return next(part for part in (await house.state(ports))[0] if part.id == "moody").check_because

    assert await looked("") == ""
    assert await told(ports) == []
    assert [await looked("PROVIDER_AWAY") for _ in range(2)] == ["PROVIDER_AWAY"] * 2
    assert await told(ports) == [("check", "moody", True)]
    assert await looked("") == ""
    assert await told(ports) == [("check", "moody", False)]


async def test_a_program_that_falls_silent_is_missed_until_another_one_comes(
    ports: Ports, tmp_path: Path
) -> None:
    def worker(name: str) -> Who:
        return Who(name, "worker", "laptop", "1", tmp_path)

    async def silent(name: str) -> None:
        async with unit(ports) as work:
            past = func.clock_timestamp() - timedelta(seconds=60)
            moved = {"seen_at": past, "started_at": past}
            await work.db.execute(update(Program).where(Program.id == name).values(**moved))
        async with unit(ports) as work:
            await programs.note_silent(work)

    await worker_lives(ports, worker("one"), 1, 4)
    await says_goodbye(ports, worker("one"))
    await silent("one")
    assert await told(ports) == []

    await worker_lives(ports, worker("two"), 0, 4)
    await silent("two")
    assert await told(ports) == [("worker", "laptop", True)]
    assert (await living(ports))["two"].lost_at is not None
    await worker_lives(ports, worker("three"), 0, 4)
    assert await told(ports) == [("worker", "laptop", False)]

    await silent("three")
    await worker_lives(ports, worker("three"), 0, 4)  # it only slept
    assert [one[2] for one in await told(ports)] == [False, False]


async def test_a_web_tells_what_it_stands_on_and_who_looks(ports: Ports, tmp_path: Path) -> None:
    look = WebLook(ports, Who("web-1", "web", "laptop", "1", tmp_path))
    await look.look([BoothScreens(booth_id="booth-1", screens=2, lag_ms=40)])
    facts = (await living(ports))["web-1"].facts
    assert (facts.redis, facts.storage, facts.migration) == (True, True, migrate.head())
    assert facts.migration == facts.migration_head
    assert facts.screens[0].screens == 2
    assert facts.disk_free
    assert await told(ports) == []


async def test_what_people_switch_and_laptops_that_go(ports: Ports, admin: Principal) -> None:
    await house.pause(ports, admin, "bulk", "a break")
    await watchers.came(ports, "booth-1", "a-1", "1")
    await watchers.went(ports, "booth-1", "a-1")
    await watchers.went(ports, "booth-1", "a-1")
    assert await told(ports) == [("watcher", "booth-1", True), ("lane", "bulk", True)]
    await watchers.came(ports, "booth-1", "a-2", "1")
    await watchers.fell_silent(ports, "booth-1", "a-2")
    await watchers.stopped(ports, "booth-1", "a-2")
    await house.resume(ports, admin, "bulk")
    assert await told(ports) == [("watcher", "booth-1", False), ("lane", "bulk", False)]
    async with reading(ports) as db:
        assert not any(lane.paused for lane in await lanes(db))
