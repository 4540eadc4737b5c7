"""A guest registers: every way to write a number, every name that is one, and consent said clearly."""

import secrets

import httpx
import pytest

from tests.app.api.conftest import Place, Sql, new_place, refused

NUMBER = "+6281234567890"


def _register(client: httpx.Client, place: Place, **fields: object) -> httpx.Response:
    body = {"eventId": place.event_id, "name": "Ayu", "whatsapp": "081234567890", "consent": True, **fields}
    return client.post("/sessions", json=body)


@pytest.fixture(scope="module")
def shop(boss: httpx.Client) -> Place:
    """One event for all of this module."""
    return new_place(boss)


@pytest.mark.parametrize(
    "typed",
    [
        "081234567890",
        "0812 3456 7890",
        "0812-3456-7890",
        "0812.3456.7890",
        " 081234567890 ",
        "+6281234567890",
        "+62 812-3456-7890",
        "6281234567890",
        "62 0812 3456 7890",
        "81234567890",
        "(+62)81234567890",
        "(0812) 34567890",
        "006281234567890",
        "0062 812 3456 7890",
        "00862 81234567890",
        "wa.me/6281234567890",
        "https://wa.me/6281234567890?text=halo",
        "０８１２３４５６７８９０",
        "٠٨١٢٣٤٥٦٧٨٩٠",
        "tel:+6281234567890",
        "\u202a+62 812-3456-7890\u202c",
    ],
)
def test_a_number_in_any_spelling_is_one_number(
    typed: str, stranger: httpx.Client, operator: httpx.Client, shop: Place
) -> None:
    made = _register(stranger, shop, whatsapp=typed)
    assert made.status_code == 201, made.text
    found = operator.get(f"/sessions/{made.json()['code']}").json()
    assert found["whatsapp"] == NUMBER


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("+6591234567", "+6591234567"),
        ("+1 202 555 0143", "+12025550143"),
        ("+44 7911 123456", "+447911123456"),
    ],
)
def test_a_foreign_number_keeps_its_country(
    typed: str, stored: str, stranger: httpx.Client, operator: httpx.Client, shop: Place
) -> None:
    made = _register(stranger, shop, whatsapp=typed)
    assert operator.get(f"/sessions/{made.json()['code']}").json()["whatsapp"] == stored


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "WHATSAPP_INVALID"),
        ("   ", "WHATSAPP_INVALID"),
        ("08111", "WHATSAPP_INVALID"),
        ("08123456789012345", "WHATSAPP_INVALID"),
        ("+999 12345678", "WHATSAPP_INVALID"),
        ("halo", "WHATSAPP_INVALID"),
        ("0812345678901 ext. 5", "WHATSAPP_INVALID"),
        ("081234567890;ext=5", "WHATSAPP_INVALID"),
        ("081234567890 x123", "WHATSAPP_INVALID"),
        ("0812\x0034567890", "WHATSAPP_INVALID"),
        ("0" * 10_000, "WHATSAPP_INVALID"),
        ("110", "WHATSAPP_INVALID"),
        ("021-5551234", "WHATSAPP_NOT_MOBILE"),
        ("+62 21 5551234", "WHATSAPP_NOT_MOBILE"),
        ("(0361) 751011", "WHATSAPP_NOT_MOBILE"),
    ],
)
def test_what_is_no_mobile_number(typed: str, code: str, stranger: httpx.Client, shop: Place) -> None:
    assert refused(_register(stranger, shop, whatsapp=typed), 422, code)["field"] == "whatsapp"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Ayu Lestari", "Ayu Lestari"),
        ("  Ayu \t  Lestari\n", "Ayu Lestari"),
        ("Ayu 🎉", "Ayu 🎉"),
        ("R. Ng. Sastro-Widjojo, S.Pd.", "R. Ng. Sastro-Widjojo, S.Pd."),
        ("D'Arcy O’Neil", "D'Arcy O’Neil"),
        ("さくら", "さくら"),
        ("أحمد", "أحمد"),
        ("X Æ A-12", "X Æ A-12"),
        ("<b>Budi</b>", "<b>Budi</b>"),
        ("Robert'); DROP TABLE jobs;--", "Robert'); DROP TABLE jobs;--"),
        ("A", "A"),
        ("a" * 60, "a" * 60),
        ("👩\u200d🚀 Ani", "👩\u200d🚀 Ani"),
    ],
)
def test_names_people_have(
    typed: str, stored: str, stranger: httpx.Client, operator: httpx.Client, shop: Place
) -> None:
    made = _register(stranger, shop, name=typed)
    assert made.status_code == 201, made.text
    assert operator.get(f"/sessions/{made.json()['code']}").json()["name"] == stored


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "NAME_REQUIRED"),
        (" \t\n\u3000", "NAME_REQUIRED"),
        ("a" * 61, "NAME_TOO_LONG"),
        ("a" * 100_000, "NAME_TOO_LONG"),
        ("12345", "NAME_INVALID"),
        ("🎉🎉", "NAME_INVALID"),
        ("...", "NAME_INVALID"),
        ("Ayu\x00", "NAME_INVALID"),
        ("\u3164\u3164", "NAME_INVALID"),
        ("A" + "\u0301" * 12, "NAME_INVALID"),
        ("Ayu\x1b[31m", "NAME_INVALID"),
        ("Ayu\u202egnp.exe", "NAME_INVALID"),
        ("\u200bAyu\u2066", "NAME_INVALID"),
    ],
)
def test_what_is_no_name(typed: str, code: str, stranger: httpx.Client, shop: Place) -> None:
    assert refused(_register(stranger, shop, name=typed), 422, code)["field"] == "name"


@pytest.mark.parametrize("consent", [None, False])
def test_without_consent_nobody_is_registered(
    consent: bool | None, stranger: httpx.Client, shop: Place, sql: Sql
) -> None:
    count = f"SELECT count(*) FROM guests WHERE event_id = '{shop.event_id}'"
    before = sql(count)
    body = {"eventId": shop.event_id, "name": "Ayu", "whatsapp": "081234567890"}
    answer = stranger.post("/sessions", json=body if consent is None else {**body, "consent": consent})
    assert refused(answer, 422, "CONSENT_REQUIRED")["field"] == "consent"
    assert sql(count) == before


@pytest.mark.parametrize("consent", ["yes", "true", 1, [], "", {"a": 1}])
def test_consent_is_true_or_nothing(consent: object, stranger: httpx.Client, shop: Place) -> None:
    answer = _register(stranger, shop, consent=consent)
    assert refused(answer, 422, "CONSENT_REQUIRED")["field"] == "consent"


@pytest.mark.parametrize(
    "fields", [{"name": None}, {"name": 5}, {"whatsapp": 81234567890}, {"language": "fr"}, {"eventId": ["x"]}]
)
def test_wrong_types(fields: dict[str, object], stranger: httpx.Client, shop: Place) -> None:
    assert refused(_register(stranger, shop, **fields), 422, "REQUEST_INVALID")["field"] == next(iter(fields))


def test_no_event_or_a_closed_one(stranger: httpx.Client, boss: httpx.Client, place: Place) -> None:
    refused(_register(stranger, place, eventId="nowhere"), 404, "EVENT_NOT_FOUND")
    refused(_register(stranger, place, eventId="no\0where"), 422, "VALUE_INVALID")
    assert boss.patch(f"/events/{place.event_id}", json={"status": "closed"}).status_code == 200
    refused(_register(stranger, place), 410, "EVENT_CLOSED")
    assert boss.patch(f"/events/{place.event_id}", json={"status": "open"}).status_code == 200
    assert _register(stranger, place, eventId=place.slug).status_code == 201


def test_a_code_as_typed_scanned_or_said(stranger: httpx.Client, operator: httpx.Client, shop: Place) -> None:
    made = _register(stranger, shop)
    code, page = made.json()["code"], made.headers["location"]
    assert not set(code) & set("01OIL")
    scanned = f"https://booth.example.org{page}#{code}".replace("#", "%23").replace("/", "%2F")
    for typed in (code.lower(), f"{code[:2]} {code[2:]}", f"{code[:2]}-{code[2:]}", f" {code} ", scanned):
        assert operator.get(f"/sessions/{typed}").json()["sessionId"] == made.json()["sessionId"]


@pytest.mark.parametrize(
    "typed", ["ZZZZZ", "%00", "A%00BC", "..", "%2e%2e%2f", "%F0%9F%8E%89", "x" * 5000, "%23"]
)
def test_a_code_nobody_has(typed: str, operator: httpx.Client) -> None:
    answer = operator.get(f"/sessions/{typed}")
    if "%00" in typed:
        refused(answer, 422, "VALUE_INVALID")
        return
    assert answer.status_code == 404, answer.text
    assert answer.json()["code"] in ("SESSION_NOT_FOUND", "NOT_FOUND")


def test_the_guest_page_and_its_qr(stranger: httpx.Client, shop: Place) -> None:
    page = _register(stranger, shop).headers["location"]
    root = str(stranger.base_url).split("/api/")[0]
    drawn = httpx.get(f"{root}{page}/qr.svg")
    assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/svg+xml")
    refused(httpx.get(f"{root}/r/{secrets.token_urlsafe(16)}/qr.svg"), 404, "LINK_UNKNOWN")
    refused(httpx.get(f"{root}/r/a%00b/qr.svg"), 422, "VALUE_INVALID")
