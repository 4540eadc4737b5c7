"""The static copy of a guest's page: one HTML file, its style inside, both languages, no script, no server.

It lies in a bucket and is opened when no program of ours runs, so it says its own words; the guest's own
language is shown first, the other one is a tap away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from urllib.parse import quote

_MONTHS = {
    "id": "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
    "en": "January February March April May June July August September October November December",
}
_WORDS: dict[str, tuple[str, str]] = {
    "ready": ("Fotomu sudah jadi!", "Your photo is ready!"),
    "of": ("Foto {name}", "{name}'s photo"),
    "save": ("Simpan foto", "Save photo"),
    "share": ("Bagikan lewat WhatsApp", "Share on WhatsApp"),
    "shareText": ("Lihat fotoku dari {event}: {link}", "My photo from {event}: {link}"),
    "more": ("Fotomu yang lain", "Your other photos"),
    "until": ("Tersedia sampai {date}", "Available until {date}"),
    "hold": (
        "Bila tombol tidak menyimpan, tekan lama fotonya.",
        "If the button does not save it, press and hold the photo.",
    ),
    "erased": ("Datamu sudah dihapus", "Your data is erased"),
    "erasedHint": (
        "Nama, nomor, dan fotomu tidak ada lagi di sini, seperti yang kamu minta.",
        "Your name, your number and your photos are no longer here, as you asked.",
    ),
    "number": ("Nomor tanda terima", "Receipt number"),
}
_STYLE = """
:root{color-scheme:light dark;--bg:#f5f4f0;--surface:#fff;--ink:#16181d;--ink2:#4a505c;--line:#dedbd2;
--act:#0b6b60;
--on:#fff;--soft:#ebe9e3;--focus:#0b57d0;--shadow:0 8px 28px rgb(30 28 20/.12),0 2px 6px rgb(30 28 20/.06)}
@media(prefers-color-scheme:dark){:root{--bg:#0c0f14;--surface:#141820;--ink:#f3f5f8;--ink2:#b2b9c6;
--line:#252c38;
--act:#4cc7b4;--on:#04201c;--soft:#1a1f29;--focus:#8ab8ff;--shadow:0 16px 48px rgb(0 0 0/.5)}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;background:var(--bg);color:var(--ink);
font:17px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;-webkit-text-size-adjust:100%}
.page{width:min(560px,100%);margin:0 auto;padding:14px 20px calc(28px + env(safe-area-inset-bottom));
display:flex;flex-direction:column;gap:20px}
header{display:flex;justify-content:space-between;align-items:center;gap:16px;min-height:48px}
.event{margin:0;font-weight:700;overflow-wrap:anywhere}
.langs{display:flex;flex:none;padding:3px;gap:2px;border-radius:12px;background:var(--soft)}
.langs label{min-width:48px;min-height:44px;display:grid;place-items:center;border-radius:9px;
font-size:14px;font-weight:650;
color:var(--ink2);cursor:pointer}
.pick{position:absolute;opacity:0;width:1px;height:1px;pointer-events:none}
#id:checked~.page [for=id],#en:checked~.page [for=en]{background:var(--surface);color:var(--ink);
box-shadow:0 0 0 1px var(--line)}
#id:focus-visible~.page [for=id],#en:focus-visible~.page [for=en],a:focus-visible{
outline:3px solid var(--focus);outline-offset:2px}
#id:checked~.page .en,#en:checked~.page .id{display:none}
h1{margin:0;font-size:32px;line-height:1.15;letter-spacing:-.02em;text-wrap:balance}
.lead{margin:6px 0 0;color:var(--ink2);overflow-wrap:anywhere}h2{margin:8px 0 0;font-size:20px}
figure{margin:0;display:flex;flex-direction:column;gap:14px}
figure img{display:block;width:100%;height:auto;min-height:120px;border-radius:24px;background:var(--soft);
box-shadow:var(--shadow)}
a.btn{display:flex;align-items:center;justify-content:center;gap:10px;min-height:60px;padding:0 24px;
border-radius:14px;
font-size:18px;font-weight:650;text-decoration:none;color:var(--ink);background:var(--surface);
box-shadow:inset 0 0 0 1px var(--line)}
a.main{background:var(--act);color:var(--on);box-shadow:none}
svg{width:24px;height:24px;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;
stroke-linejoin:round;flex:none}
.end{min-height:60vh;display:flex;flex-direction:column;align-items:center;justify-content:center;
text-align:center;gap:14px}
.end svg{width:56px;height:56px;stroke-width:1.5;color:var(--ink2)}
.number{font:700 26px/1.3 ui-monospace,"SF Mono",Menlo,Consolas,monospace;letter-spacing:.06em}
footer{color:var(--ink2);font-size:14px;text-align:center;display:flex;flex-direction:column;gap:4px}
footer p,.end p{margin:0}
"""
_SAVE = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 4v11m-5-5 5 5 5-5M5 20h14"/></svg>'
_SHARE = (
    '<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="6" cy="12" r="2.500"/>'
    '<circle cx="17" cy="6" r="2.500"/><circle cx="17" cy="18" r="2.500"/>'
    '<path d="m8.300 10.800 6.400-3.500m-6.400 5.900 6.400 3.500"/></svg>'
)
_SHIELD = (
    '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 3 5 6v5c0 4.500 3 8 7 10 4-2 7-5.500 7-10V6z"/>'
    '<path d="m9 12 2 2 4-4"/></svg>'
)
_FRAME = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<meta name="format-detection" content="telephone=no">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<input class="pick" type="radio" name="lang" id="id" aria-label="Indonesia"{id_on}>
<input class="pick" type="radio" name="lang" id="en" aria-label="English"{en_on}>
<div class="page">
<header><p class="event">{event}</p>
<div class="langs"><label for="id" lang="id" title="Indonesia">ID</label>
<label for="en" lang="en" title="English">EN</label></div>
</header>
{body}
</div>
</body>
</html>
"""


@dataclass(frozen=True)
class StaticPage:
    """What the copy shows: pictures beside it, newest first; `link` is where it is found."""

    event_name: str
    guest_name: str
    language: str
    pictures: Sequence[str]
    link: str
    until: date


def picture_page(page: StaticPage) -> str:
    """The page with its pictures."""
    first, *others = page.pictures
    alt = {"name": page.guest_name}
    body = [
        f"<div><h1>{_both('ready')}</h1><p class=lead>{escape(page.guest_name)}</p></div>",
        _figure(first, alt, main=True, share=_share(page)),
        *([f"<h2>{_both('more')}</h2>"] if others else []),
        *(_figure(url, alt, main=False) for url in others),
        f"<footer><p>{_both('until', date=page.until)}</p><p>{_both('hold')}</p></footer>",
    ]
    return _framed(page.event_name, page.language, page.guest_name, "\n".join(body))


def erased_page(event_name: str, number: str) -> str:
    """What stands there once the guest's data is erased: nothing of the guest."""
    body = (
        f'<main class="end">{_SHIELD}<h1>{_both("erased")}</h1><p class="lead">{_both("erasedHint")}</p>'
        f"<p>{_both('number')}</p><p class=number>{escape(number)}</p></main>"
    )
    return _framed(event_name, "id", event_name, body)


def _framed(event_name: str, language: str, title: str, body: str) -> str:
    lang = "en" if language == "en" else "id"
    return _FRAME.format(
        lang=lang,
        title=escape(title),
        style=_STYLE,
        id_on=" checked" if lang == "id" else "",
        en_on=" checked" if lang == "en" else "",
        event=escape(event_name),
        body=body,
    )


def _figure(url: str, alt: dict[str, str], *, main: bool, share: str = "") -> str:
    kind = "btn main" if main else "btn"
    words = " / ".join(text.format(**alt) for text in _WORDS["of"])
    save = (
        f'<a class="{kind}" href="{escape(url)}" download="photobot-{escape(url)}">{_SAVE}{_both("save")}</a>'
    )
    lazy = "" if main else ' loading="lazy"'
    return f'<figure><img src="{escape(url)}" alt="{escape(words)}"{lazy}>{save}{share}</figure>'


def _share(page: StaticPage) -> str:
    """The link is the same in both languages, its words are not."""
    links = []
    for lang, text in zip(("id", "en"), _WORDS["shareText"], strict=True):
        words = quote(text.format(event=page.event_name, link=page.link), safe="")
        label = _WORDS["share"][lang == "en"]
        links.append(
            f'<a class="btn {lang}" lang="{lang}" href="https://wa.me/?text={words}" target="_blank" '
            f'rel="noopener noreferrer">{_SHARE}{escape(label)}</a>'
        )
    return "".join(links)


def _both(key: str, **values: object) -> str:
    """The words in both languages; the style shows one."""
    said = []
    for lang, text in zip(("id", "en"), _WORDS[key], strict=True):
        told = {
            name: _day(value, lang) if isinstance(value, date) else value for name, value in values.items()
        }
        said.append(f'<span class="{lang}" lang="{lang}">{escape(text.format(**told))}</span>')
    return "".join(said)


def _day(day: date, lang: str) -> str:
    return f"{day.day} {_MONTHS[lang].split()[day.month - 1]} {day.year}"
