"""This machine's place in the network: its address on the LAN and whether a port can be had."""

import errno
import ipaddress
import socket

import psutil

from app.domain.errors import Conflict

STAYING = ipaddress.ip_network("fc00::/7")


def lan_address() -> str:
    """The address phones on the same Wi-Fi reach us by; 127.0.0.1 when there is no network.

    Connecting a UDP socket sends nothing: it only asks the routing table.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        address = str(probe.getsockname()[0])
    return "127.0.0.1" if address == "0.0.0.0" else address  # noqa: S104 (compared, not listened on)


def web_address(host: str, port: int, tls_port: int | None = None) -> str:
    """The address of a web process, over TLS where that is served."""
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}" if tls_port is None else f"https://{name}:{tls_port}"


def own_hostname() -> str:
    """What this machine calls itself, empty where nobody else could call it so."""
    name = socket.gethostname().lower().strip(".")
    return name if name.isascii() and name != "localhost" else ""


def own_names(host: str) -> list[str]:
    """All names and addresses by which devices may call this machine, `host` among them."""
    name = own_hostname()
    found = ["localhost", "127.0.0.1", "::1", lan_address()]
    if name:
        found += [name] if "." in name else [name, f"{name}.local"]
    working = psutil.net_if_stats()
    for card, entries in psutil.net_if_addrs().items():
        if card in working and working[card].isup:
            found += [entry.address for entry in entries if _is_address(entry.address)]
    if host not in ("0.0.0.0", "::", ""):  # noqa: S104 (compared)
        found.append(host)
    return list(dict.fromkeys(found))


def _is_address(text: str) -> bool:
    """An address that others reach us by; of IPv6 those that stay: the others change by the day."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return address.version == 4 or address in STAYING


def require_port(host: str, port: int, option: str = "--port") -> None:
    """Raise `Conflict` with a sentence and a hint when nobody may listen on host and port now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            return
        except OSError as error:
            reason = error
    hint = f"Choose another: photobot up {option} {_next_free(host, port)}"
    if reason.errno == errno.EADDRINUSE:
        raise Conflict("port_taken", f"Port {port} is taken{_holder(port)}. {hint}")
    if reason.errno == errno.EACCES:
        raise Conflict("port_forbidden", f"Port {port} needs administrator rights. {hint}")
    raise Conflict("port_unusable", f"Nothing can listen on {host}:{port} ({reason.strerror}). {hint}")


def _next_free(host: str, port: int) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    first = 8080 if port < 1024 else port + 1
    for candidate in range(first, min(first + 50, 65536)):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
            return candidate
    return 8090


def _holder(port: int) -> str:
    """Who listens there, where the system tells us."""
    try:
        for entry in psutil.net_connections("tcp"):
            if entry.status == psutil.CONN_LISTEN and entry.laddr and entry.laddr.port == port and entry.pid:
                return f" by {psutil.Process(entry.pid).name()} (process {entry.pid})"
    except (psutil.Error, OSError):
        return ""
    return " by another program"
