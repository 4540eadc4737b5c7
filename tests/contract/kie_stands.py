"""A provider of kie.ai's before the fake server, quick to give up, for the tests of both."""

from collections.abc import Mapping
from pathlib import Path

from app.adapters.kie import KieProvider
from app.ports import ProviderRequest
from tests.fakes.kie_server import KieServer
from tests.fakes.rates import MemoryRate

EDIT: Mapping[str, object] = {"model": "google/nano-banana-edit", "prompt": "as an oil painting"}


def provider_of(server: KieServer, **options: object) -> KieProvider:
    """The provider as wiring makes it, with short times."""
    given: dict[str, object] = {
        "api_key": server.key,
        "rate": MemoryRate(),
        "base_url": server.url,
        "upload_url": server.url,
        "seconds": 2.0,
        "transfer_seconds": 3.0,
        "connect_seconds": 1.0,
        **options,
    }
    return KieProvider(**given)  # type: ignore[arg-type]  # options are the test's own


def asked(image: Path, params: Mapping[str, object] = EDIT, **more: object) -> ProviderRequest:
    """A request for a picture in the style of `params`."""
    given: dict[str, object] = {
        "job_id": "01JOB",
        "image": image,
        "style_id": "oil-by-kie",
        "params": params,
        "seed": 7,
        "submission": "sub-1",
        **more,
    }
    return ProviderRequest(**given)  # type: ignore[arg-type]  # options are the test's own
