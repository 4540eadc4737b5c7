"""The console's shell: `page` in the reader's language, styles, words, header; pages fill the desk."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.metadata import version
from typing import Any, Literal

from fastapi import Depends
from nicegui import translations, ui
from nicegui.dependencies import register_importmap_override
from nicegui.language import Language
from nicegui.page import page as nicegui_page
from starlette.requests import Request

from app.domain.access import ROLE_ORDER
from console.components.top_bar import TopBar
from console.parts.plain import icons
from console.parts.reads import principal_of
from console.static_files import VERSIONED
from console.texts import DEFAULT_LANG, Lang, browser_texts, language

_WORDS = """
brand lang nav live watcher undo close tryAgain status stage step wait job time queue booths people guestState
capture camera style film shot jobs help error span tray reject nextStep health
healthBecause healthStep laptop provider lane rescue because part bulk uploads keys move
gallery attention signIns print
watch alert sys incident program admin form guide audit keep
"""
WORDS = frozenset(_WORDS.split())
PageName = Literal[
    "booth",
    "booths",
    "queue",
    "job",
    "laptop",
    "gallery",
    "attention",
    "signIns",
    "supervisor",
    "system",
    "admin",
]
register_importmap_override("/static/js/", f"{VERSIONED}/js/")  # what the components import
SHEETS = ("tokens", "base", "console")

translations.translations["id"] = {
    "connection_lost": "Sambungan terputus",
    "trying_to_reconnect": "Menyambung lagi…",
    "message_too_long": "Pesan terlalu panjang",
    "message_too_long_body": "Pesan ini terlalu besar untuk dikirim.",
}


_reader: ContextVar[Lang] = ContextVar("reader", default=DEFAULT_LANG)
_decides: ContextVar[bool] = ContextVar("decides", default=False)
_rules: ContextVar[bool] = ContextVar("rules", default=False)
_house: ContextVar[bool] = ContextVar("house", default=False)


async def _read_reader(request: Request) -> None:
    """A dependency of every page: NiceGUI asks for the language where there is no request at hand."""
    _reader.set(language(request.cookies))
    _rules.set(principal_of(request).role == "admin")
    _house.set(principal_of(request).events is None)
    _decides.set(ROLE_ORDER[principal_of(request).role] >= ROLE_ORDER["supervisor"])


class page(nicegui_page):
    """NiceGUI's `@page`, in the language of the reader's cookie."""

    def __init__(self, path: str) -> None:
        super().__init__(path, dependencies=[Depends(_read_reader)])

    def resolve_language(self) -> Language | None:
        """Indonesian or English, for Quasar's words and the document's `lang`."""
        return "en-GB" if _reader.get() == "en" else "id"


@contextmanager
def desk(
    name: PageName,
    *,
    username: str,
    sheet: str,
    event: str | None = None,
    booth: str | None = None,
    event_name: str = "",
    booth_name: str = "",
    watch: bool = False,
    every: bool = False,
) -> Iterator[dict[str, Any]]:
    """The frame of a console page; yields the scope that its live components share.

    `sheet` names the page's own stylesheets; `event` and `booth` say which rows its board carries; `watch`:
    all that a supervisor sees; both that and `every` mean every event of the account unless one is named.
    """
    for part in (*SHEETS, *sheet.split()):
        ui.add_head_html(f'<link rel="stylesheet" href="{VERSIONED}/css/{part}.css">')
    ui.add_head_html(f'<script src="{VERSIONED}/js/theme.js"></script>')
    ui.add_head_html(f'<script type="application/json" id="pb-words">{browser_texts(WORDS)}</script>')
    ui.add_head_html(f'<meta name="photobot-version" content="{version("photobot")}">')
    ui.add_body_html(icons())
    _only_ours_is_main()
    scope: dict[str, Any] = {"event": event, "booth": booth, "watch": watch, "every": every}
    with ui.element("div").classes("pb console").classes(f"page-{name}"):
        TopBar(
            page=name,
            scope=scope,
            event_name=event_name,
            booth_name=booth_name,
            username=username,
            decides=_decides.get(),
            rules=_rules.get(),
            house=_house.get(),
        )
        with ui.element("main").classes("desk"):
            yield scope


def _only_ours_is_main() -> None:
    """Quasar's page is a <main> of its own, around the top bar: nothing to jump to."""
    around = ui.context.client.content.parent_slot
    if around is not None:
        around.parent.props("role=presentation")
