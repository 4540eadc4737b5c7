"""The only file that names concrete adapters: who does what in this installation."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from app.adapters.comfy import ComfyProvider
from app.adapters.folder import FolderStorage
from app.adapters.ipp import IppPrinters
from app.adapters.kie import KieProvider
from app.adapters.limits_store import WindowLimiter
from app.adapters.local_styles import LocalProvider
from app.adapters.redis_bus import RedisNews
from app.adapters.redis_pause import Pause
from app.adapters.s3 import S3Storage
from app.adapters.taskiq_queue import TaskiqBell
from app.db.connect import connect, sessions
from app.db.rates import SharedRate
from app.ports import Ports, Provider, Rate, Storage, StyleCheck, TaskRecords
from app.settings import Settings


class SystemClock:
    """The machine's clock, in aware UTC."""

    def now(self) -> datetime:
        """Now."""
        return datetime.now(UTC)


def folder_storage(settings: Settings) -> FolderStorage:
    """The data folder as storage; its links are signed with a secret derived from JWT_SECRET."""
    secret = hashlib.sha256(f"files:{settings.jwt_secret}".encode()).hexdigest()
    return FolderStorage(settings.photobot_data / "objects", secret, SystemClock())


def s3_storage(settings: Settings) -> S3Storage:
    """The bucket named in the settings."""
    return S3Storage(
        endpoint_url=settings.s3_endpoint,
        public_endpoint_url=settings.s3_public_endpoint,
        region=settings.s3_region,
        access_key=settings.s3_access_key_id or "",
        secret_key=settings.s3_secret_access_key or "",
        bucket=settings.s3_bucket or "",
        force_path_style=settings.s3_force_path_style,
    )


def kie_provider(settings: Settings, api_key: str, rate: Rate) -> KieProvider:
    """The account at kie.ai named in the settings; `rate` counts its calls over all workers."""
    return KieProvider(
        api_key=api_key,
        rate=rate,
        base_url=settings.kie_api_base_url,
        upload_url=settings.kie_upload_base_url,
        max_result_bytes=settings.policy().max_output_bytes,
    )


@dataclass
class _Makers:
    """Who makes pictures here, and what some of them can do besides."""

    providers: dict[str, Provider]
    workflows: ComfyProvider | None = None
    records: dict[str, TaskRecords] = field(default_factory=dict)
    checks: dict[str, StyleCheck] = field(default_factory=dict)


def _makers(settings: Settings, rate: Rate, storage: Storage, stack: AsyncExitStack) -> _Makers:
    """The house's own styles, and the providers that the settings name."""
    local = LocalProvider(slots=settings.worker_concurrency_local)
    stack.push_async_callback(local.close)
    made = _Makers({local.name: local})
    if settings.kie_api_key is not None:
        kie = kie_provider(settings, settings.kie_api_key, rate)
        stack.push_async_callback(kie.close)
        made.providers[kie.name] = made.records[kie.name] = made.checks[kie.name] = kie
    if settings.comfy_api_base_url:
        made.workflows = comfy = ComfyProvider(settings.comfy_api_base_url, storage)
        stack.push_async_callback(comfy.close)
        made.providers[comfy.name] = comfy
    return made


@asynccontextmanager
async def open_ports(settings: Settings) -> AsyncIterator[Ports]:
    """Open the outside world and close it again. Raises ValueError, in words, for missing settings."""
    policy = settings.policy()
    for name, value in (("DATABASE_URL", settings.database_url), ("REDIS_URL", settings.redis_url)):
        if not value:
            raise ValueError(f"{name} is not set. `photobot up` brings its own; single programs need it.")
    async with AsyncExitStack() as stack:
        engine = connect(settings.database_url)
        stack.push_async_callback(engine.dispose)
        storage: Storage
        if settings.uses_s3:
            storage = await stack.enter_async_context(s3_storage(settings))
        else:
            storage = folder_storage(settings)
        pause = Pause()
        news = RedisNews(settings.redis_url, pause=pause)
        stack.push_async_callback(news.close)
        bell = TaskiqBell(settings.redis_url, pause=pause)
        stack.push_async_callback(bell.close)
        makers = _makers(settings, SharedRate(engine), storage, stack)
        limiter = WindowLimiter(settings.redis_url, pause=pause)
        stack.push_async_callback(limiter.close)
        printers = IppPrinters(settings.cups_url)
        stack.push_async_callback(printers.close)
        yield Ports(
            db=sessions(engine),
            clock=SystemClock(),
            bell=bell,
            news=news,
            storage=storage,
            providers=makers.providers,
            limiter=limiter,
            policy=policy,
            workflows=makers.workflows,
            records=makers.records,
            checks=makers.checks,
            printers=printers,
        )
