"""Which of S3's many faults pass by themselves, and what each one is in our words."""

import aiohttp
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as BotoConnectionError

from app.domain.errors import NotFound, PhotobotError, StorageFull, Unavailable

FAULTS = (BotoCoreError, ClientError, aiohttp.ClientError, TimeoutError)

_PASSING = (BotoConnectionError, HTTPClientError, IncompleteReadError, aiohttp.ClientError, TimeoutError)
_PASSING_CODES = {"BadDigest", "IncompleteBody", "InternalError", "RequestTimeout", "SlowDown", "Throttling"}
_FULL_CODES = {"EntityTooLargeForQuota", "InsufficientStorage", "QuotaExceeded", "XMinioStorageFull", "507"}
_MISSING_CODES = {"NoSuchKey", "NotFound", "404"}


def is_transient(fault: BaseException) -> bool:
    """True if the same request may succeed a moment later."""
    if isinstance(fault, ClientError):
        status = int(fault.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        return status >= 500 or status == 429 or _code(fault) in _PASSING_CODES
    return isinstance(fault, _PASSING)


def as_ours(fault: BaseException) -> PhotobotError:
    """`NotFound` for a missing object, else `Unavailable`; the reason names the fault, no address."""
    if isinstance(fault, ClientError):
        code = _code(fault)
        if code in _MISSING_CODES:
            return NotFound("OBJECT_NOT_FOUND", "There is no such object.")
        if code in _FULL_CODES:
            return StorageFull()
        return Unavailable("STORAGE_UNAVAILABLE", "The object storage refused the request.", reason=code)
    return Unavailable(
        "STORAGE_UNAVAILABLE", "The object storage does not answer.", reason=type(fault).__name__
    )


def _code(fault: ClientError) -> str:
    return str(fault.response.get("Error", {}).get("Code", ""))
