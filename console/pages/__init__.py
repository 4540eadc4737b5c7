"""Importing this package registers the console's pages; the plain pages expose a `router` each."""

from console.pages import (
    admin,
    attention,
    booth,
    booths,
    gallery,
    job,
    laptop,
    queue,
    sign_ins,
    supervisor,
)

__all__ = [
    "admin",
    "attention",
    "booth",
    "booths",
    "gallery",
    "job",
    "laptop",
    "queue",
    "sign_ins",
    "supervisor",
]
