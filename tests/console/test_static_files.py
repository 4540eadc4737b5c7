"""Scripts, styles and pictures of the pages: how browsers keep them."""

import httpx

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
    assert ("content-encoding" in picture.headers, picture.headers["cache-control"]) == (False, "no-cache")
