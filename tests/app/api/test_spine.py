"""The main job through the front door: a guest registers, a picture is posted, the guest downloads it."""

import httpx

from tests.fakes.stack import Stack, finished, first_event, post_job, register


def test_from_registration_to_download(shared_stack: Stack) -> None:
    operator = shared_stack.client()
    event_id = first_event(operator)
    guest = register(operator, event_id)
    found = operator.get(f"/sessions/{guest['code'].lower()}").json()
    assert (found["sessionId"], found["whatsapp"]) == (guest["sessionId"], "+6281234567890")

    posted = post_job(operator, guest, event_id, boothId="booth-1")
    assert posted.status_code == 202
    job = finished(operator, posted.json()["jobId"])

    assert job["status"] == "succeeded", job["error"]
    assert [stage["status"] for stage in job["stages"]] == ["done"] * 5
    download = operator.get(f"/jobs/{job['jobId']}/download", follow_redirects=True)
    assert download.headers["content-type"] == "image/jpeg"
    own = httpx.get(
        f"{shared_stack.url}/r/{guest['token']}/jobs/{job['jobId']}/download", follow_redirects=True
    )
    assert own.content == download.content
