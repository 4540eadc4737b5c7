"""A multipart upload, streamed to disk while it is hashed; bounded in every field."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request
from streaming_form_data import ParseFailedException, StreamingFormDataParser
from streaming_form_data.parser import parse_content_boundary
from streaming_form_data.targets import FileTarget, SHA256Target, ValueTarget
from streaming_form_data.validators import MaxSizeValidator, ValidationError

from app.api.bodies import stream_body
from app.domain.errors import DISK_FULL, Invalid, StorageFull, TooLarge

FIELD_MAX = 4096
# All that may come beside the file: fields, those we do not know, and the form's own lines.
BESIDE_MAX = 1024 * 1024
TAIL = 1024
BLOCK = 256 * 1024
DRAIN_MAX = 256 * 1024 * 1024
DRAIN_SECONDS = 60


@dataclass(frozen=True)
class Form:
    """The file on disk with its SHA-256, and the text fields that came."""

    path: Path
    sha256: str
    file_name: str
    fields: Mapping[str, str]

    def need(self, name: str) -> str:
        """A field that must be there. Raises Invalid `FIELD_REQUIRED`."""
        value = self.fields.get(name, "").strip()
        if not value:
            raise Invalid("FIELD_REQUIRED", f"The field {name} is missing.", field=name)
        return value

    def get(self, name: str) -> str | None:
        """A field, or None where it is missing or empty."""
        return self.fields.get(name, "").strip() or None


class _FieldTooLongError(ValidationError):  # type: ignore[misc]  # the library has no types
    """A text field, and not the file, is over its limit; carries the field's name."""


class _FieldLimit(MaxSizeValidator):  # type: ignore[misc]  # as above
    def __init__(self, name: str) -> None:
        super().__init__(FIELD_MAX)
        self._name = name

    def __call__(self, chunk: bytes) -> None:
        try:
            super().__call__(chunk)
        except ValidationError:
            raise _FieldTooLongError(self._name) from None


@asynccontextmanager
async def streamed(
    request: Request, file_field: str, fields: Sequence[str], max_bytes: int
) -> AsyncIterator[Form]:
    """Read the request's body to disk; the file is gone when the block ends.

    Raises Invalid (`MULTIPART_INVALID`, `FIELD_REQUIRED`, `FIELD_TOO_LONG`, `FIELD_INVALID`), TooLarge
    `IMAGE_TOO_LARGE`, StorageFull. A body that is too large is read to its end (within bounds) so that the
    sender gets the answer and not a broken connection.
    """
    stream_body(request.scope)
    with tempfile.TemporaryDirectory(prefix="photobot-in-") as folder:
        path = Path(folder) / "file"
        values = {name: ValueTarget(validator=_FieldLimit(name)) for name in fields}
        limit = MaxSizeValidator(max_bytes)
        file, digest = FileTarget(str(path), allow_overwrite=False, validator=limit), SHA256Target()
        try:
            headers = dict(request.headers)
            parser, end = StreamingFormDataParser(headers), b"--%b--" % parse_content_boundary(headers)
            parser.register(file_field, file)
            parser.register(file_field, digest)
            for name, target in values.items():
                parser.register(name, target)
        except ParseFailedException as error:
            raise Invalid("MULTIPART_INVALID", f"This is no multipart form: {error}.") from None
        await _feed(request, parser, end, max_bytes)
        if file.multipart_filename is None and not path.exists():
            raise Invalid("FIELD_REQUIRED", f"The file field {file_field} is missing.", field=file_field)
        path.touch()
        yield Form(
            path,
            digest.value,
            file.multipart_filename or "",
            {name: _text(name, target) for name, target in values.items()},
        )


def _text(name: str, target: ValueTarget) -> str:
    try:
        return str(target.value.decode())
    except UnicodeDecodeError:
        raise Invalid("FIELD_INVALID", f"The field {name} is no UTF-8 text.", field=name) from None


async def _feed(request: Request, parser: StreamingFormDataParser, end: bytes, max_bytes: int) -> None:
    stream = request.stream()
    try:
        tail = await _parse(stream, parser, max_bytes + BESIDE_MAX)
    except _FieldTooLongError as error:
        await _drain(stream)
        raise Invalid(
            "FIELD_TOO_LONG", f"The field {error} has more than {FIELD_MAX} bytes.", field=str(error)
        ) from None
    except ValidationError:
        await _drain(stream)
        raise TooLarge(
            "IMAGE_TOO_LARGE",
            f"A picture may have at most {max_bytes // (1024 * 1024)} MB.",
            max_bytes=max_bytes,
        ) from None
    except ParseFailedException:
        await _drain(stream)
        raise Invalid("MULTIPART_INVALID", "The form is broken.") from None
    except FileExistsError:
        await _drain(stream)
        raise Invalid("MULTIPART_INVALID", "The form holds more than one file.") from None
    except OSError as fault:
        await _drain(stream)
        if fault.errno in DISK_FULL:
            raise StorageFull from None
        raise
    if end not in tail:  # the parser itself takes a body that just stops
        raise Invalid("MULTIPART_INVALID", "The form has no end: it was cut off.")


async def _parse(stream: AsyncIterator[bytes], parser: StreamingFormDataParser, most: int) -> bytes:
    """Parse all of a body in a thread, block by block; gives its last bytes."""
    block, seen, tail = bytearray(), 0, b""
    async for chunk in stream:
        seen += len(chunk)
        if seen > most:
            raise ValidationError
        block += chunk
        tail = (tail + chunk[-TAIL:])[-TAIL:]
        if len(block) >= BLOCK:
            await asyncio.to_thread(parser.data_received, bytes(block))
            block.clear()
    if block:
        await asyncio.to_thread(parser.data_received, bytes(block))
    return tail


async def _drain(stream: AsyncIterator[bytes]) -> None:
    seen = 0
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            async for chunk in stream:
                seen += len(chunk)
                if seen > DRAIN_MAX:
                    return
    except TimeoutError:
        return
