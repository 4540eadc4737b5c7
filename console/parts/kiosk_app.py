"""The kiosk as an installed app: its manifest, and the service worker with the list of what it keeps."""

import hashlib
import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from console.parts.plain import PAGES
from console.texts import Lang, browser_texts, text

STATIC = Path(__file__).resolve().parents[2] / "static"
_IMPORT = re.compile(r'from "\./([\w-]+\.js)"')
_LINK = re.compile(r'(?:src|href)="(/static/[\w./-]+)"')
_OTHERS = (
    "/static/css/tokens.css",
    "/static/css/base.css",
    "/static/css/kiosk.css",
    "/static/icons/favicon.svg",
    "/static/icons/app-192.png",
)
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
def shell() -> tuple[str, ...]:
    """Addresses of the files the kiosk starts with; nothing of a guest is among them."""
    modules = {f"/static/js/{name}" for name in _modules("kiosk.js", set())}
    fonts = {f"/static/fonts/{path.name}" for path in (STATIC / "fonts").glob("*.woff2")}
    pictures = set(_LINK.findall((PAGES / "kiosk.html").read_text("utf-8")))
    return tuple(sorted({*_OTHERS, *modules, *fonts, *pictures}))


@cache
def worker(words: Iterable[str]) -> str:
    """The service worker's script. Another shell, page or word makes it another script: browsers then change
    to it, and the old one's copies are thrown away.
    """
    script = (STATIC / "js" / "kiosk_worker.js").read_text("utf-8")
    seen = hashlib.sha256(script.encode())
    for url in shell():
        seen.update((STATIC / url.removeprefix("/static/")).read_bytes())
    seen.update((PAGES / "kiosk.html").read_bytes() + browser_texts(words).encode())
    facts = {"version": seen.hexdigest()[:12], "shell": shell()}
    return f"const KIOSK = {json.dumps(facts)};\n{script}"


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
