"""Before a stage runs: do the parts it uses work, who is to make it, and is there a slot for it.

A stage that must wait here costs no attempt: `enter` raises Wait with its reason. What is under way at a
maker stays there and is looked after; everybody else goes to the first maker of the chain that can be used.
"""

from dataclasses import dataclass

import structlog

from app.db import breakers, halts, runs, slots, spend
from app.db.breakers import Seen
from app.db.unit import Unit, reading, unit
from app.domain.chain import ORIGINAL, Step
from app.domain.errors import Fatal, Wait
from app.ports import Ports
from tasks.stage import Stage
from tasks.work import StageRun

log = structlog.get_logger()

SLOT_SECONDS = 60.0
SPEND_SECONDS = 300.0
BREAKER_SECONDS = 3600.0


@dataclass(frozen=True)
class Blocked:
    """Why a maker cannot be used now, as a code, and the wait that it would take."""

    because: str
    wait: Wait | None


async def enter(ports: Ports, run: StageRun, stage: Stage) -> None:
    """Let the run into the stage, at the right maker. Raises Wait, and Fatal when nobody can make it."""
    async with reading(ports) as db:
        seen = await breakers.see(db)
    for part in stage.uses:
        await _part(ports, run, seen, part)
    if not stage.outside:
        return
    if run.under_way:
        await _leave(ports, run, stage)
    if not run.under_way:
        await _choose(ports, run, seen)
    while run.maker.provider != ORIGINAL:
        await _part(ports, run, seen, run.maker.provider)
        if await _has_slot(ports, run, seen):
            return


async def _part(ports: Ports, run: StageRun, seen: Seen, part: str) -> None:
    """Heed the breaker of a part; the one who may try an open one takes its probe."""
    said = seen.verdict(part, run.job_id)
    if said.kind == "probe":
        async with unit(ports) as work:
            await runs.still(work.db, run.job)
            if await breakers.probe(work, part, run.job_id):
                run.probing.add(part)
                return
        raise _open(part, 2.0)
    if said.kind == "wait":
        raise _open(part, (said.until - seen.now).total_seconds() if said.until else BREAKER_SECONDS)


def _open(part: str, seconds: float) -> Wait:
    return Wait(breakers.parked_for(part), max(seconds, 0.5), "breaker", part)


async def _leave(ports: Ports, run: StageRun, stage: Stage) -> None:
    """Leave the maker that has the task: a person chose another one, or the deadline is over.

    Where it is not known whether it has, only a person ends the waiting.
    """
    switched = run.memory.get("maker") != run.step
    over = run.seconds_left <= 0 and not run.unknown
    if stage.abandon is not None and (switched or over):
        await stage.abandon(run, ports)


async def _choose(ports: Ports, run: StageRun, seen: Seen) -> None:
    """Stay with the maker where the chain is, or go to the first one after it that can be used."""
    blocked = await _blocked(ports, run, seen, run.step)
    if blocked is None and run.seconds_left > 0:
        return
    following = await _following(ports, run, seen)
    if following is not None:
        await move(ports, run, following, blocked.because if blocked else "JOB_DEADLINE")
        return
    if run.seconds_left <= 0:
        raise Fatal("JOB_DEADLINE", "The picture was not made within the time a guest waits.")
    if blocked is not None and blocked.wait is not None:
        raise blocked.wait
    raise Fatal("PROVIDER_UNKNOWN", "The maker of this style is not set up on this worker.")


async def _following(ports: Ports, run: StageRun, seen: Seen) -> int | None:
    for step in range(run.step + 1, len(run.makers)):
        if await _blocked(ports, run, seen, step) is None:
            return step
    return None


async def _blocked(ports: Ports, run: StageRun, seen: Seen, step: int) -> Blocked | None:
    """Why this maker cannot be used now; None when it can."""
    maker = run.makers[step]
    if maker.provider == ORIGINAL:
        return None
    if maker.provider not in ports.providers:
        return Blocked("PROVIDER_UNKNOWN", None)
    said = seen.verdict(maker.provider, run.job_id)
    if said.kind == "wait":
        seconds = (said.until - seen.now).total_seconds() if said.until else BREAKER_SECONDS
        return Blocked("breaker", _open(maker.provider, seconds))
    if maker.provider in ports.policy.paid_providers and not await _affordable(ports, run, maker):
        parked_for = spend.parked_for(run.job.event_id)
        return Blocked("spend_limit", Wait(parked_for, SPEND_SECONDS, "spend_limit"))
    return None


async def _affordable(ports: Ports, run: StageRun, maker: Step) -> bool:
    async with reading(ports) as db:
        budget = await spend.budget(db, run.job.event_id, maker.provider, maker.style_id)
    if not budget.allows:
        async with unit(ports) as work:
            await spend.alert(work, run.job.event_id, budget)
    return budget.allows


async def move(ports: Ports, run: StageRun, step: int, because: str) -> None:
    """Hand the job on to another maker of its chain, and go on with that one."""
    async with unit(ports) as work:
        await runs.still(work.db, run.job)
        seconds = await moved(work, run, step, because)
    run.step = step
    run.failures = 0
    run.memory = {**run.memory, "waiting_from": run.age}
    if seconds is not None:
        run.new_deadline(seconds)


async def moved(work: Unit, run: StageRun, step: int, because: str) -> float | None:
    """Write that another maker has the job now; gives the seconds it gets where the deadline left too few."""
    was, maker, policy = run.maker.provider, run.makers[step], run.ports.policy
    seconds = policy.fallback_seconds if run.seconds_left <= policy.fallback_seconds else None
    await halts.switch(
        work,
        run.job,
        run.stage,
        step=step,
        provider=maker.provider,
        was=was,
        because=because,
        waiting_from=run.age,
        seconds=seconds,
    )
    await breakers.release(work, run.job_id, [was])
    await slots.free(work, run.job_id)
    log.info("maker_switched", was=was, to=maker.provider, because=because)
    return seconds


async def _has_slot(ports: Ports, run: StageRun, seen: Seen) -> bool:
    """A slot at the maker, where it has slots; False when the job went to another maker instead.

    Raises Wait while all are taken. What is under way there needs none to be looked after.
    """
    provider = run.maker.provider
    total = ports.policy.provider_slots.get(provider)
    if total is None:
        return True
    async with unit(ports) as work:
        await runs.still(work.db, run.job)
        if await slots.take(work, provider, run.job_id, total) or run.under_way:
            return True
        used = await slots.taken(work.db, provider)
    if run.waited > ports.policy.queue_wait:
        following = await _following(ports, run, seen)
        if following is not None:
            await move(ports, run, following, "QUEUE_WAIT")
            return False
    left = ports.policy.queue_wait - run.waited
    seconds = min(SLOT_SECONDS, left) if left > 0 else SLOT_SECONDS
    raise Wait(slots.parked_for(provider), seconds, "slot", f"{provider} {used}/{total}")
