"""`photobot up --tls` in steps: certificates made or kept, what programs are told, renewing while it runs."""

import ssl
import time
from pathlib import Path

from cryptography import x509

from app.cli.authority import Authority, Issued, fingerprint
from app.cli.logs import complain, say
from app.cli.network import lan_address, own_hostname, own_names
from app.domain.errors import PhotobotError

LOOK_SECONDS = 30.0
NONE = {"TLS_CERT_FILE": "", "TLS_CA_FILE": "", "TLS_KEY_FILE": ""}
"""`up` without --tls: what the shell may name belongs to programs that are started by themselves."""


class Tls:
    """The certificates of one `up`."""

    def __init__(self, folder: Path, host: str, port: int, staff_url: str) -> None:
        self._authority = Authority(folder)
        self._host, self._port, self._staff_url = host, port, staff_url
        self._address = lan_address()
        self._looked = time.monotonic()

    @property
    def ca_file(self) -> Path:
        """What a client of ours trusts."""
        return self._authority.ca_file

    def prepare(self) -> None:
        """Have a certificate for all addresses of this moment. Raises `Unavailable`, in words."""
        issued = self._issue()
        if issued.fresh_authority:
            say("Made an authority of its own for this installation: tablets have to trust it once.")
        for name in {self._host, self._address} & set(issued.left_out):
            complain(
                f"The certificate cannot be for {name}: the authority is older than that name. "
                f"Where you need it, delete {self._authority.folder} and let every tablet trust the new one."
            )

    def environment(self) -> dict[str, str]:
        """What the web process needs."""
        files = {"TLS_CERT_FILE": str(self._authority.server_file), "TLS_CA_FILE": str(self.ca_file)}
        return NONE | files | {"TLS_PORT": str(self._port), "STAFF_URL": self._staff_url}

    def look(self) -> bool:
        """Now and then, look whether addresses changed or the end is near; never a reason to stop."""
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return False
        self._looked = time.monotonic()
        try:
            if self._issue().renewed:
                say("This machine's addresses changed: the web process takes a renewed certificate.")
        except PhotobotError as error:
            complain(error.message)
        if (address := lan_address()) not in (self._address, "127.0.0.1"):
            self._address = address
            say(f"This machine is {address} now. Start photobot again, so that links and QRs say so, too.")
        return False

    def welcome(self, trust_url: str) -> list[tuple[str, str]]:
        """What people read about it when everything runs."""
        ca = x509.load_pem_x509_certificate(self.ca_file.read_bytes())
        return [
            ("Trust", f"{trust_url}   (open it on each tablet of the team, once)"),
            ("", f"SHA-256 {fingerprint(ca)}"),
            ("Cameras", f"photobot watcher --server {self._staff_url} --ca {self.ca_file.name} ..."),
        ]

    def _issue(self) -> Issued:
        return self._authority.issue(own_names(self._host), own_hostname())


def trusting(ca_file: str | Path | None) -> ssl.SSLContext | bool:
    """How httpx is to look at certificates: by this authority alone, or (True) as the system does."""
    return ssl.create_default_context(cafile=str(ca_file)) if ca_file else True
