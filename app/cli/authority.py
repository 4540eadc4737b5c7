"""`photobot up --tls`: an authority of this installation's own, and the server certificate it signs."""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.adapters.embedded.keep import write_private
from app.domain.errors import Unavailable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

AUTHORITY_LASTS = timedelta(days=3650)
LASTS = timedelta(days=390)
"""Browsers take no server certificate that lasts longer than 398 days."""
RENEW_BEFORE = timedelta(days=30)
BACKDATED = timedelta(days=2)
"""Tablets whose clock is behind believe a certificate of this minute, too."""
NETWORKS = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)
"""All that the authority may vouch for, with the addresses this machine has when it is made: whoever steals
its key can stand in for no site on the internet."""
DOMAINS = ("localhost", "local", "lan", "home", "internal", "home.arpa")


@dataclass(frozen=True)
class Issued:
    """What there is now: `fresh_authority`, `renewed` say what was made, `left_out` what it cannot name."""

    expires_at: datetime
    fresh_authority: bool
    renewed: bool
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class Authority:
    """The files of one installation's authority, below `folder` (`data/tls`)."""

    folder: Path

    @property
    def ca_file(self) -> Path:
        """The authority's certificate: what tablets trust; no secret."""
        return self.folder / "photobot-ca.crt"

    @property
    def key_file(self) -> Path:
        return self.folder / "photobot-ca.key"

    @property
    def server_file(self) -> Path:
        """The server's key and certificate in one file, so that both are replaced in one step."""
        return self.folder / "server.pem"

    def issue(self, names: Sequence[str], hostname: str, *, now: datetime | None = None) -> Issued:
        """A certificate for `names` that lasts; made anew only when the one there does not do.

        Raises `Unavailable`, in words, when the files cannot be read or written.
        """
        now = now or datetime.now(UTC)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            kept = self._kept(now)
            key, ca = kept or self._found(names, hostname, now)
            may = [name for name in names if _vouches(ca, name)]
            left_out = tuple(name for name in names if name not in may)
            there = self.certificate()
            does = there is not None and _does(there, ca, may, now)
            good = there if there is not None and does else self._sign(key, ca, may, now)
        except (OSError, ValueError) as error:
            raise Unavailable(
                "tls",
                f"The certificates in {self.folder} cannot be used ({error}). Restore the folder from a "
                "backup; or delete it: photobot then makes new ones, which every tablet has to trust again.",
            ) from error
        return Issued(good.not_valid_after_utc, kept is None, not does, left_out)

    def certificate(self) -> x509.Certificate | None:
        """The server's certificate, None where there is none yet. Raises OSError, ValueError."""
        if not self.server_file.exists():
            return None
        return x509.load_pem_x509_certificate(self.server_file.read_bytes())

    def look(self, address: str, now: datetime) -> tuple[str, str]:
        """What there is to say of the certificate for this machine's address: words, and how to mend it."""
        restart = "stop photobot and start it again with --tls"
        try:
            there = self.certificate()
            ca = x509.load_pem_x509_certificate(self.ca_file.read_bytes())
        except (OSError, ValueError) as error:
            return f"the certificates cannot be read ({error})", f"restore {self.folder} from a backup"
        if there is None:
            return "there is no certificate", restart
        open_ones = " ".join(str(file) for file in (self.key_file, self.server_file) if _is_open(file))
        if open_ones:
            return f"others may read {open_ones}", f"chmod 600 {open_ones}"
        ends = f"{there.not_valid_after_utc:%Y-%m-%d}"
        if not _does(there, ca, [address], now):
            return f"the certificate (until {ends}) does not do for {address}", restart
        return f"certificate for {address} until {ends}, authority {fingerprint(ca)[:23]}…", ""

    def _kept(self, now: datetime) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate] | None:
        """The authority on disk, as long as it outlasts a certificate of today."""
        if not (self.ca_file.exists() and self.key_file.exists()):
            return None
        ca = x509.load_pem_x509_certificate(self.ca_file.read_bytes())
        key = serialization.load_pem_private_key(self.key_file.read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != ca.public_key():
            raise ValueError("the authority's key belongs to another certificate")
        return (key, ca) if ca.not_valid_after_utc > now + LASTS else None

    def _found(
        self, names: Sequence[str], hostname: str, now: datetime
    ) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
        """Make the authority: once, for all the years that tablets trust it."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "photobot"),
                x509.NameAttribute(NameOID.COMMON_NAME, f"photobot {hostname[:40]} {now:%Y-%m-%d}"),
            ]
        )
        domains = [x509.DNSName(domain) for domain in dict.fromkeys((*DOMAINS, hostname)) if domain]
        networks = [x509.IPAddress(network) for network in (*NETWORKS, *_unusual(names))]
        ca = (
            _built(name, name, key.public_key(), key.public_key(), now, now + AUTHORITY_LASTS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs=True), critical=True)
            .add_extension(x509.NameConstraints([*domains, *networks], None), critical=True)
            .sign(key, hashes.SHA256())
        )
        write_private(self.key_file, _pem(key))
        self.ca_file.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
        return key, ca

    def _sign(
        self, key: ec.EllipticCurvePrivateKey, ca: x509.Certificate, names: Sequence[str], now: datetime
    ) -> x509.Certificate:
        own = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "photobot")])
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        made = (
            _built(subject, ca.subject, own.public_key(), key.public_key(), now, now + LASTS)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=False), critical=True)
            .add_extension(usage, critical=False)
            .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
            .sign(key, hashes.SHA256())
        )
        content = made.public_bytes(serialization.Encoding.PEM).decode()
        write_private(self.server_file, _pem(own) + content)
        return made


def fingerprint(certificate: x509.Certificate) -> str:
    """The SHA-256 as devices show it: pairs of digits with colons between them."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def names_of(certificate: x509.Certificate) -> frozenset[str]:
    """The addresses and names a certificate is for."""
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return frozenset(str(name.value) for name in found)


def _is_open(file: Path) -> bool:
    return file.exists() and bool(file.stat().st_mode & 0o077)


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _built(
    subject: x509.Name,
    issuer: x509.Name,
    own: ec.EllipticCurvePublicKey,
    issuers: ec.EllipticCurvePublicKey,
    now: datetime,
    ends: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(own)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuers), critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _address(name: str) -> Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _unusual(names: Iterable[str]) -> list[Network]:
    """Addresses outside of private networks: some venues hand them out."""
    addresses = [address for name in names if (address := _address(name)) is not None]
    return [
        ipaddress.ip_network(address)
        for address in addresses
        if not any(address in network for network in NETWORKS)
    ]


def _general(name: str) -> x509.GeneralName:
    address = _address(name)
    return x509.DNSName(name) if address is None else x509.IPAddress(address)


def _vouches(ca: x509.Certificate, name: str) -> bool:
    """Whether the authority may name it: a name outside its bounds would spoil the whole certificate."""
    bounds = ca.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    address = _address(name)
    if address is not None:
        networks = [one.value for one in bounds if isinstance(one, x509.IPAddress)]
        return any(isinstance(network, Network) and address in network for network in networks)
    domains = [one.value for one in bounds if isinstance(one, x509.DNSName)]
    return any(name == domain or name.endswith(f".{domain}") for domain in domains)


def _does(there: x509.Certificate, ca: x509.Certificate, names: Iterable[str], now: datetime) -> bool:
    """Whether a certificate is this authority's, for all these names, and lasts a while."""
    try:
        there.verify_directly_issued_by(ca)
    except (InvalidSignature, ValueError, TypeError):
        return False
    in_time = there.not_valid_before_utc <= now and now + RENEW_BEFORE < there.not_valid_after_utc
    return in_time and names_of(there) >= frozenset(names)
