"""Object keys: their shape is a promise to whoever lists a bucket, and nothing unsafe gets into one."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import keys
from app.domain.errors import Invalid

DAY = date(2026, 3, 9)


def test_the_keys_stand_where_the_plan_puts_them() -> None:
    sha = "0123456789abcdef" * 4
    assert keys.input_key("E1", DAY, "J1", "JPG") == "events/E1/2026-03-09/J1/input.jpg"
    assert keys.output_key("E1", DAY, "J1", 2, 7, "png") == "events/E1/2026-03-09/J1/output_2-7.png"
    assert keys.work_key("E1", DAY, "J1", "upright", 7, "jpg") == "events/E1/2026-03-09/J1/upright-7.jpg"
    assert keys.thumb_key("E1", DAY, "J1", "output_2", 7, "jpg") == (
        "events/E1/2026-03-09/J1/thumb_output_2-7.jpg"
    )
    assert keys.shot_key("E1", DAY, "S1", "cr3") == "events/E1/2026-03-09/shots/S1.cr3"
    assert keys.overlay_key("E1", sha) == f"events/E1/overlays/{sha}.png"
    assert keys.guest_page_key("-tok_en") == "r/-tok_en/index.html"


@pytest.mark.parametrize(
    "part", ["", ".", "..", "...", ".tmp", "a/b", "a\\b", "a b", "é", "a\n", "a\x00", "x" * 129]
)
def test_no_builder_takes_an_unsafe_part(part: str) -> None:
    builders: list[Callable[[], str]] = [
        lambda: keys.input_key(part, DAY, "J1", "jpg"),
        lambda: keys.input_key("E1", DAY, part, "jpg"),
        lambda: keys.input_key("E1", DAY, "J1", f"{part}/"),
        lambda: keys.work_key("E1", DAY, "J1", part, 1, "jpg"),
        lambda: keys.thumb_key("E1", DAY, "J1", part, 1, "jpg"),
        lambda: keys.shot_key("E1", DAY, part, "jpg"),
        lambda: keys.overlay_key("E1", part),
        lambda: keys.guest_page_key(part),
    ]
    for build in builders:
        with pytest.raises(Invalid):
            build()


@pytest.mark.parametrize(
    "key", ["", "/a", "a/", "a//b", "a/../b", "./a", "a/.tmp", "a\\b", "a?b", "a\n", "a/" * 256 + "a"]
)
def test_no_unsafe_key_is_accepted(key: str) -> None:
    with pytest.raises(Invalid):
        keys.check_key(key)


def test_what_a_builder_gives_is_accepted_by_storage() -> None:
    with pytest.raises(Invalid):
        keys.work_key("E1", DAY, "J1", "x" * 128, 1, "jpg")


def test_negative_numbers_are_refused() -> None:
    with pytest.raises(Invalid):
        keys.output_key("E1", DAY, "J1", -1, 1, "jpg")
    with pytest.raises(Invalid):
        keys.output_key("E1", DAY, "J1", 1, -1, "jpg")


@given(st.text(alphabet="ab1-_./\\ é\n", max_size=40))
def test_an_accepted_key_stays_below_its_root(key: str) -> None:
    try:
        keys.check_key(key)
    except Invalid:
        return
    assert key.isascii()
    assert not key.startswith("/")
    assert all(part and not part.startswith(".") for part in key.split("/"))


def test_the_ending_says_the_type_and_a_put_must_agree() -> None:
    assert keys.content_type_of("a/b.jpg") == "image/jpeg"
    assert keys.content_type_of("a/b.cr3") == "application/octet-stream"
    assert keys.content_type_of("a.jpg/plain") == "application/octet-stream"
    assert keys.check_content_type("r/t/index.html", "Text/HTML") == "text/html; charset=utf-8"
    with pytest.raises(Invalid):
        keys.check_content_type("a/b.jpg", "text/html")
