"""The authority of an installation: what it vouches for, and when a certificate is made anew."""

import hashlib
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from app.cli.authority import Authority, fingerprint, names_of
from app.domain.errors import Unavailable

NAMES = ["localhost", "127.0.0.1", "::1", "192.168.1.20", "desk", "desk.local"]
NOW = datetime(2026, 11, 26, 18, tzinfo=UTC)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "tls")


def test_keys_are_the_owners_and_the_certificate_is_kept(authority: Authority) -> None:
    first = authority.issue(NAMES, "desk", now=NOW)
    assert (first.fresh_authority, first.renewed, first.left_out) == (True, True, ())
    for file in (authority.key_file, authority.server_file):
        assert file.stat().st_mode & 0o077 == 0
    assert authority.folder.stat().st_mode & 0o077 == 0
    assert b"PRIVATE" not in authority.ca_file.read_bytes(), "this file is handed to everybody"
    before = authority.server_file.read_bytes()
    again = authority.issue(NAMES[:3], "desk", now=NOW + timedelta(days=30))
    assert not again.renewed, "an address that went away changes nothing"
    assert authority.server_file.read_bytes() == before
    ssl.create_default_context(cafile=str(authority.ca_file))


@pytest.mark.parametrize(
    ("names", "later"), [([*NAMES, "10.0.0.7"], timedelta(0)), (NAMES, timedelta(days=361))]
)
def test_new_addresses_and_a_near_end_renew_it_and_the_authority_stays(
    authority: Authority, names: list[str], later: timedelta
) -> None:
    authority.issue(NAMES, "desk", now=NOW)
    ca = authority.ca_file.read_bytes()
    assert authority.look("192.168.1.20", NOW)[1] == ""
    wrong = authority.look(names[-1], NOW + later)
    assert "start it again" in wrong[1], wrong
    again = authority.issue(names, "desk", now=NOW + later)
    assert (again.renewed, again.fresh_authority) == (True, False)
    assert authority.ca_file.read_bytes() == ca, "tablets trust it already"
    made = authority.certificate()
    assert made is not None
    assert names_of(made) == set(names)
    assert made.not_valid_after_utc - NOW - later <= timedelta(days=398), (
        "browsers take none that lasts longer"
    )


def test_it_vouches_for_no_site_on_the_internet(authority: Authority) -> None:
    authority.issue([*NAMES, "192.0.2.2"], "desk", now=NOW)
    made = authority.issue([*NAMES, "192.0.2.2", "93.184.216.34", "bank.example.com"], "desk", now=NOW)
    assert made.left_out == ("93.184.216.34", "bank.example.com")
    ca = x509.load_pem_x509_certificate(authority.ca_file.read_bytes())
    bounds = ca.extensions.get_extension_for_class(x509.NameConstraints)
    assert bounds.critical


def test_damaged_files_are_said_in_words(authority: Authority) -> None:
    authority.issue(NAMES, "desk", now=NOW)
    authority.key_file.write_text("no key")
    with pytest.raises(Unavailable, match="Restore the folder"):
        authority.issue(NAMES, "desk", now=NOW)
    authority.server_file.chmod(0o644)
    assert authority.look("192.168.1.20", NOW)[1].startswith("chmod 600")


def test_the_fingerprint_is_what_devices_show(authority: Authority) -> None:
    authority.issue(NAMES, "desk", now=NOW)
    ca = x509.load_pem_x509_certificate(authority.ca_file.read_bytes())
    der = ssl.PEM_cert_to_DER_cert(authority.ca_file.read_text())
    assert fingerprint(ca) == hashlib.sha256(der).digest().hex(":").upper()
