"""The HTTP of the fake kie.ai: its gate, its routes, and requests that go wrong."""

import json
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from tests.fakes.kie_server import KieServer, Trouble

HANG_SECONDS = 30.0
POSTS = ("/api/v1/jobs/createTask", "/api/v1/common/download-url", "/api/file-stream-upload")
GETS = ("/api/v1/jobs/recordInfo", "/api/v1/chat/credit")


def handler(state: "KieServer") -> type[BaseHTTPRequestHandler]:
    """The handler of a server with this state."""
    return type("Handler", (KieHandler,), {"state": state})


class KieHandler(BaseHTTPRequestHandler):
    """One request to the fake kie.ai."""

    protocol_version = "HTTP/1.1"
    state: "KieServer"

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path.startswith(("/results/", "/minted/", "/uploads/")):
            self._picture(path)
        elif self._may_pass(GETS):
            self._serve(path, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self._may_pass(POSTS):
            self._serve(self.path, body)

    def _may_pass(self, known: tuple[str, ...]) -> bool:
        """The gate, then the key, as the real hosts have them."""
        path = urlsplit(self.path).path
        name = path.rsplit("/", 1)[-1]
        self.state.asked[name] += 1
        self.state.callers.append((name, self.client_address[1]))
        if not self.headers.get("User-Agent", "").startswith("Mozilla/"):
            self._send(403, b"error code: 1010", "text/plain")
            return False
        if self.headers.get("Authorization") != f"Bearer {self.state.key}":
            self._refuse(401, "You do not have access permissions")
            return False
        if path not in known:
            self._send(404, b"{}", "application/json")
            return False
        return True

    def _serve(self, path: str, body: bytes) -> None:
        wrong = self.state.trouble_for(path)
        if wrong is not None and not self._before(wrong):
            return
        answer = self._answer(path, body)
        if wrong is not None:
            self._after(wrong)
            return
        code = answer["code"]
        self._send(200 if code == 200 else _status(self.state, code), json.dumps(answer).encode())

    def _before(self, wrong: "Trouble") -> bool:
        """Go wrong before anything is done; True when the work is to be done first."""
        if wrong.kind == "code":
            said = json.dumps(self.state.refuse(wrong.code, "told to say so")).encode()
            self._send(wrong.status, said)
        elif wrong.kind == "page":
            self._send(wrong.status, b"error code: 1010", "text/plain")
        elif wrong.kind == "hang":
            self.state.ending.wait(HANG_SECONDS)
            self.close_connection = True
        else:
            return True
        return False

    def _after(self, wrong: "Trouble") -> None:
        if wrong.kind == "empty":
            self._send(200, json.dumps(self.state.good(None)).encode())
            return
        if not wrong.cut:
            self.state.ending.wait(HANG_SECONDS)
        self.close_connection = True

    def _answer(self, path: str, body: bytes) -> dict[str, Any]:
        if path == "/api/file-stream-upload":
            return self.state.upload(_multipart(self.headers.get("Content-Type", ""), body))
        if path == "/api/v1/chat/credit":
            return self.state.good(self.state.credits)
        if path == "/api/v1/jobs/recordInfo":
            return self.state.record(parse_qs(urlsplit(self.path).query).get("taskId", [""])[0])
        if self.headers.get("Content-Type") != "application/json":
            self.state.violations.append(f"content type {self.headers.get('Content-Type')}")
            return self.state.refuse(422, "JSON is expected")
        asked = json.loads(body)
        if path.endswith("/download-url"):
            return self.state.mint(asked["url"])
        return self.state.create(asked)

    def _picture(self, path: str) -> None:
        """A shop window: it must never see our key."""
        if "Authorization" in self.headers:
            self.state.violations.append("the key was sent to where results lie")
        kind, _, name = path.strip("/").partition("/")
        self.state.asked[kind] += 1
        wrong = self.state.trouble_for(f"/{kind}")
        if wrong is not None:
            self._before(wrong)
        elif kind == "uploads":
            self._send(200, self.state.uploads[name], "image/jpeg")
        elif kind == "results" and self.state.links_dead:
            self._send(403, b"<Error><Code>AccessDenied</Code></Error>", "application/xml")
        else:
            self._send(
                200, self.state.picture if self.state.result is None else self.state.result, "image/jpeg"
            )

    def _refuse(self, code: int, words: str) -> None:
        self._send(_status(self.state, code), json.dumps(self.state.refuse(code, words)).encode())

    def _send(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # silence
        return


def _status(state: "KieServer", code: int) -> int:
    """The HTTP status of a refusal: the pages do not say, so a test may choose."""
    return state.refusal_status or code


def _multipart(content_type: str, body: bytes) -> dict[str, bytes]:
    """The parts of a form by their names."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = message_from_bytes(head + body, policy=policy.HTTP)
    return {_name(part): part.get_payload(decode=True) for part in message.iter_parts()}


def _name(part: Any) -> str:
    return str(part.get_param("name", header="content-disposition"))
