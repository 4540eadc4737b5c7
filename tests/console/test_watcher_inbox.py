"""Of what a watcher said, each file's newest word is taken, and nothing that is said once is lost."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.messages import FileGone, FileInvalid, FileReceiving, Heartbeat, PhotoSeen
from console import watcher_inbox
from console.watcher_inbox import Inbox

AT = datetime(2026, 11, 26, 20, 0, tzinfo=UTC)


def receiving(shot: str, size: int, **more: Any) -> FileReceiving:
    return FileReceiving(shot_id=shot, file_name="a.jpg", bytes_seen=size, appeared_at=AT, **more)


def seen(shot: str) -> PhotoSeen:
    return PhotoSeen(
        shot_id=shot, file_name="a.jpg", bytes_seen=9, sha256="0", appeared_at=AT, preview="verified"
    )


async def test_the_newest_word_of_each_file_in_the_order_of_the_first() -> None:
    inbox = Inbox()
    for message in (receiving("a", 1), receiving("b", 1), receiving("a", 2), seen("b"), receiving("c", 1)):
        await inbox.put(message)
    await inbox.put(FileGone(shot_id="c"))
    assert await inbox.take() == ([receiving("a", 2), seen("b"), FileGone(shot_id="c")], None)


async def test_what_is_said_once_stays() -> None:
    inbox = Inbox()
    await inbox.put(receiving("a", 1, preview="embedded", camera="Nikon", taken_at=AT))
    await inbox.put(receiving("a", 2))
    taken = await inbox.take()
    assert taken is not None
    assert taken[0] == [receiving("a", 2, preview="embedded", camera="Nikon", taken_at=AT)]
    await inbox.put(receiving("a", 3, preview="embedded"))
    broken = FileInvalid(
        shot_id="a", file_name="a.jpg", bytes_seen=3, appeared_at=AT, reason="INCOMPLETE", message="."
    )
    await inbox.put(broken)
    taken = await inbox.take()
    assert taken is not None
    assert taken[0] == [broken.model_copy(update={"preview": "embedded"})]


async def test_only_the_newest_heartbeat() -> None:
    inbox = Inbox()
    await inbox.put(Heartbeat(pending=1))
    await inbox.put(Heartbeat(pending=2))
    assert await inbox.take() == ([], Heartbeat(pending=2))


async def test_a_laptop_that_says_too_much_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher_inbox, "MOST", 2)
    inbox = Inbox()
    await inbox.put(receiving("a", 1))
    await inbox.put(receiving("b", 1))
    third = asyncio.create_task(inbox.put(receiving("c", 1)))
    await asyncio.sleep(0)
    assert not third.done()
    taken = await inbox.take()
    await third
    assert taken is not None
    assert [message.shot_id for message in taken[0]] == ["a", "b"]


async def test_the_last_words_are_taken_before_the_end() -> None:
    inbox = Inbox()
    await inbox.put(seen("a"))
    inbox.close()
    assert await inbox.take() == ([seen("a")], None)
    assert await inbox.take() is None
