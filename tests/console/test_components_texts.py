"""What pages say and show: words in both languages, every icon drawn, nothing from another host."""

import re
from pathlib import Path

import pytest

from console.pages.login import safe_next
from console.parts.plain import policy, said
from console.parts.shell import WORDS
from console.texts import TEXTS, browser_texts, error_text, language, script_json, text

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = [*(ROOT / "console" / "components").glob("*.js"), *(ROOT / "static" / "js").glob("*.js")]
MARKUP = [*(ROOT / "console" / "pages").glob("*.html")]
STYLES = [*(ROOT / "static" / "css").glob("*.css")]
KEY = re.compile(r"""\bt\(\s*['"]([\w.]*\w)['"]|data-t(?:-\w+)?="([\w.]+)"|label: "([a-z]\w*\.\w+)\"""")
PLACE = re.compile(r"\{(\w+)\}")


def _used(path: Path) -> set[str]:
    return {key for found in KEY.findall(path.read_text("utf-8")) for key in found if key}


@pytest.mark.parametrize("path", [*SCRIPTS, *MARKUP], ids=lambda path: path.name)
def test_every_word_a_page_asks_for_is_in_the_table(path: Path) -> None:
    assert _used(path) - set(TEXTS) == set()


def test_console_pages_are_given_every_group_their_components_use() -> None:
    used = {
        key.partition(".")[0]
        for path in (ROOT / "console" / "components").glob("*.js")
        for key in _used(path)
    }
    assert used - WORDS == set()


@pytest.mark.parametrize("key", TEXTS)
def test_both_languages_say_the_same_things(key: str) -> None:
    indonesian, english = TEXTS[key]
    assert indonesian.strip()
    assert english.strip()
    assert set(PLACE.findall(indonesian)) == set(PLACE.findall(english))


@pytest.mark.parametrize("path", [*SCRIPTS, *MARKUP], ids=lambda path: path.name)
def test_every_icon_is_drawn(path: Path) -> None:
    drawn = set(re.findall(r'id="i-([\w-]+)"', (ROOT / "static" / "icons" / "sprite.svg").read_text("utf-8")))
    assert set(re.findall(r"#i-([a-z][\w-]*)", path.read_text("utf-8"))) - drawn == set()


@pytest.mark.parametrize("path", [*SCRIPTS, *MARKUP, *STYLES], ids=lambda path: path.name)
def test_nothing_is_loaded_from_another_host(path: Path) -> None:
    hosts = set(re.findall(r"https?://([\w.-]+)", path.read_text("utf-8")))
    assert hosts <= {"www.w3.org", "wa.me"}  # an XML namespace, and the link a guest taps to share


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_writes_markup(path: Path) -> None:
    assert (
        re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|v-html|document\.write|\beval\(", path.read_text("utf-8")
        )
        is None
    )


def test_data_blocks_cannot_end_their_script() -> None:
    assert "<" not in script_json({"name": "</script><script>alert(1)</script>"})
    assert "<" not in browser_texts(["error"])


def test_words_with_values_and_unknown_codes() -> None:
    assert text("booths.with", "id", name="Ayu") == "Bersama Ayu"
    assert error_text("NEVER_HEARD_OF", "en") == "Something went wrong. Please try again."
    assert said('<p data-t="brand"></p>', "id") == '<p data-t="brand">photobot</p>'


@pytest.mark.parametrize(("cookie", "lang"), [("en", "en"), ("id", "id"), ("fr", "id"), ("", "id")])
def test_language_by_cookie(cookie: str, lang: str) -> None:
    assert language({"lang": cookie}) == lang


@pytest.mark.parametrize(
    "wanted", ["//evil.test", "https://evil.test", "/\\evil.test", "/a\\b", "", None, "console"]
)
def test_sign_in_never_leads_to_another_site(wanted: str | None) -> None:
    assert safe_next(wanted) == "/console"


def test_a_strange_host_header_stays_out_of_the_policy() -> None:
    assert "evil" not in policy("evil.test; script-src *")
    assert "wss://booth.local:8080" in policy("booth.local:8080")
