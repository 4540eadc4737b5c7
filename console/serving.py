"""Serves the application: over plain HTTP, or staff over TLS and guests over plain HTTP, in one process."""

import resource
import socket
import ssl
from contextlib import suppress
from pathlib import Path

import structlog
import uvicorn
from starlette.types import ASGIApp

from app.settings import Settings
from console.doors import PlainDoor
from console.sparing import SparingWebSockets

log = structlog.get_logger()

OPEN_FILES = 8192
WS_MAX_BYTES = 512 * 1024
LOOK_TICKS = 50
"""Of a tenth of a second: how often the certificate's file is looked at."""


def run(app: ASGIApp, settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    _allow_connections()
    with suppress(KeyboardInterrupt):  # uvicorn raises Ctrl-C again when all is closed
        _server(app, settings).run()


def _server(app: ASGIApp, settings: Settings) -> uvicorn.Server:
    if settings.tls_cert_file is None:
        return uvicorn.Server(_config(app, settings, settings.port))
    door = PlainDoor(app, tls_port=settings.tls_port, has_ca=settings.tls_ca_file is not None)
    return TwoDoors(
        _config(app, settings, settings.tls_port, tls=True),
        _config(door, settings, settings.port, lifespan=False),
    )


def _config(
    app: ASGIApp, settings: Settings, port: int, *, tls: bool = False, lifespan: bool = True
) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=settings.host,
        port=port,
        log_config=None,
        access_log=False,
        lifespan="on" if lifespan else "off",
        ws=SparingWebSockets,
        ws_max_size=WS_MAX_BYTES,
        ws_ping_interval=10,
        ws_ping_timeout=20,
        timeout_graceful_shutdown=5,
        server_header=False,
        ssl_certfile=settings.tls_cert_file if tls else None,
        ssl_keyfile=settings.tls_key_file if tls else None,
    )


class TwoDoors(uvicorn.Server):
    """Staff over TLS, guests over plain HTTP: two listeners, one lifespan, one end."""

    def __init__(self, staff: uvicorn.Config, guests: uvicorn.Config) -> None:
        super().__init__(staff)
        self._guests = uvicorn.Server(guests)
        self._seen = _changed_at(staff)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """The application opens with the staff's door; then guests may come."""
        await super().startup(sockets)
        if self.started and not self.should_exit:
            config = self._guests.config
            config.load()
            self._guests.lifespan = config.lifespan_class(config)
            await self._guests.startup()

    async def on_tick(self, counter: int) -> bool:
        """Both servers' second hand; a renewed certificate is taken up without a restart."""
        await self._guests.on_tick(counter)
        if counter % LOOK_TICKS == 0:
            self._take_renewed()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Guests' door first: the application closes with the other one."""
        if self._guests.started:
            await self._guests.shutdown()
        await super().shutdown(sockets)

    def _take_renewed(self) -> None:
        """New connections get the new certificate; those that are open keep theirs."""
        context, config = self.config.ssl, self.config
        now = _changed_at(config)
        if context is None or now == self._seen or config.ssl_certfile is None:
            return
        try:
            context.load_cert_chain(config.ssl_certfile, config.ssl_keyfile)
        except (OSError, ssl.SSLError) as error:  # half of it written: the next look finds the rest
            log.warning("certificate_not_taken", error=str(error))
            return
        self._seen = now
        log.info("certificate_renewed")


def _changed_at(config: uvicorn.Config) -> tuple[int, ...]:
    files = [Path(file) for file in (config.ssl_certfile, config.ssl_keyfile) if file is not None]
    return tuple(file.stat().st_mtime_ns for file in files if file.exists())


def _allow_connections() -> None:
    """Raise the limit of open files: each phone holds a connection, and some shells give only 256."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
