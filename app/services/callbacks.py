"""What providers tell us by calling back: who it was is checked, what they say is looked up, never believed.

kie.ai signs the task's id and a time, not the body. So a callback only rings: the worker reads the task's
state from kie itself.
"""

import asyncio
import base64
import hashlib
import hmac
import json
from contextlib import suppress
from datetime import timedelta

import structlog
from sqlalchemy import delete, func, select

from app.db import parking
from app.db.tables import ProviderHint, ProviderSpend
from app.db.unit import Unit, reading, unit
from app.domain.errors import Conflict, NotFound, NotSignedIn, StageError
from app.ports import Ports
from app.services import signals

log = structlog.get_logger()

KIE_PATH = "/api/v1/providers/kie/callback"
FRESH_SECONDS = 300
# kie gives up on a callback after 15 s.
LOOK_SECONDS = 8.0
_MAX_ID = 200


def url_for(ports: Ports, provider: str) -> str | None:
    """Where a provider may call back; None where it cannot reach us, or we could not tell that it is it."""
    policy = ports.policy
    if provider != "kie" or policy.callback_base_url is None or not policy.kie_webhook_key:
        return None
    return policy.callback_base_url + KIE_PATH


async def kie_called(ports: Ports, body: bytes, timestamp: str, signature: str) -> None:
    """A task at kie.ai has ended, says somebody. Raises NotSignedIn `CALLBACK_REFUSED` unless it is kie.

    The task of nobody is kept for a while: a fast task ends before its id is written down here.
    """
    task_id = _task_of(body)
    if task_id is None or not _is_kie(ports, task_id, timestamp, signature):
        log.warning("callback_refused", provider="kie")
        raise NotSignedIn("CALLBACK_REFUSED", "This callback is not signed by kie.ai, or is too old.")
    woken = await signals.task_ended(ports, "kie", task_id)
    async with unit(ports) as work:
        await forget_old(work, ports)
    if not woken:
        await _lost_answer(ports, "kie", task_id)
    log.info("callback_heard", provider="kie", taskId=task_id, woken=woken)


async def _lost_answer(ports: Ports, provider: str, task_id: str) -> None:
    """A task that nobody knows may be one whose answer was lost: then its job hears of it here.

    Which job that is, is read from the provider's own record of the task.
    """
    records = ports.records.get(provider)
    if records is None or not await _may_be_lost(ports, provider, task_id):
        return
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            submission = await records.submission_of(task_id)
    except (StageError, TimeoutError) as error:
        log.warning("callback_not_matched", provider=provider, taskId=task_id, error=type(error).__name__)
        return
    async with reading(ports) as db:
        asked = await db.get(ProviderSpend, submission) if submission else None
    if asked is None or asked.provider != provider or asked.task_id is not None:
        return
    with suppress(NotFound, Conflict):  # the job is gone, or has ended
        name = parking.outcome_signal(asked.submission)
        await signals.told(ports, asked.job_id, name, {"taskId": task_id}, key=task_id, by=provider)
        log.info("lost_answer_found", provider=provider, taskId=task_id, jobId=asked.job_id)


async def _may_be_lost(ports: Ports, provider: str, task_id: str) -> bool:
    """Whether the task is unknown here while an answer is open."""
    mine = select(ProviderSpend.submission).where(ProviderSpend.provider == provider)
    known = mine.where(ProviderSpend.task_id == task_id).exists()
    waiting = mine.where(ProviderSpend.task_id.is_(None), ProviderSpend.state.in_(("asked", "unknown")))
    async with reading(ports) as db:
        return bool(await db.scalar(select(~known & waiting.exists())))


async def forget_old(work: Unit, ports: Ports) -> None:
    """Drop what nobody came for: by age, and the oldest when there are too many."""
    old = func.clock_timestamp() - timedelta(seconds=ports.policy.hint_ttl)
    kept = select(ProviderHint.heard_at).order_by(ProviderHint.heard_at.desc())
    surplus = kept.offset(ports.policy.hints_kept).limit(1).scalar_subquery()
    await work.db.execute(
        delete(ProviderHint)
        .where((ProviderHint.heard_at < old) | (ProviderHint.heard_at <= surplus))
        .execution_options(synchronize_session=False)
    )


def _is_kie(ports: Ports, task_id: str, timestamp: str, signature: str) -> bool:
    key = ports.policy.kie_webhook_key
    if not key or not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    mac = hmac.new(key.encode(), f"{task_id}.{timestamp}".encode(), hashlib.sha256).digest()
    is_signed = hmac.compare_digest(base64.b64encode(mac), signature.encode())
    return is_signed and abs(ports.clock.now().timestamp() - int(timestamp)) <= FRESH_SECONDS


def _task_of(body: bytes) -> str | None:
    """The id that was signed: `taskId` of the market's models, `task_id` of others."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    data = told.get("data") if isinstance(told, dict) else None
    if not isinstance(data, dict):
        return None
    task_id = data.get("taskId") or data.get("task_id")
    good = isinstance(task_id, str) and len(task_id) <= _MAX_ID and task_id.isprintable()
    return task_id if good else None
