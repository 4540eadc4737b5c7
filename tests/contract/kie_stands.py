"""A provider before the fake kie.ai, and what it is asked, for the tests of both."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from app.adapters.kie import KieProvider
from app.ports import ProviderRequest
from tests.fakes.kie_server import KieServer
from tests.fakes.rates import MemoryRate

EDIT: Mapping[str, object] = {"model": "google/nano-banana-edit", "prompt": "as an oil painting"}


@asynccontextmanager
async def provider_of(server: KieServer, **options: object) -> AsyncIterator[KieProvider]:
    """The provider as wiring makes it; the times are long enough for a busy machine."""
    given: dict[str, object] = {
        "api_key": server.key,
        "rate": MemoryRate(),
        "base_url": server.url,
        "upload_url": server.url,
        "seconds": 30.0,
        "transfer_seconds": 30.0,
        "connect_seconds": 20.0,
        **options,
    }
    provider = KieProvider(**given)  # type: ignore[arg-type]  # options are the test's own
    try:
        yield provider
    finally:
        await provider.close()


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
