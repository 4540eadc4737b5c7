"""What the web writes to its log: enough to find a fault, and nothing of a guest, a secret or a picture."""

import base64
import json

import httpx

from tests.app.api.conftest import Place
from tests.fakes.stack import ADMIN, OPERATOR, SECRET, Stack, finished, picture, post_job, register


def test_the_log_holds_no_secret_and_nobody(
    shared_stack: Stack, operator: httpx.Client, stranger: httpx.Client, place: Place
) -> None:
    image = picture(240, 200)
    name = "Siti Nurhaliza Rahasia"
    guest = register(operator, place.event_id, name)
    job = finished(operator, post_job(operator, guest, place.event_id, image).json()["jobId"])
    token = shared_stack.booth_token(place.booth_id)
    root = shared_stack.url
    httpx.get(f"{root}/r/{guest['token']}")
    httpx.get(f"{root}/r/{guest['token']}/jobs/{job['jobId']}/output", follow_redirects=True)
    httpx.get(f"{root}/ws/news", params={"token": operator.headers["authorization"].split()[1]})
    stranger.post("/auth/login", json={"username": "operator-of-logs", "password": "a-wrong-word-typed"})
    stranger.post(
        "/sessions", json={"eventId": place.event_id, "name": name + "\0", "whatsapp": "+628111222333x"}
    )
    operator.get("/jobs", params={"q": "081234567890"})
    operator.get("/jobs", params={"q": name + "\0"})
    post_job(operator, guest, place.event_id, image[:-900])
    log = shared_stack.log("console")
    for line in filter(None, log.splitlines()):
        json.loads(line)
    bearer = operator.headers["authorization"].split()[1]
    numbers = ("81234567890", "8111222333", "0812 3456 7890")
    secrets = (OPERATOR, ADMIN, SECRET, "a-wrong-word-typed", bearer, bearer.rsplit(".", 1)[1], token)
    pictures = (base64.b64encode(image)[:60].decode(), "JFIF", "\\xff\\xd8")
    for word in (*numbers, *secrets, *pictures, guest["token"], name, "argon2"):
        assert word not in log, word
