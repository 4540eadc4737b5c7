"""The page on which the team's devices learn to trust a server that speaks TLS."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from app.adapters.embedded.valkey import EmbeddedValkey
from tests.e2e.axe import serious
from tests.fakes import servers
from tests.fakes.browser import LAPTOP, TABLET
from tests.fakes.two_doors import Doors, open_doors


@pytest.fixture(scope="module")
def doors(
    databases: servers.Databases, migrated_template: str, valkey_server: EmbeddedValkey
) -> Iterator[Doors]:
    url = f"{valkey_server.redis_url.rsplit('/', 1)[0]}/3"
    with databases.fresh(template=migrated_template) as database, open_doors(database, url) as made:
        yield made


def test_a_tablet_reads_the_steps_until_it_trusts_us_and_then_goes_on(doors: Doors, browser: Browser) -> None:
    new = browser.new_context(viewport=TABLET)  # type: ignore[arg-type]
    new.add_cookies([{"name": "lang", "value": "en", "url": doors.plain}])
    page = new.new_page()
    page.goto(f"{doors.plain}/kiosk/photobot?x=1")
    expect(page.locator("#state")).to_contain_text("not ready yet")
    page.get_by_role("button", name="iPad").click()
    expect(page.locator("#steps li")).to_have_count(3)
    expect(page.locator("#steps")).to_contain_text("Certificate Trust Settings")
    with page.expect_download() as given:
        page.get_by_role("link", name="Download").click()
    assert given.value.path().read_bytes() == doors.authority.ca_file.read_bytes()
    assert serious(page) == []
    page.set_viewport_size(LAPTOP)  # type: ignore[arg-type]
    page.get_by_role("button", name="ID", exact=True).click()
    expect(page.locator("h1")).to_have_text("Sambungan aman untuk perangkat tim")
    assert serious(page) == []
    new.close()

    ready = browser.new_context(viewport=TABLET, ignore_https_errors=True)  # type: ignore[arg-type]
    page = ready.new_page()
    page.goto(f"{doors.plain}/kiosk/photobot?x=1")
    page.wait_for_url(f"{doors.secure}/kiosk/photobot?x=1")
    assert page.evaluate("isSecureContext"), "cameras and service workers need it"
    ready.close()
