"""The frame of the pages without NiceGUI (kiosk, sign-in, result): one HTML document under a strict CSP."""

import re
from collections.abc import Iterable
from functools import cache
from html import escape
from pathlib import Path

from starlette.responses import HTMLResponse

from console.static_files import VERSIONED
from console.texts import Lang, browser_texts, script_json, text

SPRITE = Path(__file__).resolve().parents[2] / "static" / "icons" / "sprite.svg"
PAGES = Path(__file__).resolve().parent.parent / "pages"
_WORD = re.compile(r'(<[^>]*\bdata-t="([\w.]+)"[^>]*>)')
_HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d{1,5})?|\[[0-9a-fA-F:]+\](:\d{1,5})?")
_FRAME = """<!doctype html>
<html lang="{lang}" data-theme="{theme}">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta name="viewport" content="{viewport}">
<meta name="robots" content="noindex">
<meta name="referrer" content="same-origin">
<meta name="format-detection" content="telephone=no">
<meta name="theme-color" content="{colour}">
<link rel="icon" href="/static/icons/favicon.svg" type="image/svg+xml">
<link rel="preload" href="{files}/fonts/plus-jakarta-sans-latin-wght-normal.woff2" as="font" type="font/woff2" crossorigin>
{styles}{early}{app}
</head>
<body class="pb {name}">
{sprite}{body}
<script type="application/json" id="pb-words">{words}</script>
<script type="application/json" id="pb-page">{data}</script>
<script type="module" src="{files}/js/{name}.js"></script>
</body>
</html>
"""  # noqa: E501

_VIEWPORT = "width=device-width, initial-scale=1, viewport-fit=cover"
_NO_ZOOM = ", maximum-scale=1, user-scalable=no, interactive-widget=resizes-content"
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
_APP = """
<link rel="manifest" href="{manifest}">
<link rel="apple-touch-icon" href="/static/icons/app-touch-180.png">
<meta name="apple-mobile-web-app-capable" content="yes">
<meta name="mobile-web-app-capable" content="yes">"""


@cache
def icons() -> str:
    """All our icons as one hidden drawing inside the page: `<use href="#i-name">` costs no request."""
    return SPRITE.read_text("utf-8")


def said(markup: str, lang: Lang) -> str:
    """Our own markup with the words of every `data-t` element put in."""
    return _WORD.sub(lambda found: found[1] + escape(text(found[2], lang)), markup)


def policy(host: str, *, remote_images: bool = False, reaches: str = "") -> str:
    """The content-security policy: this server only, no inline script or style.

    The sockets are named because older Safari does not count them as 'self'. `remote_images` lets pictures
    (and nothing else) come from the customer's own bucket, to which our picture addresses redirect.
    `reaches` is another door of this server.
    """
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    connects = f"'self'{sockets} {reaches}".rstrip()
    images = " https: http:" if remote_images else ""
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:{images}; "
        f"font-src 'self'; connect-src {connects}; manifest-src 'self'; worker-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def _sheets(*names: str) -> str:
    return "\n".join(f'<link rel="stylesheet" href="{VERSIONED}/css/{name}.css">' for name in names)


def _early(script: str | None) -> str:
    """A script that runs before anything is painted."""
    return f'\n<script src="{VERSIONED}/js/{script}.js"></script>' if script else ""


def document(
    name: str,
    *,
    lang: Lang,
    title: str,
    host: str,
    words: Iterable[str],
    data: object,
    operators: bool = False,
    touch_only: bool = False,
    remote_images: bool = False,
    follows_phone: bool = False,
    manifest: str | None = None,
    reaches: str = "",
    status: int = 200,
) -> HTMLResponse:
    """The page `name`: `console/pages/{name}.html`, `static/css/{name}.css` and `static/js/{name}.js`.

    `data` becomes the page's JSON block; `operators` is for pages in the console's theme; `touch_only`
    forbids zooming (a kiosk's tablet); `follows_phone` is light or dark as the phone is;
    `manifest` is the address of what makes it installable, `reaches` another door it asks.
    """
    body = said((PAGES / f"{name}.html").read_text("utf-8"), lang)
    page = _FRAME.format(
        lang=lang,
        theme="dark" if operators else "light",
        title=escape(title),
        name=name,
        body=body,
        sprite=icons(),
        viewport=_VIEWPORT + (_NO_ZOOM if touch_only else ""),
        colour="#0c0f14" if operators else "#f5f4f0",
        early=_early("theme" if operators else "phone_theme" if follows_phone else None),
        files=VERSIONED,
        styles=_sheets("tokens", "base", name),
        app="" if manifest is None else _APP.format(manifest=escape(manifest)),
        words=browser_texts(words),
        data=script_json(data),
    )
    headers = {
        "Content-Security-Policy": policy(host, remote_images=remote_images, reaches=reaches),
        **_HEADERS,
    }
    return HTMLResponse(page, status_code=status, headers=headers)
