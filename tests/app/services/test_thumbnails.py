"""A thumbnail that this process still has at hand is shown to nobody who may not see its event."""

import pytest
from ulid import ULID

from app.domain.access import Principal
from app.domain.errors import NotFound
from app.ports import FreshThumbnail, Ports
from app.services import shots


async def test_a_fresh_thumbnail_is_its_events(ports: Ports) -> None:
    shot, event = str(ULID()), str(ULID())
    ports.thumbnails[shot, 2] = FreshThumbnail(event, b"small")
    of_event = Principal("1", "ayu", "operator", frozenset({event}), "1")
    elsewhere = Principal("2", "budi", "operator", frozenset({str(ULID())}), "2")
    assert await shots.preview(ports, of_event, shot, 2) == b"small"
    for asked in ((elsewhere, 2), (of_event, 1), (of_event, None)):
        with pytest.raises(NotFound):
            await shots.preview(ports, asked[0], shot, asked[1])
