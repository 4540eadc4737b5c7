"""What providers tell us by calling back: who it was is checked, what they say is looked up, never believed.

kie.ai signs the task's id and a time, not the body. So a callback only rings: the worker reads the task's
state from kie itself.
"""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import structlog
from sqlalchemy import delete, func, select

from app.db.tables import ProviderHint
from app.db.unit import Unit, unit
from app.domain.errors import NotSignedIn
from app.ports import Ports
from app.services import signals

log = structlog.get_logger()

KIE_PATH = "/api/v1/providers/kie/callback"
FRESH_SECONDS = 300
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
    log.info("callback_heard", provider="kie", taskId=task_id, woken=woken)


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
