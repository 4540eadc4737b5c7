"""News over a real Redis: heard by its own installation and by no other."""

import asyncio

from app.adapters.embedded.valkey import EmbeddedValkey
from app.adapters.redis_bus import RedisNews
from app.ports import Subscribed
from tests.fakes.rows import job


async def test_two_installations_on_one_server_do_not_hear_each_other(valkey_server: EmbeddedValkey) -> None:
    """Channels know no database number: a foreign row of a booth with the same id once hid our own."""
    server = valkey_server.redis_url.rsplit("/", 1)[0]
    ours, theirs = RedisNews(f"{server}/7"), RedisNews(f"{server}/8")
    feed = ours.listen()
    try:
        async with asyncio.timeout(10):
            assert isinstance(await anext(feed), Subscribed)
            await theirs.publish([job("theirs", 1)])
            await ours.publish([job("ours", 1)])
            heard = await anext(feed)
        assert not isinstance(heard, Subscribed)
        assert heard.id == "ours"
    finally:
        await feed.aclose()
        await ours.close()
        await theirs.close()
