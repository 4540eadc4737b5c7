"""Callbacks of kie.ai: only the signed are heard, they only ring; what nobody waits for is kept, bounded."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from ulid import ULID

from app.db import parking
from app.db.tables import Job, JobSignal, ProviderHint, ProviderSpend
from app.db.unit import reading, unit
from app.domain.errors import NotSignedIn, Transient
from app.ports import Ports
from app.services import callbacks, cleaning
from tests.app.services.conftest import MovedClock
from tests.fakes.kie_server import signed
from tests.fakes.ports import event_of, queued_job, story

KEY = "webhook-key"


@pytest.fixture
def heard_ports(ports: Ports) -> Ports:
    """The ports of an installation whose kie.ai signs its callbacks."""
    policy = replace(ports.policy, kie_webhook_key=KEY, callback_base_url="https://booth.example.org")
    return replace(ports, policy=policy)


def body(task_id: Any, name: str = "taskId") -> bytes:
    return json.dumps({"code": 200, "msg": "done", "data": {name: task_id, "state": "success"}}).encode()


async def call(ports: Ports, task_id: str, *, key: str = KEY, content: bytes | None = None) -> None:
    """Call back as kie does."""
    headers = signed(key, task_id)
    await callbacks.kie_called(
        ports,
        body(task_id) if content is None else content,
        headers["X-Webhook-Timestamp"],
        headers["X-Webhook-Signature"],
    )


async def hints(ports: Ports) -> list[str]:
    """The tasks that are kept."""
    async with reading(ports) as db:
        found = await db.scalars(select(ProviderHint.task_id).order_by(ProviderHint.task_id))
        return list(found)


async def parked_job(ports: Ports, task_id: str) -> str:
    """A job whose task runs at kie, looked at again in an hour."""
    job_id = await queued_job(ports)
    async with unit(ports) as work:
        work.db.add(
            ProviderSpend(
                submission=str(ULID()), provider="kie", task_id=task_id, job_id=job_id,
                event_id=await event_of(ports), style_id="pencil", state="taken",
            )
        )  # fmt: skip
        await work.db.execute(
            update(Job)
            .where(Job.id == job_id)
            .values(
                parked_for=parking.for_task("kie", task_id),
                due_at=func.clock_timestamp() + timedelta(hours=1),
            )
        )
    return job_id


async def test_a_callback_lets_its_parked_job_be_due(heard_ports: Ports) -> None:
    job_id, other = await parked_job(heard_ports, "task-1"), await parked_job(heard_ports, "task-2")
    await call(heard_ports, "task-1")
    await call(heard_ports, "task-1")
    now = heard_ports.clock.now()
    assert (await story(heard_ports, job_id)).job.due_at <= now
    assert (await story(heard_ports, other)).job.due_at > now


async def test_the_other_name_of_the_id(heard_ports: Ports) -> None:
    await call(heard_ports, "task-1", content=body("task-1", "task_id"))
    assert await hints(heard_ports) == ["task-1"]


async def test_a_callback_before_its_id_is_known_is_kept_for_the_job(heard_ports: Ports) -> None:
    await call(heard_ports, "early")
    job_id = await parked_job(heard_ports, "early")
    async with unit(heard_ports) as work:
        assert await parking.has_come(work, job_id, parking.for_task("kie", "early"))
    assert await hints(heard_ports) == []


async def test_what_nobody_came_for_is_forgotten(heard_ports: Ports) -> None:
    await call(heard_ports, "old")
    async with unit(heard_ports) as work:
        await work.db.execute(
            update(ProviderHint).values(heard_at=func.clock_timestamp() - timedelta(minutes=11))
        )
    await call(heard_ports, "new")
    assert await hints(heard_ports) == ["new"]
    async with unit(heard_ports) as work:
        await work.db.execute(text("UPDATE provider_hints SET heard_at = now() - interval '1 day'"))
    await cleaning.clear(heard_ports)
    assert await hints(heard_ports) == []


async def test_no_more_than_so_many_are_kept(heard_ports: Ports) -> None:
    few = replace(heard_ports, policy=replace(heard_ports.policy, hints_kept=3))
    for number in range(6):
        await call(few, f"task-{number}")
    assert await hints(few) == ["task-3", "task-4", "task-5"]


async def test_forged_and_stale_callbacks_are_refused(heard_ports: Ports, clock: MovedClock) -> None:
    good = signed(KEY, "task-1")
    stamp, mark = good["X-Webhook-Timestamp"], good["X-Webhook-Signature"]
    wrong: list[tuple[bytes, str, str]] = [
        (body("task-1"), stamp, signed("another", "task-1")["X-Webhook-Signature"]),
        (body("task-2"), stamp, mark),
        (body("task-1"), str(int(stamp) + 1), mark),
        (body("task-1"), "", mark),
        (body("task-1"), stamp, ""),
        (body("task-1"), stamp, "é" * 44),
        (body("task-1"), "١٢٣", mark),
        (body("task-1"), "9" * 400, mark),
        (body(None), stamp, mark),
        (body(["task-1"]), stamp, mark),
        (b"", stamp, mark),
        (b"[" * 100_000, stamp, mark),
        (b"\xff\xfe", stamp, mark),
        (b'{"data": "task-1"}', stamp, mark),
    ]
    for content, at, signature in wrong:
        with pytest.raises(NotSignedIn):
            await callbacks.kie_called(heard_ports, content, at, signature)
    for ahead in (-301, 302):
        clock.ahead = timedelta(seconds=ahead)
        with pytest.raises(NotSignedIn):
            await callbacks.kie_called(heard_ports, body("task-1"), stamp, mark)
    assert await hints(heard_ports) == []
    clock.ahead = timedelta(seconds=290)
    await callbacks.kie_called(heard_ports, body("task-1"), stamp, mark)
    assert await hints(heard_ports) == ["task-1"]


@pytest.mark.parametrize("task_id", ["a\x00b", "a\ud800b", "x" * 300, "a\nb"])
async def test_an_id_that_cannot_be(heard_ports: Ports, task_id: str) -> None:
    headers = signed(KEY, task_id.encode("utf-8", "replace").decode())
    with pytest.raises(NotSignedIn):
        await callbacks.kie_called(
            heard_ports, body(task_id), headers["X-Webhook-Timestamp"], headers["X-Webhook-Signature"]
        )


@pytest.mark.parametrize("key", [None, ""])
async def test_without_a_key_all_are_refused(ports: Ports, key: str | None) -> None:
    """An empty key would make a signature that anybody can make."""
    keyless = replace(
        ports, policy=replace(ports.policy, kie_webhook_key=key, callback_base_url="https://b.example.org")
    )
    with pytest.raises(NotSignedIn):
        await call(keyless, "task-1", key="")
    assert callbacks.url_for(keyless, "kie") is None


async def test_who_gets_an_address_to_call(ports: Ports, heard_ports: Ports) -> None:
    assert callbacks.url_for(heard_ports, "kie") == "https://booth.example.org/api/v1/providers/kie/callback"
    assert callbacks.url_for(heard_ports, "local") is None
    assert callbacks.url_for(ports, "kie") is None


class Records:
    """A provider that knows for whom its tasks were made; it counts the questions."""

    def __init__(self, made_for: dict[str, str], away: bool = False) -> None:
        self.made_for = made_for
        self.away = away
        self.asked = 0

    async def submission_of(self, task_id: str) -> str | None:
        self.asked += 1
        if self.away:
            raise Transient("KIE_AWAY", "away")
        return self.made_for.get(task_id)


def with_records(ports: Ports, records: Records) -> Ports:
    """The ports of an installation whose kie keeps these records."""
    return replace(ports, records={"kie": records})


async def unanswered_job(ports: Ports, submission: str, state: str = "unknown") -> str:
    """A job that waits for a person to say what became of what it asked kie for."""
    job_id = await queued_job(ports)
    async with unit(ports) as work:
        work.db.add(
            ProviderSpend(
                submission=submission, provider="kie", job_id=job_id, event_id=await event_of(ports),
                style_id="pencil", state=state,
            )
        )  # fmt: skip
        await work.db.execute(
            update(Job)
            .where(Job.id == job_id)
            .values(
                parked_for=parking.for_signal(parking.outcome_signal(submission)),
                due_at=func.clock_timestamp() + timedelta(hours=1),
            )
        )
    return job_id


async def told(ports: Ports) -> list[tuple[str, str, dict[str, Any]]]:
    """All signals: whose, by whom, what."""
    async with reading(ports) as db:
        found = await db.scalars(select(JobSignal).order_by(JobSignal.id))
        return [(signal.job_id, signal.sent_by, signal.payload) for signal in found]


@pytest.mark.parametrize("state", ["asked", "unknown"])
async def test_a_callback_finds_the_job_whose_answer_was_lost(heard_ports: Ports, state: str) -> None:
    mine, other = str(ULID()), str(ULID())
    records = Records({"task-1": mine})
    ports = with_records(heard_ports, records)
    job_id, another = await unanswered_job(ports, mine, state), await unanswered_job(ports, other)
    for _ in range(2):
        await call(ports, "task-1")
    assert await told(ports) == [(job_id, "kie", {"taskId": "task-1"})]
    assert (await story(ports, job_id)).job.due_at <= ports.clock.now()
    assert (await story(ports, another)).job.due_at > ports.clock.now()


async def test_a_task_of_nobody_is_told_to_nobody(heard_ports: Ports) -> None:
    records = Records({"task-1": str(ULID()), "task-2": "", "known": str(ULID())})
    ports = with_records(heard_ports, records)
    await parked_job(ports, "known")
    for task_id in ("task-1", "known"):
        await call(ports, task_id)
    assert records.asked == 0, "nobody waits for an answer: kie is not asked"
    await unanswered_job(ports, str(ULID()))
    for task_id in ("task-1", "task-2", "task-3", "known"):
        await call(ports, task_id)
    assert (await told(ports), records.asked) == ([], 3)


async def test_while_kie_cannot_be_asked_the_person_still_can(heard_ports: Ports) -> None:
    ports = with_records(heard_ports, Records({}, away=True))
    await unanswered_job(ports, str(ULID()))
    await call(ports, "task-1")
    assert (await told(ports), await hints(ports)) == ([], ["task-1"])
