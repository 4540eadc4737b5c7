"""Brings the pictures to the server over HTTP, oldest first, copied ones last; tries for ever."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import httpx
import structlog

from app.domain.messages import WatcherTrouble
from watcher import parcel
from watcher.answers import ID_TAKEN, Outcome, read_answer
from watcher.clock import Clock
from watcher.gate import Gate
from watcher.ledger import Ledger, Shot
from watcher.pace import Pace
from watcher.parcel import FileChanged, Parcel
from watcher.reduced import WORTH_BYTES, Reducer
from watcher.screen_first import ScreenFirst
from watcher.settings import WatcherSettings
from watcher.shot import live_first
from watcher.sort import WAITING, shown_name
from watcher.turns import Turns

log = structlog.get_logger()

STRANGE_SECONDS = 10.0
LOCAL_DUPLICATE = "DUPLICATE"
"""Found by the ledger; the server was not asked."""
_TO_COME = frozenset({"receiving", *WAITING, "uploading"})
UNREACHABLE = "The server cannot be reached."


def _content(shot: Shot) -> set[str]:
    """What a picture is known by; nothing while it is received for the first time."""
    return {shot.sha256, shot.pixels} - {""}


class LineSlow(Exception):
    """The original would take too long."""


class Uploads:
    """A few uploads at a time; calls `answered` with each shot whose state is final.

    `changed` is called when a file is not any more what it was when it became whole.
    """

    def __init__(
        self,
        settings: WatcherSettings,
        clock: Clock,
        ledger: Ledger,
        pace: Pace,
        *,
        answered: Callable[[Shot], None],
        changed: Callable[[], None],
        screen_first: ScreenFirst,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._ledger = ledger
        self._answered = answered
        self._changed = changed
        self._screen_first = screen_first
        self.pace = pace
        self.gate = Gate(settings.retry_cap_seconds, barred=True)
        self.reducer = Reducer(settings.folder, settings.ledger_file.parent)
        self.trouble: WatcherTrouble | None = None
        """Why no upload gets through now."""
        self.slow = False
        """Whether pictures go as small copies first."""
        self._turns = Turns(lambda: [shot.shot_id for shot in live_first(ledger.live())])
        self._later: dict[str, Gate] = {}
        self._busy: set[str] = set()
        self._flag = asyncio.Event()
        self._last_words = ""

    def wake(self) -> None:
        """There may be something to upload."""
        self._flag.set()

    def server_is_back(self) -> None:
        """Do not wait any longer, unless the server itself has asked for it."""
        if not self.gate.demanded:
            self.gate.opens_at = 0.0
        self._flag.set()

    async def run(self) -> None:
        """Upload for ever."""
        await asyncio.to_thread(self.reducer.clear)
        async with (
            parcel.client(self._settings.server_url, self._settings.trusted()) as http,
            asyncio.TaskGroup() as tasks,
        ):
            for _ in range(self._settings.uploads):
                tasks.create_task(self._work(http))

    async def _work(self, http: httpx.AsyncClient) -> None:
        while True:
            shot = self.next()
            if shot is None:
                self._flag.clear()
                try:
                    async with asyncio.timeout(self._pause()):
                        await self._flag.wait()
                except TimeoutError:
                    pass
                continue
            self._busy.add(shot.shot_id)
            try:
                await self._deliver(http, shot)
            except sqlite3.Error:
                await asyncio.sleep(2)  # the ledger has said it
            except Exception:
                log.exception("a shot cannot be uploaded; trying again later", shot=shot.shot_id)
                self._wait(shot, STRANGE_SECONDS)
            finally:
                self._busy.discard(shot.shot_id)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _wait(self, shot: Shot, seconds: float) -> None:
        gate = self._later.setdefault(shot.shot_id, Gate(self._settings.retry_cap_seconds))
        gate.close(self._now(), seconds)

    def _pause(self) -> float:
        """Seconds until something may be due."""
        if self._screen_first.holds(now := self._now()):
            return 0.05
        for gone in [shot_id for shot_id in self._later if self._ledger.get(shot_id) is None]:
            del self._later[gone]
        due = [gate.opens_at for gate in self._later.values()]
        opens_at = self.gate.opens_at if now < self.gate.opens_at else min(due, default=now + 5.0)
        return min(max(opens_at - now, 0.02), 5.0)

    def under_way(self) -> bool:
        """Whether a picture is on its way, could be, or waits for others to be shown."""
        return bool(self._busy) or self._screen_first.holds(self._now()) or self.next() is not None

    def next(self) -> Shot | None:
        """The first shot that is due and whose picture is not on its way under another id."""
        now = self._now()
        if self.gate.is_closed(now) or self._screen_first.holds(now):
            return None
        photos = [shot for shot in self._ledger.live() if shot.kind == "photo" and shot.state in _TO_COME]
        taken = set[str]().union(*(_content(shot) for shot in photos if shot.shot_id in self._busy))
        for shot in live_first(photos):
            due = shot.shot_id not in self._later or now >= self._later[shot.shot_id].opens_at
            free = shot.shot_id not in self._busy and not _content(shot) & taken
            if shot.state != "receiving" and free and due:
                return shot
            taken |= _content(shot)
        return None

    async def _deliver(self, http: httpx.AsyncClient, shot: Shot) -> None:
        first = await self._ledger.known(shot)
        if first is not None:
            words = f"Same as shot {first.shot_id}."
            same = Outcome("final", "duplicate", LOCAL_DUPLICATE, words, same_as=first.shot_id)
            await self._finish(shot, same)
            return
        now = self._ledger.get(shot.shot_id)
        if now is None or now.state not in (*WAITING, "uploading"):
            return  # it changed on the disk in the meantime
        shot = await self._ledger.change(now, state="uploading")
        self._turns.enter(shot.shot_id)
        try:
            outcome = await self._try(http, shot)
            await self._settle(shot, outcome)
        except (FileChanged, FileNotFoundError):
            # The next scan sees it as a file that is being received, or as gone.
            await self._ledger.change(shot, state="receiving")
            self._changed()
        finally:
            self._turns.leave(shot.shot_id)

    async def _try(self, http: httpx.AsyncClient, shot: Shot) -> Outcome:
        try:
            big = shot.size > WORTH_BYTES
            self.slow = self._too_slow(shot.size) if big else self.slow
            if not (big and self.slow):
                try:
                    return await self._post(http, shot, may_be_slow=True)
                except LineSlow:
                    self.slow = True
            async with self.reducer.copy(shot) as small:
                if small is None:
                    return await self._post(http, shot, may_be_slow=False)
                ahead = self._parcel(shot, small.file, small.size, small.mtime_ns, small.sha256)
                return await self._exchange(http, shot, ahead, may_be_slow=False)
        except httpx.HTTPError as error:
            return Outcome("hold", code=type(error).__name__, message=UNREACHABLE, trouble="SERVER_AWAY")
        except FileNotFoundError:
            raise
        except OSError as error:
            return Outcome("later", code=type(error).__name__, message="The file cannot be read now.")

    def _too_slow(self, size: int) -> bool:
        return self.pace.would_take(size) > self._settings.slow_seconds

    async def _post(self, http: httpx.AsyncClient, shot: Shot, *, may_be_slow: bool) -> Outcome:
        file = self._settings.folder / shot.path
        whole = self._parcel(shot, file, shot.size, shot.mtime_ns, shot.sha256)
        return await self._exchange(http, shot, whole, may_be_slow=may_be_slow)

    async def _exchange(
        self, http: httpx.AsyncClient, shot: Shot, goods: Parcel, *, may_be_slow: bool
    ) -> Outcome:
        begun = self._now()

        async def step(left: int) -> None:
            if left <= parcel.PIECE:
                await self._turns.mine(shot.shot_id)
            elif may_be_slow and left > WORTH_BYTES and self._now() - begun > 1 and self._too_slow(left):
                raise LineSlow

        answer = await parcel.send(http, goods, self._settings.current_token(), self.pace, step)
        return read_answer(answer.status, answer.body, answer.headers, reduced="reducedOf" in goods.fields)

    def _parcel(self, shot: Shot, file: Path, size: int, mtime_ns: int, sha256: str) -> Parcel:
        when = self._clock.appearance(shot.appeared_at, shot.seen, shot.after)
        times = {
            "appearedAt": when.appeared_at,
            "appearedEarliest": when.appeared_earliest,
            "appearedLatest": when.appeared_latest,
            "takenAt": shot.taken_at,
        }
        words = {
            "shotId": shot.shot_id,
            "fileName": shown_name(shot.path),
            "sha256": sha256,
            **{name: moment.isoformat() for name, moment in times.items() if moment is not None},
            "camera": shot.camera,
            "qr": shot.qr,
            "reducedOf": shot.sha256 if sha256 != shot.sha256 else None,
        }
        fields = {name: value for name, value in words.items() if value}
        return Parcel(self._settings.shots_url, fields, file, size, mtime_ns, sha256)

    async def _settle(self, shot: Shot, outcome: Outcome) -> None:
        if outcome.kind == "final":
            self.went_well()
            self._later.pop(shot.shot_id, None)
            if outcome.code == ID_TAKEN and not shot.pixels:
                await self._ledger.renew(shot, shot.seen, shot.after)
                return
            await self._finish(shot, outcome)
            return
        if outcome.kind == "hold":
            self.hold(outcome)
        else:
            self._wait(shot, outcome.retry_after)
            self._say(outcome)
        await self._ledger.change(shot, state="whole")

    def went_well(self) -> None:
        """The server took something."""
        self.gate.open()
        self.trouble = None
        if self._last_words:
            log.info("the server takes pictures again")
            self._last_words = ""

    def hold(self, outcome: Outcome) -> None:
        """Nothing gets through for now."""
        self.trouble = outcome.trouble
        self.gate.close(self._now(), outcome.retry_after)
        self._say(outcome)

    def _say(self, outcome: Outcome) -> None:
        words = f"{outcome.code}: {outcome.message}"
        if words != self._last_words:
            log.warning("upload waits; every picture is kept", because=words, waiting=self._ledger.pending())
            self._last_words = words

    async def _finish(self, shot: Shot, outcome: Outcome) -> None:
        final = await self._ledger.surely(
            shot,
            state=outcome.state,
            reason=outcome.code,
            message=outcome.message,
            job_id=outcome.job_id,
            mate=outcome.same_as if outcome.same_as != shot.shot_id else None,
            owed=outcome.original_wanted,
            raw_wanted=outcome.raw_wanted,
            ended=self._clock.now(),
            told=outcome.state != "invalid" and outcome.code != LOCAL_DUPLICATE,
        )
        log.info(
            "shot answered",
            shot=shot.shot_id,
            file=shown_name(shot.path),
            state=final.state,
            job=final.job_id,
        )
        self._answered(final)
        self._flag.set()
