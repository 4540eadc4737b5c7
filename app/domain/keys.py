"""Names of stored objects: a builder per kind, the rule for every key, the type an ending stands for."""

import re
from datetime import date

from app.domain.errors import Invalid

MAX_KEY_LENGTH = 512

# One part between slashes. No leading dot: that leaves out `.`, `..` and hidden names, where an adapter may
# keep its own things. ASCII only: a key is the same in a URL, in a signature and as a file name.
_PART = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")
_EXT = re.compile(r"[a-z0-9]{1,8}")
_SHA256 = re.compile(r"[0-9a-f]{64}")

# What the photo line leaves under a job; a test compares it with what a real job leaves.
_MADE = ("prepared", "styled", "framed", "output_0", "thumb_preview", "thumb_thumb")
FENCES_MAX = 500

_FENCED = re.compile(r"(.+)-\d+\.[a-z0-9]{1,8}")
_BINARY = "application/octet-stream"
_CONTENT_TYPES = {
    "avif": "image/avif",
    "gif": "image/gif",
    "heic": "image/heic",
    "heif": "image/heif",
    "html": "text/html; charset=utf-8",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "json": "application/json",
    "mp4": "video/mp4",
    "pdf": "application/pdf",
    "png": "image/png",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "txt": "text/plain; charset=utf-8",
    "webp": "image/webp",
}


def input_key(event_id: str, day: date, job_id: str, ext: str) -> str:
    """The picture a job starts from. Raises `Invalid`."""
    return f"{_job(event_id, day, job_id)}/input.{_ext(ext)}"


def output_key(event_id: str, day: date, job_id: str, n: int, fence: int, ext: str) -> str:
    """The job's n-th result as the run with `fence` made it. Raises `Invalid`."""
    return work_key(event_id, day, job_id, f"output_{_number('n', n)}", fence, ext)


def work_key(event_id: str, day: date, job_id: str, name: str, fence: int, ext: str) -> str:
    """What one stage leaves for the next, for example the upright picture. Raises `Invalid`."""
    file = f"{_part('name', name)}-{_number('fence', fence)}.{_ext(ext)}"
    return check_key(f"{_job(event_id, day, job_id)}/{file}")


def thumb_key(event_id: str, day: date, job_id: str, of: str, fence: int, ext: str) -> str:
    """The small picture `of` one of the job's pictures (`input`, `output_1`). Raises `Invalid`."""
    return work_key(event_id, day, job_id, f"thumb_{_part('of', of)}", fence, ext)


def made_keys(event_id: str, day: date, job_id: str, fence: int) -> list[str]:
    """All that the runs of a job may have left so far, also those that died before they wrote it down."""
    return [
        work_key(event_id, day, job_id, name, number, "jpg")
        for number in range(1, min(fence, FENCES_MAX) + 1)
        for name in _MADE
    ]


def renamed_key(key: str, fence: int) -> str:
    """The name of the same object as a run with this fence would have given it. Raises `Invalid`."""
    name, ending = _FENCED.fullmatch(key), key.rpartition(".")[2]
    if name is None:
        raise Invalid("KEY_INVALID", "This name carries no fence.", field="key")
    return check_key(f"{name[1]}-{_number('fence', fence)}.{ending}")


def shot_key(event_id: str, day: date, shot_id: str, ext: str) -> str:
    """A camera file as the watcher sent it. Raises `Invalid`."""
    file = f"{_part('shotId', shot_id)}.{_ext(ext)}"
    return check_key(f"events/{_part('eventId', event_id)}/{day:%Y-%m-%d}/shots/{file}")


def reduced_key(event_id: str, day: date, shot_id: str, ext: str) -> str:
    """The small copy of a camera file that came before it on a slow line. Raises `Invalid`."""
    return shot_key(event_id, day, f"{shot_id}-reduced", ext)


def raw_key(event_id: str, day: date, shot_id: str, ext: str) -> str:
    """The RAW file beside a camera file. Raises `Invalid`."""
    return shot_key(event_id, day, f"{shot_id}-raw", ext)


def overlay_key(event_id: str, sha256: str) -> str:
    """An event's frame, a PNG named by its content: a new frame changes no old job. Raises `Invalid`."""
    if not _SHA256.fullmatch(sha256):
        raise Invalid("KEY_INVALID", "The overlay's sha256 must be 64 hexadecimal digits.", field="sha256")
    return f"events/{_part('eventId', event_id)}/overlays/{sha256}.png"


def workflow_key(sha256: str) -> str:
    """A workflow file, named by its content: a new one changes no job under way. Raises `Invalid`."""
    if not _SHA256.fullmatch(sha256):
        raise Invalid("KEY_INVALID", "The workflow's sha256 must be 64 hexadecimal digits.", field="sha256")
    return f"workflows/{sha256}.json"


def guest_page_key(token: str) -> str:
    """The static copy of a guest's result page. Raises `Invalid`."""
    return f"r/{_part('token', token)}/index.html"


def guest_picture_key(token: str, job_id: str) -> str:
    """A picture beside the static copy of its guest's page. Raises `Invalid`."""
    return f"r/{_part('token', token)}/{_part('jobId', job_id)}.jpg"


def check_key(key: str) -> str:
    """Give the key back if storage may use it (safe parts, at most 512 characters). Raises `Invalid`."""
    if len(key) > MAX_KEY_LENGTH:
        raise Invalid("KEY_INVALID", "The key is too long.", field="key")
    for part in key.split("/"):
        _part("key", part)
    return key


def content_type_of(key: str) -> str:
    """The type a key's ending stands for; `application/octet-stream` for all others (RAW)."""
    return _CONTENT_TYPES.get(key.rpartition(".")[2].lower(), _BINARY)


def check_content_type(key: str, content_type: str) -> str:
    """The key's own type, if `content_type` says the same (parameters aside). Raises `Invalid`.

    One rule for every storage: what is put as a picture cannot come back as a page.
    """
    own = content_type_of(key)
    if _bare(content_type) != _bare(own):
        raise Invalid(
            "CONTENT_TYPE_MISMATCH", f"A key with this ending is stored as {own}.", field="contentType"
        )
    return own


def _bare(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _job(event_id: str, day: date, job_id: str) -> str:
    return f"events/{_part('eventId', event_id)}/{day:%Y-%m-%d}/{_part('jobId', job_id)}"


def _part(field: str, value: str) -> str:
    if not _PART.fullmatch(value):
        raise Invalid("KEY_INVALID", f"{field} cannot be part of an object's name.", field=field)
    return value


def _ext(value: str) -> str:
    lowered = value.lower()
    if not _EXT.fullmatch(lowered):
        raise Invalid("KEY_INVALID", "The file ending must be one to eight letters or digits.", field="ext")
    return lowered


def _number(field: str, value: int) -> int:
    if value < 0:
        raise Invalid("KEY_INVALID", f"{field} cannot be negative.", field=field)
    return value
