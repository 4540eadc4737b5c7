"""Every visible word, in Indonesian and English, and the one function that says them.

Browser modules get the same table as a JSON data block in the page (`browser_texts`), both languages at
once, so that a reader can switch without a reload.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, cast

from app.domain.deeds import Phrase
from app.domain.line import LINES
from console import (
    words_account,
    words_admin,
    words_attention,
    words_audit,
    words_booth,
    words_camera,
    words_comfy,
    words_console,
    words_engine,
    words_errors,
    words_form,
    words_gallery,
    words_guest,
    words_guide,
    words_health,
    words_house,
    words_kie,
    words_laptop,
    words_moving,
    words_mydata,
    words_printing,
    words_queue,
    words_refused,
    words_rescue,
    words_retention,
    words_supervisor,
    words_system,
    words_trust,
    words_wall,
)

Lang = Literal["id", "en"]
DEFAULT_LANG: Lang = "id"
COOKIE = "lang"

TEXTS: Mapping[str, tuple[str, str]] = {
    **words_console.WORDS,
    **words_booth.WORDS,
    **words_camera.WORDS,
    **words_laptop.WORDS,
    **words_guest.WORDS,
    **words_mydata.WORDS,
    **words_errors.WORDS,
    **words_kie.WORDS,
    **words_comfy.WORDS,
    **words_engine.WORDS,
    **words_rescue.WORDS,
    **words_health.WORDS,
    **words_house.WORDS,
    **words_queue.WORDS,
    **words_moving.WORDS,
    **words_trust.WORDS,
    **words_account.WORDS,
    **words_gallery.WORDS,
    **words_attention.WORDS,
    **words_wall.WORDS,
    **words_supervisor.WORDS,
    **words_system.WORDS,
    **words_admin.WORDS,
    **words_retention.WORDS,
    **words_refused.WORDS,
    **words_form.WORDS,
    **words_guide.WORDS,
    **words_audit.WORDS,
    **words_printing.WORDS,
}


def language(cookies: Mapping[str, str]) -> Lang:
    """The reader's language by the cookie `lang`; Indonesian where it is missing or strange."""
    return cast(Lang, cookies[COOKIE]) if cookies.get(COOKIE) in ("id", "en") else DEFAULT_LANG


def text(key: str, lang: Lang, /, **values: object) -> str:
    """The words for a key. Raises KeyError for a key that is not in the table."""
    indonesian, english = TEXTS[key]
    return (english if lang == "en" else indonesian).format_map(values)


def phrase_text(phrase: Phrase, lang: Lang, /) -> str:
    """A sentence by its words; `static/js/audit_words.js` looks them up in the same way."""
    slots = {
        slot: ", ".join(_first_known(keys, lang, {}) for keys in parts)
        for slot, parts in phrase.words.items()
    }
    return _first_known(phrase.keys, lang, {**phrase.values, **slots})


def text_or(key: str, lang: Lang, fallback: str) -> str:
    """The text of this key where there is one, else the fallback."""
    return text(key, lang) if key in TEXTS else fallback


def _first_known(keys: Sequence[str], lang: Lang, values: Mapping[str, str]) -> str:
    key = next((key for key in keys if key in TEXTS), None)
    return keys[-1] if key is None else text(key, lang, **values)


def error_text(code: str, lang: Lang, /, **values: object) -> str:
    """The sentence for an error code; a general one where we have no words for it."""
    key = f"error.{code}"
    return text(key if key in TEXTS else "error.UNKNOWN", lang, **values)


def script_json(value: object) -> str:
    """JSON that is safe inside a `<script type="application/json">` element, whatever it holds."""
    dumped = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return dumped.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def browser_texts(groups: Iterable[str]) -> str:
    """JSON with the chosen groups of words (a key's part before the dot) and the lines' stages."""
    wanted = frozenset(groups)
    words = {key: value for key, value in TEXTS.items() if key.partition(".")[0] in wanted}
    lines = {
        name: [{"name": stage.name, "percent": stage.percent} for stage in line.stages]
        for name, line in LINES.items()
    }
    return script_json({"words": words, "lines": lines})
