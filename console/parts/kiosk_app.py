"""Pages that start without the server: their service workers, what these keep; the kiosk's manifest."""

import hashlib
import json
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from console.parts.plain import PAGES
from console.static_files import STATIC, VERSIONED
from console.texts import Lang, browser_texts, text

_IMPORT = re.compile(r'from "\./([\w-]+\.js)"')
_LINK = re.compile(r'(?:src|href)="(/static/[\w./-]+)"')
_OTHERS = (
    f"{VERSIONED}/css/tokens.css",
    f"{VERSIONED}/css/base.css",
    "/static/icons/favicon.svg",
)
_MORE = {"kiosk": ("/static/icons/app-192.png",), "away": (f"{VERSIONED}/js/theme.js",)}
ICONS = (
    ("app-192", "192x192", "any"),
    ("app-512", "512x512", "any"),
    ("app-maskable-512", "512x512", "maskable"),
)


def _modules(name: str, known: set[str]) -> set[str]:
    """A browser module and all it imports."""
    if name not in known:
        known.add(name)
        for other in _IMPORT.findall((STATIC / "js" / name).read_text("utf-8")):
            _modules(other, known)
    return known


@cache
def shell(name: str) -> tuple[str, ...]:
    """Addresses of the files the page `name` starts with; nothing of a guest is among them."""
    modules = {f"{VERSIONED}/js/{one}" for one in _modules(f"{name}.js", set())}
    fonts = {f"{VERSIONED}/fonts/{path.name}" for path in (STATIC / "fonts").glob("*.woff2")}
    pictures = set(_LINK.findall((PAGES / f"{name}.html").read_text("utf-8")))
    return tuple(sorted({*_OTHERS, f"{VERSIONED}/css/{name}.css", *_MORE[name], *modules, *fonts, *pictures}))


@cache
def worker(name: str, words: Iterable[str]) -> str:
    """The service worker's script of the page `name`. Another shell, page or word makes it another script:
    browsers then change to it, and the old one's copies are thrown away.
    """
    script = (STATIC / "js" / f"{name}_worker.js").read_text("utf-8")
    seen = hashlib.sha256(script.encode())
    for url in shell(name):
        seen.update((STATIC / url.removeprefix(VERSIONED).removeprefix("/static").lstrip("/")).read_bytes())
    seen.update((PAGES / f"{name}.html").read_bytes() + browser_texts(words).encode())
    facts = {"version": seen.hexdigest()[:12], "shell": shell(name)}
    return f"const {name.upper()} = {json.dumps(facts)};\n{script}"


def manifest(lang: Lang, path: str, event_name: str | None) -> dict[str, Any]:
    """The manifest of one event's kiosk."""
    name = text("kiosk.app", lang)
    return {
        "id": path,
        "name": f"{name} · {event_name}" if event_name else name,
        "short_name": name,
        "lang": lang,
        "start_url": path,
        "scope": "/kiosk",
        "display": "fullscreen",
        "background_color": "#f5f4f0",
        "theme_color": "#f5f4f0",
        "icons": [
            {"src": f"/static/icons/{icon}.png", "sizes": sizes, "type": "image/png", "purpose": purpose}
            for icon, sizes, purpose in ICONS
        ],
    }
