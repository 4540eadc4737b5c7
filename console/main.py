"""The web process: API, sockets and pages in one application; `python -m console` serves it."""

import asyncio
import importlib.resources
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.openapi.docs import get_swagger_ui_html
from nicegui import app as nicegui_app
from nicegui import ui
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles

import console.pages  # noqa: F401  (importing it registers the console's pages)
from app.api.files import files_router
from app.api.v1 import add_api
from app.services import accounts, metrics, setup
from app.settings import Settings
from app.telemetry import setup_logging
from app.wiring import folder_storage, open_ports
from console import guest_socket, lag, serving, signin, socket, wall_socket, watcher_socket
from console.doors import StaffNetworks
from console.guard import Guard
from console.live import Live
from console.pages import audit_file, away, guest, kiosk, login, lost, trust, wall
from console.presence import Presence
from console.reads import ServiceReads
from console.room import Room
from console.static_files import STATIC, add_static_files
from console.waits import Waits
from console.walls import Walls

RECONNECT_SECONDS = 25.0
LAG = lag.histogram(metrics.REGISTRY)


def build(settings: Settings) -> FastAPI:
    """The whole application; the outside world is opened in its lifespan."""
    app = FastAPI(
        title="photobot",
        version="1",
        summary="Event photo booths: guests, booths, shots and jobs.",
        lifespan=lambda app: _open(app, settings),
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    _add_guard(app, settings)
    app.state.doors = trust.Doors(settings.tls_port, settings.tls_ca_file, settings.trust_url)
    _add_docs(app)
    add_api(app)
    if not settings.uses_s3:
        policy = settings.policy()
        app.include_router(files_router(folder_storage(settings), policy.max_upload_bytes))
    sockets = socket, guest_socket, watcher_socket, wall_socket
    for part in (*sockets, signin, login, kiosk, guest, wall, trust, audit_file, away):
        app.include_router(part.router)
    add_static_files(app)
    app.add_route("/", lambda _: RedirectResponse("/console", 303))
    lost.take_over(nicegui_app)
    ui.run_with(
        app,
        title="photobot",
        favicon=STATIC / "icons" / "favicon.svg",
        reconnect_timeout=RECONNECT_SECONDS,
        show_welcome_message=False,
        dark=None,
        tailwind=False,
    )
    return app


def _add_guard(app: FastAPI, settings: Settings) -> None:
    """Who comes in, from where, and from which sites."""
    app.add_middleware(
        Guard,
        origins=settings.cors_origins,
        staff=StaffNetworks(settings.staff_networks),
        # A proxy has TLS at all its ports. Where guests stay on plain HTTP, no browser may make it https.
        hsts=settings.tls_cert_file is None,
    )
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-Device-Id"],
        )


@asynccontextmanager
async def _open(app: FastAPI, settings: Settings) -> AsyncIterator[None]:
    """Open the outside world, seed a fresh installation, begin to listen to the news."""
    async with open_ports(settings) as ports:
        app.state.ports = ports
        # Pages run inside NiceGUI's own application, plain ones in ours.
        app.state.reads = nicegui_app.state.reads = ServiceReads(ports)
        app.state.live = Live(ports)
        app.state.waits = Waits(app.state.live)
        app.state.walls = Walls(app.state.live)
        app.state.guests_room = Room(at_once=guest_socket.AT_ONCE, each=guest_socket.PER_LINK)
        await setup.seed(ports)
        for account in settings.operators_json:
            await accounts.put_hash(ports, account.username, account.password_hash, account.role)
        if settings.operator_password:
            await accounts.put_password(
                ports, accounts.DEFAULT_USERNAME, settings.operator_password, "operator"
            )
        await app.state.live.start()
        presence = Presence(ports, app.state.live, settings.photobot_data)
        await presence.start()
        watching = asyncio.create_task(lag.watch(LAG), name="loop-lag")
        try:
            yield
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
            await presence.stop()
            await app.state.live.stop()


def _add_docs(app: FastAPI) -> None:
    """Swagger UI at /api/docs with its files from here; no asset of ours comes from another host."""
    files = importlib.resources.files("fastapi_offline") / "static"
    app.mount("/api/docs/static", StaticFiles(directory=str(files)), name="docs")

    @app.get("/api/docs", include_in_schema=False)
    async def docs(_: Request) -> Response:
        return get_swagger_ui_html(
            openapi_url="/api/openapi.json",
            title="photobot API",
            swagger_js_url="/api/docs/static/swagger-ui-bundle.js",
            swagger_css_url="/api/docs/static/swagger-ui.css",
            swagger_favicon_url="/static/icons/favicon.svg",
        )


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    setup_logging("web")
    serving.run(build(settings), settings)
