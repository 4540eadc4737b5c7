"""Importing this package registers the console's pages; the plain pages expose a `router` each."""

from console.pages import admin, booth, booths, job, laptop, queue

__all__ = ["admin", "booth", "booths", "job", "laptop", "queue"]
