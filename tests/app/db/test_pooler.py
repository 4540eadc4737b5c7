"""The whole way through a transaction pooler: web and worker, from a guest's registration to the download."""

from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.fakes import stack as stacks
from tests.fakes.stack import finished, first_event, picture, post_job, register


def test_the_whole_flow_behind_a_transaction_pooler(pooler_url: str, redis_url: str) -> None:
    with stacks.stack(pooler_url, redis_url) as installation:
        installation.web()
        installation.worker()
        operator = installation.client()
        event_id = first_event(operator)
        guest = register(operator, event_id)
        body = {"sessionId": guest["sessionId"], "eventId": event_id, "styleId": "pencil"}
        assert operator.post("/booth/booth-1/active-session", json=body).status_code == 200

        def post(number: int) -> httpx.Response:
            image = picture(240, 200, seed=number % 6)
            return post_job(operator, guest, event_id, image, boothId="booth-1", mode="original")

        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(post, range(12)))
        assert sorted(answer.status_code for answer in answers) == [200] * 6 + [202] * 6
        jobs = {answer.json()["jobId"] for answer in answers}
        assert len(jobs) == 6
        for job_id in jobs:
            assert finished(operator, job_id)["status"] == "succeeded"
        saved = operator.get(f"/jobs/{jobs.pop()}/download", follow_redirects=True)
        assert saved.content.startswith(b"\xff\xd8")
        assert len(operator.get("/jobs", params={"q": "Ayu", "eventId": event_id}).json()["items"]) == 6
        assert httpx.get(f"{installation.url}/health").json()["status"] in ("ok", "degraded")
        for program in ("console", "tasks"):
            assert "Traceback" not in installation.log(program)
            assert "prepared statement" not in installation.log(program)
