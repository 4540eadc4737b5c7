"""Scripts, styles and pictures of the pages: how browsers keep them."""

import httpx

from console.static_files import VERSIONED
from tests.fakes.stack import Stack


def test_after_an_update_no_page_takes_old_modules(shared_stack: Stack) -> None:
    """Without a word browsers keep a module for a tenth of its age: old ones beside a new page, for days."""
    address = f"{shared_stack.url}/static/js/board.js"
    first = httpx.get(address)
    assert first.headers["cache-control"] == "no-cache"
    assert (first.headers["content-encoding"], first.headers["vary"]) == ("gzip", "Accept-Encoding")
    again = httpx.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "no-cache"
    plain = httpx.get(address, headers={"Accept-Encoding": "identity"})
    assert ("content-encoding" in plain.headers, plain.text) == (False, first.text)
    picture = httpx.get(f"{shared_stack.url}/static/icons/favicon.svg")
    assert ("content-encoding" in picture.headers, picture.headers["cache-control"]) == (
        False,
        "public, max-age=86400",
    )


def test_what_names_its_version_is_kept_for_good(shared_stack: Stack) -> None:
    kept = httpx.get(f"{shared_stack.url}{VERSIONED}/js/board.js")
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert kept.text == httpx.get(f"{shared_stack.url}/static/js/board.js").text
    assert httpx.get(f"{shared_stack.url}{VERSIONED}/css/base.css").status_code == 200
    assert httpx.get(f"{shared_stack.url}{VERSIONED}/js/nothing.js").status_code == 404
    assert httpx.get(f"{shared_stack.url}{VERSIONED}").status_code == 404
    assert httpx.get(f"{shared_stack.url}{VERSIONED}/..%2f..%2fpyproject.toml").status_code == 404


def test_another_version_is_served_and_not_kept(shared_stack: Stack) -> None:
    """While an update goes on, a page of the new process may ask the old one."""
    other = httpx.get(f"{shared_stack.url}/static/v-000000000000/js/board.js")
    assert (other.status_code, other.headers["cache-control"]) == (200, "no-cache")
