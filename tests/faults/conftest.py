"""A web and a provider per test module; each test starts its own workers. And a Redis that may be broken."""

from collections.abc import Iterator

import pytest

from app.adapters.embedded.postgres import EmbeddedPostgres
from app.adapters.embedded.valkey import EmbeddedValkey
from tests.fakes import servers
from tests.fakes import stack as stacks
from tests.faults.rig import Rig
from tests.faults.rig import rig as make_rig


@pytest.fixture(scope="module")
def module_rig(
    databases: servers.Databases,
    migrated_template: str,
    postgres_server: EmbeddedPostgres,
    valkey_server: EmbeddedValkey,
) -> Iterator[Rig]:
    """One web for the tests of a module that do not break it."""
    url = f"{valkey_server.redis_url.rsplit('/', 1)[0]}/2"
    with (
        databases.fresh(template=migrated_template) as database,
        stacks.stack(database, url) as stack,
        make_rig(stack, postgres_server) as made,
    ):
        yield made


@pytest.fixture
def rig(module_rig: Rig) -> Iterator[Rig]:
    """The module's rig without workers and jobs."""
    yield module_rig
    module_rig.reset()


@pytest.fixture
def own_valkey() -> Iterator[EmbeddedValkey]:
    """A Valkey that this test may stop, freeze and flush."""
    with servers.valkey() as server:
        yield server
