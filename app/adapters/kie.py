"""kie.ai as a provider of styles: paid tasks over HTTP, asked about until they end, fetched at once.

A style of kie is a row whose params name a `model` of `kie_models` and a `prompt`.
"""

import asyncio
import hashlib
import io
import random
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from PIL import Image

from app.adapters.kie_models import check, input_of, model_of, with_picture
from app.adapters.kie_results import KieResults
from app.adapters.kie_tasks import SOON_SECONDS, called_back, link_of, state_of, submission_in, text_of
from app.adapters.kie_wire import Answer, KieWire, answer_lost
from app.domain.errors import Fatal, LeaseLost, Snooze, StageError, Transient
from app.ports import OfferedStyle, ProviderHealth, ProviderRequest, ProviderState, Rate

API = "https://api.kie.ai"
UPLOADS = "https://kieai.redpandaai.co"
CREATES = 20
# Their window is 10 s. Ours is longer, because calls taken evenly here may arrive bunched there.
CREATES_SECONDS = 11.0

_AWAY_SECONDS = 5.0
_MET_SECONDS = 60.0
_HEALTH_SECONDS = 4.0
_NOT_FOUND = (404, 422)
_UPLOADED_SECONDS = 1800.0

K = TypeVar("K")
V = TypeVar("V")


class _Bounded(OrderedDict[K, V], Generic[K, V]):
    """A dict that forgets the entry that was put longest ago when it is full."""

    def put(self, key: K, value: V, *, most: int = 256) -> None:
        self[key] = value
        self.move_to_end(key)
        while len(self) > most:
            self.popitem(last=False)


@dataclass(frozen=True)
class _Picture:
    """The guest's picture as it is sent."""

    data: bytes
    size: tuple[int, int]
    digest: str


class KieProvider:
    """Implements `app.ports.Provider`. `now` is a clock in seconds that never goes back."""

    name = "kie"

    def __init__(
        self,
        *,
        api_key: str,
        rate: Rate,
        base_url: str = API,
        upload_url: str = UPLOADS,
        max_result_bytes: int = 40 * 1024 * 1024,
        seconds: float = 20.0,
        transfer_seconds: float = 60.0,
        connect_seconds: float = 5.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate = rate
        self._now = now
        self._api = KieWire(base_url, api_key, seconds=seconds, connect_seconds=connect_seconds)
        self._files = KieWire(upload_url, api_key, seconds=transfer_seconds, connect_seconds=connect_seconds)
        self._results = KieResults(
            max_bytes=max_result_bytes,
            seconds=transfer_seconds,
            connect_seconds=connect_seconds,
            plain_http=base_url.startswith("http://"),
        )
        self._uploaded: _Bounded[tuple[str, str], tuple[str, float]] = _Bounded()
        self._submitted: _Bounded[str, float] = _Bounded()
        self._met: _Bounded[str, float] = _Bounded()
        self._links: _Bounded[str, str] = _Bounded()

    def styles(self) -> Sequence[OfferedStyle]:
        """None: every installation has prompts of its own."""
        return ()

    def check(self, params: Mapping[str, object]) -> None:
        """Whether a style of these parameters can be made. Raises Invalid."""
        check(params)

    async def submit(self, request: ProviderRequest) -> str:
        """Create a task and pay for it.

        Raises Fatal (`STYLE_UNKNOWN`, `STYLE_INVALID`, `INPUT_MISSING`, …), AccountFault, Snooze
        `PROVIDER_RATE`, Transient, and OutcomeUnknown when the answer was lost.
        """
        model = model_of(request.params)
        picture = await asyncio.to_thread(_read, request.image, model.max_bytes)
        made = input_of(request.params, picture.size)
        url = request.image_url or await self._upload(request.job_id, picture)
        body: dict[str, Any] = {
            "model": request.params["model"],
            "input": with_picture(request.params, made, url),
        }
        if request.callback_url is not None:
            body["callBackUrl"] = called_back(request.callback_url, request.submission)
        try:
            # Last of all: a slow upload must not stand between a call that was counted and its arrival.
            task_id = await self._create(body, request.still)
        except (Snooze, LeaseLost):
            raise
        except StageError:
            # The link may be what was wrong: the next try gets a fresh one.
            self._uploaded.pop((request.job_id, picture.digest), None)
            raise
        self._submitted.put(task_id, self._now())
        self._met.put(task_id, self._now())
        return task_id

    async def find(self, submission: str) -> str | None:
        """kie has no list of tasks to ask: whoever looks at kie.ai/logs knows. Raises OutcomeUnknown."""
        raise answer_lost()

    async def submission_of(self, task_id: str) -> str | None:
        """The submission in the address that kie calls back for this task. Raises StageError."""
        answer = await self._record(task_id)
        return None if answer is None else submission_in(answer.data)

    async def poll(self, task_id: str) -> ProviderState:
        """Where a task stands, in one request.

        Raises Snooze while kie does not answer: a task that is paid is not given up because we cannot see it.
        """
        try:
            answer = await self._record(task_id)
        except Transient as error:
            raise Snooze(_AWAY_SECONDS, error.code) from error
        if answer is None:
            if self._now() - self._met.get(task_id, -_MET_SECONDS) < _MET_SECONDS:
                # It was there a moment ago: their reading side lags, and submitting again would pay again.
                return ProviderState("running", again_seconds=SOON_SECONDS)
            return ProviderState("lost")
        self._met.put(task_id, self._now())
        return self._state(task_id, answer)

    async def fetch(self, task_id: str, target: Path) -> None:
        """Download the finished picture. Raises Transient, Fatal `OUTPUT_TOO_LARGE`."""
        link = self._links.pop(task_id, None)
        if link is None:
            answer = await self._record(task_id)
            link = None if answer is None else link_of(answer.data)
        if link is None:
            raise Transient("KIE_NO_RESULT", "kie.ai has no picture for this task.")
        await self._results.bring(link, target, self._new_link)

    async def cancel(self, task_id: str) -> None:
        """kie cannot stop a task: it goes on, is paid, and nobody fetches it."""
        self._links.pop(task_id, None)

    async def health(self) -> ProviderHealth:
        """Our credits, or why kie cannot be used."""
        try:
            answer = await self._api.ask("GET", "/api/v1/chat/credit", seconds=_HEALTH_SECONDS)
            answer.must_be_good()
            credits = float(answer.data)
        except Snooze:
            return ProviderHealth(True)
        except StageError as error:
            return ProviderHealth(False, getattr(error, "code", "KIE_AWAY"))
        except (TypeError, ValueError):
            return ProviderHealth(False, "KIE_AWAY")
        return ProviderHealth(credits > 0, "" if credits > 0 else "KIE_CREDITS", credits=credits)

    async def close(self) -> None:
        """Close all connections."""
        await self._api.close()
        await self._files.close()
        await self._results.close()

    async def _upload(self, job_id: str, picture: _Picture) -> str:
        """A link to the picture at kie's own store; a picture that waits for its turn is sent once."""
        known = self._uploaded.get((job_id, picture.digest))
        if known is not None and self._now() - known[1] < _UPLOADED_SECONDS:
            return known[0]
        # Under a name that was there before, an older picture may come back for a while.
        name = f"{job_id}-{secrets.token_hex(6)}.jpg"
        answer = await self._files.ask(
            "POST",
            "/api/file-stream-upload",
            data={"uploadPath": "photobot", "fileName": name},
            files={"file": (name, picture.data, "image/jpeg")},
        )
        answer.must_be_good()
        url = text_of(answer.data, "downloadUrl") or text_of(answer.data, "fileUrl")
        if url is None:
            raise Transient("KIE_UPLOAD", "kie.ai took the picture and did not say where it is.")
        self._uploaded.put((job_id, picture.digest), (url, self._now()))
        return url

    async def _create(self, body: dict[str, Any], still: Callable[[], Awaitable[None]]) -> str:
        """The one request that costs money, under the limit of calls."""
        wait = await self._rate.take(self.name, limit=CREATES, per_seconds=CREATES_SECONDS)
        if wait > 0:
            raise Snooze(wait + random.uniform(0, 1), "PROVIDER_RATE")
        await still()
        answer = await self._api.ask("POST", "/api/v1/jobs/createTask", pays=True, json=body)
        answer.must_be_good()
        task_id = text_of(answer.data, "taskId")
        if task_id is None:
            raise answer_lost()
        return task_id

    async def _record(self, task_id: str) -> Answer | None:
        """What kie knows of a task; None when it says that it knows none. Raises as `refusal`."""
        answer = await self._api.ask("GET", "/api/v1/jobs/recordInfo", params={"taskId": task_id})
        if answer.code in _NOT_FOUND:
            return None
        answer.must_be_good()
        if not isinstance(answer.data, dict):
            raise Transient("KIE_AWAY", "kie.ai answers without saying anything.")
        return answer

    def _state(self, task_id: str, answer: Answer) -> ProviderState:
        state = state_of(answer, self._now() - self._submitted.get(task_id, self._now()))
        if state.status == "done" and (link := link_of(answer.data)) is not None:
            self._links.put(task_id, link)
        return state

    async def _new_link(self, dead: str) -> str | None:
        answer = await self._api.ask("POST", "/api/v1/common/download-url", json={"url": dead})
        return answer.data if answer.code == 200 and isinstance(answer.data, str) else None


def _read(path: Path, max_bytes: int) -> _Picture:
    try:
        data = path.read_bytes() if path.stat().st_size <= max_bytes else None
    except OSError as error:
        raise Fatal("INPUT_MISSING", "The picture to be styled is not there.") from error
    if data is None:
        raise Fatal("IMAGE_TOO_LARGE", "The picture is larger than this model of kie.ai takes.")
    try:
        with Image.open(io.BytesIO(data)) as picture:
            size = picture.size
    except (OSError, ValueError) as error:
        raise Fatal("IMAGE_BROKEN", "The picture to be styled cannot be read.") from error
    return _Picture(data, size, hashlib.sha256(data).hexdigest())
