"""How the team's tablets and laptops learn to trust this server (`photobot up --tls`): three steps, a QR."""

import hashlib
import re
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.api.media import qr_image
from console.pages.login import safe_next
from console.pages.lost import lost_page
from console.parts.plain import document
from console.texts import language, text

router = APIRouter(include_in_schema=False)
CA_NAME = "photobot-ca.crt"
# What every system knows as a certificate to be installed, and not as text to be shown.
CA_TYPE = "application/x-x509-ca-cert"
_HOST = re.compile(r"[A-Za-z0-9.\-]+|\[[0-9a-fA-F:]+\]")


@dataclass(frozen=True)
class Doors:
    """Where this server speaks TLS, whose certificate is to be trusted, and where the page about it is."""

    tls_port: int
    ca_file: Path | None
    url: str


def secure_address(host: str, tls_port: int) -> str:
    """The TLS door of this server by the name the client used for the plain one: `https://name:port`."""
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return f"https://{name if _HOST.fullmatch(name) else 'localhost'}:{tls_port}"


def _doors(request: Request) -> Doors:
    doors: Doors = request.app.state.doors
    return doors


@router.get("/trust")
async def trust(request: Request) -> Response:
    """The three steps; a device that trusts us already goes on to `to` by itself."""
    doors = _doors(request)
    if doors.ca_file is None:
        return lost_page(request, code="PAGE_NOT_FOUND", status=404)
    lang = language(request.cookies)
    host = request.headers.get("host", "")
    base = secure_address(host, doors.tls_port)
    to = request.query_params.get("to")
    return document(
        "trust",
        lang=lang,
        title=text("trust.title", lang),
        host=host,
        words=("brand", "lang", "trust"),
        data={
            "base": base,
            "to": safe_next(to) if to else None,
            "address": doors.url,
            "shown": urlsplit(doors.url).netloc + "/trust",
            "fingerprint": _fingerprint(doors.ca_file),
        },
        follows_phone=True,
        reaches=base,
    )


@router.get("/trust/here")
async def here(_: Request) -> Response:
    """Asked over TLS by the page on the plain door: who gets this answer trusts the certificate."""
    headers = {"Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": "no-store"}
    return Response(status_code=204, headers=headers)


@router.get("/trust/qr.svg")
async def qr(request: Request) -> Response:
    """The page's own address, for a tablet's camera."""
    return qr_image(_doors(request).url)


@router.get(f"/trust/{CA_NAME}")
async def certificate(request: Request) -> Response:
    """The authority's certificate; nothing of it is secret."""
    ca_file = _doors(request).ca_file
    if ca_file is None:
        return lost_page(request, code="PAGE_NOT_FOUND", status=404)
    headers = {"Content-Disposition": f'attachment; filename="{CA_NAME}"', "Cache-Control": "no-store"}
    return Response(ca_file.read_bytes(), media_type=CA_TYPE, headers=headers)


def _fingerprint(ca_file: Path) -> str:
    """The SHA-256 as devices show it."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(ca_file.read_text())).digest().hex(":").upper()
