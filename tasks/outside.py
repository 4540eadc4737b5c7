"""What runs tell the breakers, what they hold at providers, and how many cores they keep busy."""

import asyncio
import os
from collections import Counter
from contextlib import AbstractAsyncContextManager, nullcontext

from app.db import breakers, slots
from app.db.unit import Unit, unit
from app.domain.chain import ORIGINAL
from app.ports import Ports
from tasks.faults import STORAGE, Fault
from tasks.stage import Stage
from tasks.work import StageRun

NOBODY = "-"


class Outside:
    """One per worker. Good calls of parts that every stage uses are counted here and told now and then."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._good: Counter[str] = Counter()
        self._cores = asyncio.Semaphore(os.cpu_count() or 1)

    async def register(self) -> None:
        """Write down which parts there are, so that screens show them."""
        totals = self._ports.policy.provider_slots
        parts = {name: totals.get(name, 0) for name in sorted({*self._ports.providers, STORAGE})}
        async with unit(self._ports) as work:
            await breakers.register(work, parts)

    def core(self, stage: Stage) -> AbstractAsyncContextManager[object]:
        """A core for a stage that keeps one busy; it waits until there is one."""
        return self._cores if stage.heavy else nullcontext()

    async def worked(self, work: Unit, run: StageRun, done: Stage | None) -> None:
        """A stage is done: a good word for what it used; what it held at its maker is free."""
        if done is None:
            return
        for part in done.uses:
            self._good[part] += 1
        for part in sorted(run.probing & set(done.uses)):
            await self._tell(work, run, part)
        if done.outside and run.maker.provider != ORIGINAL:
            await breakers.count(work, run.maker.provider, run.job_id, good=1)
            await slots.free(work, run.job_id)
        run.probing.clear()

    async def _tell(self, work: Unit, run: StageRun, part: str) -> None:
        self._good.pop(part, None)
        await breakers.count(work, part, run.job_id, good=1)

    async def failed(self, work: Unit, run: StageRun, stage: Stage, fault: Fault) -> None:
        """A try failed: the part that is to blame hears of it; a refusal is an answer, and so a good word."""
        part = fault.part
        if part is not None:
            good = self._good.pop(part, 0)
            await breakers.count(work, part, run.job_id, good=good)
            await breakers.count(work, part, run.job_id, bad=1, because=fault.code, account=fault.account)
        elif stage.outside and not fault.passes and run.maker.provider in run.probing:
            await breakers.count(work, run.maker.provider, run.job_id, good=1)
        run.probing.discard(part or run.maker.provider)

    async def put_aside(self, work: Unit, run: StageRun, seconds: float | None) -> None:
        """The job waits: what is under way at its maker keeps its place, all else is given back."""
        if run.under_way and seconds is not None:
            await slots.keep(work.db, run.job_id, seconds + slots.LEASE_SECONDS)
            await breakers.keep_probe(work.db, run.job_id, seconds)
        else:
            await self.left(work, run)

    async def left(self, work: Unit, run: StageRun) -> None:
        """The run is over without an answer: probes and slots are free for others."""
        await breakers.release(work, run.job_id, run.probing)
        await slots.free(work, run.job_id)

    async def flush(self) -> None:
        """Tell the breakers the good calls since the last time."""
        told, self._good = self._good, Counter()
        for part, number in told.items():
            async with unit(self._ports) as work:
                await breakers.count(work, part, NOBODY, good=number)
