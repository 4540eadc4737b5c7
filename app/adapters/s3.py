"""Storage in an S3 bucket (AWS, R2, MinIO, B2, Ceph): streams both ways, bounded retries, signed links."""

import asyncio
import base64
import hashlib
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, closing, suppress
from functools import cache, partial
from io import BufferedReader
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, TypeVar
from urllib.parse import quote

import structlog
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session

from app.adapters.disk import part_beside, too_large, write_stream
from app.adapters.s3_faults import FAULTS, as_ours, is_transient
from app.domain.errors import NotFound
from app.domain.keys import check_content_type, check_key
from app.ports import ObjectInfo

MULTIPART_ABOVE = 16 * 1024 * 1024
PART_BYTES = 8 * 1024 * 1024
PARTS_AT_ONCE = 3
_CHUNK = 256 * 1024
_BACKOFF_CAP = 10.0
_HEALTH_SECONDS = 3.0
_ABORT_SECONDS = 10.0
# A try may take its timeouts plus the time this rate needs; a transfer slower than this has stalled.
_SLOWEST_BYTES_PER_SECOND = 64 * 1024

T = TypeVar("T")
_log = structlog.get_logger(__name__)


class S3Storage:
    """Implements `app.ports.Storage`; use it as an async context manager, which holds its one client.

    The access key needs ListBucket too: without it S3 says "refused" for an object that is missing.
    """

    def __init__(
        self,
        *,
        bucket: str,
        access_key: str,
        secret_key: str,
        region: str,
        endpoint_url: str | None = None,
        public_endpoint_url: str | None = None,
        force_path_style: bool = True,
        connect_timeout: float = 5.0,
        read_timeout: float = 30.0,
        tries: int = 4,
        backoff: float = 0.5,
    ) -> None:
        """`public_endpoint_url`: where browsers reach the bucket, if elsewhere. Times in seconds."""
        self._bucket = bucket
        self._account = {
            "aws_access_key_id": access_key,
            "aws_secret_access_key": secret_key,
            "region_name": region,
        }
        self._endpoint_url = endpoint_url
        self._public_endpoint_url = public_endpoint_url
        self._try_seconds = connect_timeout + read_timeout
        self._max_tries = tries
        self._backoff = backoff
        self._config = AioConfig(
            signature_version="s3v4",
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            max_pool_connections=32,
            # Retrying is ours alone (`_tries`): botocore's ends where a body begins, and would multiply it.
            retries={"total_max_attempts": 1},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={
                "addressing_style": "path" if force_path_style else "auto",
                # Signing a body hashes it on the event loop; a signed Content-MD5 from a thread guards it.
                "payload_signing_enabled": False,
            },
        )
        self._client: Any = None
        self._signer: Any = None
        self._open_clients = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._client = await self._connect(self._endpoint_url)
        self._signer = self._client
        if self._public_endpoint_url is not None:
            self._signer = await self._connect(self._public_endpoint_url)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open_clients.aclose()

    async def put_file(self, key: str, source: Path, content_type: str) -> None:
        """Store a file, in parts above 16 MiB. Raises `Unavailable` after the tries."""
        own_type = check_content_type(check_key(key), content_type)
        size = (await asyncio.to_thread(source.stat)).st_size
        if size > MULTIPART_ABOVE:
            await self._put_parts(key, source, own_type, size)
            return
        await self._tries(partial(self._put_whole, key, source, own_type), size)

    async def put_bytes(self, key: str, data: bytes, content_type: str) -> None:
        """Store a small object. Raises `Unavailable`."""
        own_type = check_content_type(check_key(key), content_type)
        md5 = await asyncio.to_thread(_md5, data)
        await self._ask("put_object", len(data), Key=key, Body=data, ContentType=own_type, ContentMD5=md5)

    async def get_file(self, key: str, target: Path, *, max_bytes: int) -> ObjectInfo:
        """Download to `target`. Raises `NotFound`, `TooLarge`, `Unavailable`."""
        part = part_beside(target)
        try:
            info = await self._tries(partial(self._download, check_key(key), part, max_bytes), max_bytes)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return info

    async def open(self, key: str, *, chunk: int = _CHUNK) -> AsyncIterator[bytes]:
        """Stream an object's bytes. Raises `NotFound`, `Unavailable`; a body cut off is not retried."""
        reply = await self._ask("get_object", Key=check_key(key))
        async with reply["Body"] as body:
            while True:
                try:
                    data = await body.read(chunk)
                except FAULTS as fault:
                    raise as_ours(fault) from fault
                if not data:
                    return
                yield data

    async def head(self, key: str) -> ObjectInfo | None:
        """Facts of an object, None where there is none. Raises `Unavailable`."""
        try:
            return _info(await self._ask("head_object", Key=check_key(key)))
        except NotFound:
            return None

    async def delete(self, key: str) -> None:
        """Remove an object; no error when it is not there. Raises `Unavailable`."""
        with suppress(NotFound):
            await self._ask("delete_object", Key=check_key(key))

    async def signed_get_url(self, key: str, *, seconds: int, filename: str | None = None) -> str:
        """An absolute link at the public endpoint; `filename` makes it a download."""
        asked = {"Bucket": self._bucket, "Key": check_key(key)}
        if filename is not None:
            asked["ResponseContentDisposition"] = _attachment(filename)
        url: str = await self._signer.generate_presigned_url("get_object", Params=asked, ExpiresIn=seconds)
        return url

    async def signed_put_url(self, key: str, *, seconds: int, content_type: str) -> str:
        """An absolute link at the public endpoint, for a PUT with exactly this `Content-Type`."""
        check_content_type(check_key(key), content_type)
        asked = {"Bucket": self._bucket, "Key": key, "ContentType": content_type}
        url: str = await self._signer.generate_presigned_url("put_object", Params=asked, ExpiresIn=seconds)
        return url

    async def healthy(self) -> bool:
        """True if the bucket answers us within three seconds; tried once."""
        try:
            async with asyncio.timeout(_HEALTH_SECONDS):
                await self._client.head_bucket(Bucket=self._bucket)
        except FAULTS:
            return False
        return True

    async def _connect(self, endpoint_url: str | None) -> Any:
        making = _session().create_client(
            "s3", endpoint_url=endpoint_url, config=self._config, **self._account
        )
        return await self._open_clients.enter_async_context(making)

    async def _tries(self, call: Callable[[], Awaitable[T]], size: int = 0) -> T:
        """Await `call` until it succeeds, its fault is no passing one, or the tries are used up."""
        left = self._max_tries
        while True:
            left -= 1
            try:
                async with asyncio.timeout(self._try_seconds + size / _SLOWEST_BYTES_PER_SECOND):
                    return await call()
            except FAULTS as fault:
                if left <= 0 or not is_transient(fault):
                    raise as_ours(fault) from fault
            # Full jitter: workers cut off at the same moment must not come back at the same moment.
            ceiling = min(_BACKOFF_CAP, self._backoff * 2 ** (self._max_tries - left - 1))
            await asyncio.sleep(random.uniform(0, ceiling))

    async def _ask(self, operation: str, size: int = 0, /, **asked: object) -> Mapping[str, Any]:
        call = partial(getattr(self._client, operation), Bucket=self._bucket, **asked)
        reply: Mapping[str, Any] = await self._tries(call, size)
        return reply

    async def _put_whole(self, key: str, source: Path, content_type: str) -> None:
        with closing(await asyncio.to_thread(source.open, "rb")) as file:
            md5 = await asyncio.to_thread(_md5_of_file, file)
            await self._client.put_object(
                Bucket=self._bucket, Key=key, Body=file, ContentType=content_type, ContentMD5=md5
            )

    async def _put_parts(self, key: str, source: Path, content_type: str, size: int) -> None:
        begun = await self._ask("create_multipart_upload", Key=key, ContentType=content_type)
        upload: str = begun["UploadId"]
        try:
            parts = await self._send_parts(key, upload, source, size)
            done = {"Parts": parts}
            await self._ask("complete_multipart_upload", Key=key, UploadId=upload, MultipartUpload=done)
        except BaseException:
            # Also on cancellation: parts of an upload that never ends are paid for and seen by nobody.
            await self._abort(key, upload)
            raise

    async def _send_parts(self, key: str, upload: str, source: Path, size: int) -> list[dict[str, object]]:
        numbers = iter(range(1, -(-size // PART_BYTES) + 1))
        sent: dict[int, str] = {}
        with closing(await asyncio.to_thread(source.open, "rb")) as file:
            lock = asyncio.Lock()

            async def send(remaining: Iterator[int]) -> None:
                for number in remaining:
                    async with lock:
                        data, md5 = await asyncio.to_thread(_read_part, file, number)
                    reply = await self._ask(
                        "upload_part", len(data),
                        Key=key, UploadId=upload, PartNumber=number, Body=data, ContentMD5=md5,
                    )  # fmt: skip
                    sent[number] = reply["ETag"]

            try:
                async with asyncio.TaskGroup() as group:
                    for _ in range(PARTS_AT_ONCE):
                        group.create_task(send(numbers))
            except ExceptionGroup as faults:
                raise faults.exceptions[0] from None
        return [{"PartNumber": number, "ETag": sent[number]} for number in sorted(sent)]

    async def _abort(self, key: str, upload: str) -> None:
        try:
            async with asyncio.timeout(_ABORT_SECONDS):
                await self._client.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=upload)
        except FAULTS as fault:
            _log.warning("multipart upload not aborted", key=key, fault=type(fault).__name__)

    async def _download(self, key: str, part: Path, max_bytes: int) -> ObjectInfo:
        reply = await self._client.get_object(Bucket=self._bucket, Key=key)
        async with reply["Body"] as body:
            info = _info(reply)
            if info.size > max_bytes:
                raise too_large(max_bytes)
            await write_stream(part, body.iter_chunks(_CHUNK), max_bytes=max_bytes, durable=False)
        return info


@cache
def _session() -> Any:
    # Holds no account, only S3's description, which takes a third of a second to read.
    return get_session()


def _info(reply: Mapping[str, Any]) -> ObjectInfo:
    return ObjectInfo(int(reply["ContentLength"]), str(reply.get("ContentType", "")))


def _attachment(filename: str) -> str:
    """A download's Content-Disposition (RFC 6266): a plain name for old readers, the true one beside it."""
    plain = re.sub(r"[^A-Za-z0-9 ._()-]", "_", filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def _read_part(file: BinaryIO, number: int) -> tuple[bytes, str]:
    file.seek((number - 1) * PART_BYTES)
    data = file.read(PART_BYTES)
    return data, _md5(data)


def _md5(data: bytes) -> str:
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


def _md5_of_file(file: BufferedReader) -> str:
    digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).digest()
    file.seek(0)
    return base64.b64encode(digest).decode()
