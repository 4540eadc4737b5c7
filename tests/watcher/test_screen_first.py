"""Uploads wait while pictures of a burst are on their way to the screen, and not for ever."""

from watcher.screen_first import HELD_SECONDS, ScreenFirst


def test_uploads_wait_while_pictures_are_proved() -> None:
    busy = [True]
    first = ScreenFirst(lambda: busy[0])
    assert first.holds(100.0)
    assert first.holds(100.0 + HELD_SECONDS - 0.1)
    assert not first.holds(100.0 + HELD_SECONDS), "a card of hundreds does not stop the jobs"
    busy[0] = False
    assert not first.holds(200.0)
    busy[0] = True
    assert first.holds(200.1), "a new burst waits anew"
