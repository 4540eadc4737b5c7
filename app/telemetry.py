"""Logs as JSON lines with the program's name. No secret, phone number or picture ever gets in here."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET_KEYS = re.compile(r"password|secret|token|authorization|cookie|whatsapp|phone|api_?key", re.I)
_IN_TEXT = (
    (re.compile(r"(client_id=|token=|sig=|X-Amz-Signature=|X-Amz-Credential=)[^&\s\"']+", re.I), r"\1…"),
    (re.compile(r"(/r/|/guest/)[A-Za-z0-9_-]{16,}"), r"\1…"),
    (re.compile(r"(?<![0-9A-Za-z])(\+?62|0)8[0-9]{7,12}(?![0-9A-Za-z])"), "…"),
)


def scrub(text: str) -> str:
    """Text without bearer tokens in URLs, guests' links and Indonesian phone numbers."""
    for pattern, replacement in _IN_TEXT:
        text = pattern.sub(replacement, text)
    return text


def _clean(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in entry.items():
        if _SECRET_KEYS.search(key):
            entry[key] = "…"
        elif isinstance(value, bytes):
            entry[key] = f"{len(value)} bytes"
        elif isinstance(value, str):
            entry[key] = scrub(value)
    return entry


def setup_logging(program: str, level: int = logging.INFO) -> None:
    """JSON lines on standard error, ours and the libraries' alike."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _clean,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.EventRenamer("message"),
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("httpx", "httpcore", "taskiq", "botocore", "aiobotocore", "uvicorn.access", "PIL"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers[:] = []
        logging.getLogger(name).propagate = True
    structlog.contextvars.bind_contextvars(program=program)
