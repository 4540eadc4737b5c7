"""Reading kie.ai's record of a task: how far it is, what became of it, what it cost."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import structlog

from app.adapters.kie_wire import Answer, is_account, is_transient, refusal
from app.domain.errors import Fatal, Transient
from app.ports import ProviderState

SOON_SECONDS = 2.5
_SUBMISSION = "submission"

_log = structlog.get_logger(__name__)
# Up to this age of a task (seconds), ask again after so many: the steps that kie's pages advise.
_STEPS = ((30.0, SOON_SECONDS), (120.0, 7.5), (900.0, 20.0))
_PERCENTS = {"waiting": 5, "queuing": 10, "generating": 40}


def state_of(answer: Answer, known_age: float) -> ProviderState:
    """Where a task stands. `known_age`: seconds since we made it, as far as this process knows."""
    data: Mapping[str, Any] = answer.data
    state, cost = data.get("state"), _number(data.get("creditsConsumed"))
    if state == "success":
        if link_of(data) is None:
            return _failed("KIE_NO_RESULT", "kie.ai finished without a picture.", cost, once=True)
        return ProviderState("done", percent=100, cost=cost)
    if state == "fail":
        return _failure(data, cost)
    age = _age(answer, known_age)
    for until, again in _STEPS:
        if age < until:
            percent = _PERCENTS.get(str(state), 0)
            return ProviderState("running", percent=percent, again_seconds=again, cost=cost)
    return _failed("KIE_STUCK", "kie.ai did not finish this picture in 15 minutes.", cost, transient=True)


def called_back(url: str, submission: str) -> str:
    """The address for a task's callback: kie keeps it in its record, and our submission in it."""
    return f"{url}?{urlencode({_SUBMISSION: submission})}" if submission else url


def submission_in(data: Mapping[str, Any]) -> str | None:
    """The submission a task was made for; its record holds, as JSON inside JSON, what it was created with."""
    try:
        url = json.loads(data.get("param") or "")["callBackUrl"]
        return str(parse_qs(urlsplit(url).query)[_SUBMISSION][0])
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def link_of(data: Mapping[str, Any]) -> str | None:
    """The first picture of a task's result, which is JSON inside JSON."""
    result = data.get("resultJson")
    if isinstance(result, str):
        try:
            result = json.loads(result)
        except ValueError:
            return None
    urls = result.get("resultUrls") if isinstance(result, dict) else None
    return urls[0] if isinstance(urls, list) and urls and isinstance(urls[0], str) else None


def _failure(data: Mapping[str, Any], cost: float | None) -> ProviderState:
    """A failed task comes with code 200; why stands in `failCode`, a number or one in text."""
    code = int(found[0]) if (found := re.findall(r"\d{3}", str(data.get("failCode")))) else 501
    told = re.sub(r"https?://\S+", "(link)", str(data.get("failMsg")))[:200]
    _log.warning("kie_task_failed", code=code, told=told)
    if code == 501:
        return _failed("KIE_GENERATION_FAILED", "kie.ai could not make this picture.", cost, once=True)
    why = refusal(code)
    if isinstance(why, Fatal | Transient):
        return _failed(why.code, why.message, cost, transient=is_transient(code), account=is_account(code))
    return _failed("KIE_TROUBLE", "kie.ai has too much to do.", cost, transient=True)


def _failed(
    code: str,
    message: str,
    cost: float | None,
    *,
    transient: bool = False,
    once: bool = False,
    account: bool = False,
) -> ProviderState:
    return ProviderState(
        "failed",
        error_code=code,
        error_message=message,
        transient=transient or once,
        once=once,
        account=account,
        cost=cost,
    )


def _age(answer: Answer, known: float) -> float:
    """How old a task is by kie's own clock (both moments are theirs), or since we made it."""
    created = _number(answer.data.get("createTime"))
    if created is None or answer.at is None:
        return known
    return max(known, answer.at - created / 1000)


def text_of(data: object, name: str) -> str | None:
    """The text of a member, None where there is none."""
    value = data.get(name) if isinstance(data, dict) else None
    return value if isinstance(value, str) and value else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
