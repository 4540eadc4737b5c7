"""Importing this package registers the console's pages; the plain pages expose a `router` each."""

from console.pages import booth, booths, job, laptop, queue, supervisor

__all__ = ["booth", "booths", "job", "laptop", "queue", "supervisor"]
