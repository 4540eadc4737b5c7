"""Fixtures every test may ask for: a fresh migrated database, an empty Valkey, a transaction pooler.

The servers start when the first test asks, one of each per pytest process (so one per xdist worker).
"""

import gc
import os
from collections.abc import Iterator

import pytest
import redis

from app.adapters.embedded.valkey import EmbeddedValkey
from tests.fakes import servers
from tests.fakes import stack as stacks
from tests.fakes.stack import Stack

gc.disable()  # until all tests are collected: nothing of them is garbage, and looking took half the time

# A test decides its own environment: what this shell happens to have set must not reach the code under test.
for _name in (
    "DATABASE_URL",
    "REDIS_URL",
    "PUBLIC_URL",
    "OPERATOR_PASSWORD",
    "PHOTOBOT_DATA",
    "HOTFOLDER_PATH",
    "KIE_API_KEY",
    "KIE_API_BASE_URL",
    "KIE_WEBHOOK_KEY",
    "CALLBACK_BASE_URL",
    "SSL_CERT_FILE",  # would go before the empty folder of certificates below
):
    os.environ.pop(_name, None)


# Nobody here speaks TLS: reading all the world's certificates costs each HTTP client a twentieth of a second.
os.environ["SSL_CERT_DIR"] = stacks.NO_CERTIFICATES
stacks.Stack.forks = True


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[object]:
    """Thousands of tests and all their modules stay to the end: no collection shall look at them again."""
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Who may take longest starts first: begun last, one long wait would keep the whole run from its end."""

    def allowed(item: pytest.Item) -> float:
        mark = item.get_closest_marker("timeout")
        return float(mark.args[0]) if mark else 0.0

    items.sort(key=allowed, reverse=True)  # stable: modules stay together, their fixtures are made once


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[servers.TalkingPostgres]:
    """A real PostgreSQL cluster without fsync."""
    with servers.postgres() as server:
        yield server


@pytest.fixture(scope="session")
def databases(postgres_server: servers.TalkingPostgres) -> servers.Databases:
    """Makes and drops databases in the cluster."""
    return servers.Databases(postgres_server)


@pytest.fixture(scope="session")
def migrated_template(databases: servers.Databases) -> str:
    """Name of a database brought to head by the real migrations; copy it, never connect to it."""
    from app.db import migrate  # here: a test that needs no database must not pay for loading Alembic

    name = databases.create()
    migrate.upgrade(databases.server.url(name))
    return name


@pytest.fixture
def database_url(databases: servers.Databases, migrated_template: str) -> Iterator[str]:
    """Address of a fresh database at head, this test's own."""
    with databases.fresh(template=migrated_template) as url:
        yield url


@pytest.fixture
def empty_database_url(databases: servers.Databases) -> Iterator[str]:
    """Address of a fresh database without any table, for the migrations' own tests."""
    with databases.fresh() as url:
        yield url


@pytest.fixture
def pooler_url(database_url: str) -> Iterator[str]:
    """The fresh database behind pgbouncer in transaction mode."""
    with servers.pgbouncer(database_url) as url:
        yield url


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[EmbeddedValkey]:
    """A real Valkey."""
    with servers.valkey() as server:
        yield server


@pytest.fixture
def redis_url(valkey_server: EmbeddedValkey) -> str:
    """Address of the Valkey, emptied for this test."""
    with redis.Redis.from_url(valkey_server.redis_url) as client:
        client.flushdb()
    return valkey_server.redis_url


@pytest.fixture
def stack(database_url: str, redis_url: str) -> Iterator[Stack]:
    """An installation of this test's own; start what the test needs: `stack.web()`, `stack.worker()`."""
    with stacks.stack(database_url, redis_url) as made:
        yield made


@pytest.fixture(scope="session")
def shared_stack(
    databases: servers.Databases, migrated_template: str, valkey_server: EmbeddedValkey
) -> Iterator[Stack]:
    """A web with a worker for all tests of this process that only use the front door; no test stops it."""
    url = f"{valkey_server.redis_url.rsplit('/', 1)[0]}/1"
    with databases.fresh(template=migrated_template) as database, stacks.stack(database, url) as made:
        made.web()
        made.worker()
        yield made
