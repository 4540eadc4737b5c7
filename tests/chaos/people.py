"""The people of the run, all over HTTP: guests whose pictures are posted, and a supervisor who mends."""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from app.db.parking import OUTCOME, for_signal
from app.domain.errors import Unavailable
from tests.chaos.house import House
from tests.fakes.stack import picture

AGAIN_SECONDS = 0.5
OPEN_MAX = 24
"""Guests stand in line: with so many pictures in the making the next one waits."""
HELD_BACK = 40
SLOWLY_SECONDS = 3.0
"""The last guests take their time while a kind of fault has not happened yet: it needs jobs to happen to."""
LOOK_SECONDS = 1.0
PICTURES = 8


@dataclass
class Guests:
    """Post `count` pictures at a pace, each until it is accepted; a lost answer is asked for by its key."""

    house: House
    count: int
    per_second: float
    jobs: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """In a thread of its own."""
        images = [picture(240, 320, seed=seed) for seed in range(PICTURES)]
        pause = 1 / self.per_second
        session = ""
        for number in range(self.count):
            if number % 5 == 0:  # five pictures each
                session = self._until_taken(lambda n=number: self._register(n))  # type: ignore[misc]
            image = images[number % PICTURES]
            job_id = self._until_taken(lambda n=number, s=session, i=image: self._post(n, s, i))  # type: ignore[misc]
            if self.stop.is_set():
                return
            self.jobs.append(job_id)
            while len(self.jobs) - self.house.good > OPEN_MAX and not self.stop.wait(AGAIN_SECONDS):
                pass
            held_back = self.count - number < min(self.count // 2, HELD_BACK) and self.house.missing
            self.stop.wait(max(pause, SLOWLY_SECONDS) if held_back else pause)

    def _until_taken(self, ask: Callable[[], httpx.Response]) -> str:
        while not self.stop.is_set():
            try:
                answer = ask()
            except httpx.HTTPError as error:
                self.refused[type(error).__name__] += 1
            else:
                if answer.is_success:
                    told = answer.json()
                    return str(told.get("jobId") or told["sessionId"])
                self.refused[str(answer.status_code)] += 1
                self.stop.wait(min(float(answer.headers.get("retry-after", 0)), 5.0))
            self.stop.wait(AGAIN_SECONDS)
        return ""

    def _register(self, number: int) -> httpx.Response:
        body = {"eventId": self.house.event_id, "name": f"Guest {number}", "whatsapp": "0812 3456 7890"}
        return self.house.operator.post("/sessions", json={**body, "consent": True})

    def _post(self, number: int, session: str, image: bytes) -> httpx.Response:
        return self.house.operator.post(
            "/jobs",
            data={"sessionId": session, "eventId": self.house.event_id, "styleId": "chaos"},
            files={"image": ("shot.jpg", image, "image/jpeg")},
            headers={"Idempotency-Key": f"chaos-{number}"},
            timeout=15,
        )


@dataclass
class Supervisor:
    """Looks at what needs attention: replays dead jobs, looks unknown outcomes up in the provider's books."""

    house: House
    deeds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    resolved: Counter[str] = field(default_factory=Counter)
    died_of: Counter[str] = field(default_factory=Counter)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """In a thread of its own."""
        while not self.stop.wait(LOOK_SECONDS):
            with suppress(httpx.HTTPError, Unavailable):  # whatever is away now is back at the next look
                self._look()

    def _look(self) -> None:
        self.house.good = int(self.house.query("SELECT count(*) FROM jobs WHERE status = 'succeeded'"))
        answer = self.house.admin.get("/attention")
        for trouble in answer.json()["jobs"] if answer.is_success else ():
            job_id = trouble["job"]["jobId"]
            if trouble["kind"] == "dead":
                self._replay(job_id, trouble["job"])
            elif trouble["kind"] == "unknown":
                self._resolve(job_id)

    def _replay(self, job_id: str, job: dict[str, Any]) -> None:
        asked_at = time.time()
        answer = self.house.admin.post(f"/jobs/{job_id}/replay", json={"reason": "the run's supervisor"})
        if answer.is_success:
            self.deeds[job_id].append(asked_at)
            self.died_of[(job["error"] or {}).get("code", "-")] += 1

    def _resolve(self, job_id: str) -> None:
        prefix = for_signal(OUTCOME)
        parked_for = self.house.query(f"SELECT coalesce(parked_for, '') FROM jobs WHERE id = '{job_id}'")
        if not parked_for.startswith(prefix):
            return
        task_id = self.house.books.task_of(parked_for.removeprefix(prefix))
        body = {"reason": "looked up in the provider's books", "taskId": task_id}
        if self.house.admin.post(f"/jobs/{job_id}/resolve", json=body).is_success:
            self.resolved["taken" if task_id else "not_taken"] += 1
