"""The door kie.ai knocks at: open without a sign-in, 202 for the signed, problem+json for all others."""

import json
from collections.abc import Iterator

import httpx
import pytest

from app.adapters.embedded.valkey import EmbeddedValkey
from tests.app.api.conftest import refused
from tests.fakes import servers
from tests.fakes import stack as stacks
from tests.fakes.kie_server import signed

KEY = "webhook-key"
PATH = "/providers/kie/callback"
BODY = json.dumps({"code": 200, "msg": "ok", "data": {"taskId": "task-1", "state": "success"}})


@pytest.fixture(scope="module")
def door(
    databases: servers.Databases, migrated_template: str, valkey_server: EmbeddedValkey
) -> Iterator[httpx.Client]:
    """A stranger before a web that has a webhook key."""
    redis = f"{valkey_server.redis_url.rsplit('/', 1)[0]}/3"
    with (
        databases.fresh(template=migrated_template) as database,
        stacks.stack(database, redis, KIE_WEBHOOK_KEY=KEY) as made,
    ):
        made.web()
        yield made.client(None)
        assert KEY not in made.log("console")


def test_signed_is_heard_by_whoever_it_comes(door: httpx.Client) -> None:
    for _ in range(2):
        answer = door.post(PATH, content=BODY, headers=signed(KEY, "task-1"))
        assert (answer.status_code, answer.json()) == (202, {"status": "heard"})
    old_token = {"Authorization": "Bearer nonsense"}
    assert door.post(PATH, content=BODY, headers=signed(KEY, "task-1") | old_token).status_code == 202


def test_all_others_are_refused(door: httpx.Client) -> None:
    for headers in ({}, signed("another", "task-1"), signed(KEY, "task-2"), signed(KEY, "task-1", at=1e9)):
        refused(door.post(PATH, content=BODY, headers=headers), 401, "CALLBACK_REFUSED")
    refused(door.post(PATH, content=b"no json", headers=signed(KEY, "task-1")), 401, "CALLBACK_REFUSED")


def test_a_body_without_end_is_cut_off(door: httpx.Client) -> None:
    answer = door.post(PATH, content=b"x" * 2_000_000, headers=signed(KEY, "task-1"))
    assert answer.status_code == 413


def test_it_takes_posts_only(door: httpx.Client) -> None:
    assert door.get(PATH).status_code == 405
