"""The watcher and the real server, with a camera laptop whose clock is ten years wrong."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.attribution import NEAR
from tests.fakes import camera_writer as camera
from tests.fakes import raw_writer
from tests.fakes.board_client import BoardClient, cookie_of, screen
from tests.fakes.slow_line import SlowLine, slow_line
from tests.fakes.stack import OPERATOR, Stack, first_event, register, wait_for
from watcher.__main__ import Watcher
from watcher.clock import Clock
from watcher.settings import WatcherSettings

TEN_YEARS = 10 * 365 * 86400.0


@pytest.fixture
def board(shared_stack: Stack) -> Iterator[BoardClient]:
    """A screen."""
    cookie = cookie_of(shared_stack, "operator", OPERATOR)
    with screen(shared_stack, "/ws/board", Cookie=cookie) as client:
        wait_for(lambda: not client.row("booth", "booth-1").get("watcherOnline"), 20)
        yield client


@pytest.fixture
def keep_raw(shared_stack: Stack) -> Iterator[None]:
    """The event keeps RAWs for this test."""
    admin, event = shared_stack.admin(), first_event(shared_stack.client())
    assert admin.patch(f"/events/{event}", json={"keepRaw": True}).status_code == 200
    yield
    assert admin.patch(f"/events/{event}", json={"keepRaw": False}).status_code == 200


@pytest.fixture
async def laptop(shared_stack: Stack, tmp_path: Path) -> AsyncIterator[tuple[Path, SlowLine]]:
    """The hotfolder of a watcher that runs, and its line."""
    token = await asyncio.to_thread(shared_stack.booth_token, "booth-1")
    async with slow_line(shared_stack.url, 500_000) as line:
        settings = WatcherSettings(
            server_url=line.url,
            token=token,
            hotfolder=tmp_path / "hot",
            slow_seconds=2,
            stability_delay_ms=300,
            filing_grace_seconds=0.1,
        )
        clock = Clock(wall=lambda: time.time() - TEN_YEARS)
        running = asyncio.create_task(Watcher(settings, clock).run())
        yield settings.folder, line
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


def guest_at_the_booth(stack: Stack) -> None:
    """A fresh guest is active."""
    operator = stack.client()
    event = first_event(operator)
    held = operator.get("/booth/booth-1/active-session")
    if held.status_code == 200:
        params = {"sessionId": held.json()["sessionId"]}
        assert operator.delete("/booth/booth-1/active-session", params=params).status_code == 204
    body = {"sessionId": register(operator, event)["sessionId"], "eventId": event, "styleId": "pencil"}
    assert operator.post("/booth/booth-1/active-session", json=body).status_code == 200


async def test_small_copy_original_and_raw_of_a_shot(
    shared_stack: Stack, board: BoardClient, keep_raw: None, laptop: tuple[Path, SlowLine]
) -> None:
    folder, line = laptop
    online = lambda: board.row("booth", "booth-1").get("watcherOnline")  # noqa: E731
    await asyncio.to_thread(wait_for, online, 30)
    await asyncio.to_thread(guest_at_the_booth, shared_stack)
    since = time.monotonic()  # who held the booth before is out of question after so long
    await asyncio.to_thread(wait_for, lambda: time.monotonic() > since + NEAR + 1.0)
    begun = datetime.now(UTC)
    camera.write_once(folder / "IMG_1.JPG", camera.padded(camera.photo(int(time.time()) % 99991), 4_000_000))
    camera.write_once(folder / "IMG_1.DNG", raw_writer.dng(1))

    def shot() -> dict[str, object]:
        mine = [row for row in board.of("shot") if datetime.fromisoformat(row["appearedAt"]) >= begun]
        return mine[0] if mine else {}

    await asyncio.to_thread(wait_for, lambda: shot().get("jobId"), 60)
    assert shot()["originalPending"]
    assert (shot()["state"], shot()["reason"]) == ("assigned", None)
    assert datetime.fromisoformat(str(shot()["appearedAt"])) <= datetime.now(UTC)
    health = await asyncio.to_thread(
        wait_for, lambda: (board.row("booth", "booth-1").get("watcherHealth") or {}).get("waiting"), 30
    )
    assert health
    line.rate = 30_000_000
    await asyncio.to_thread(wait_for, lambda: not shot()["originalPending"] and shot()["hasRaw"], 60)
    done = lambda: len([path for path in (folder / "processed").rglob("IMG_1*") if path.is_file()]) == 2  # noqa: E731
    await asyncio.to_thread(wait_for, done, 30)
