"""Importing this package registers the console's pages; the plain pages expose a `router` each."""

from console.pages import booth, booths, gallery, job, laptop, queue

__all__ = ["booth", "booths", "gallery", "job", "laptop", "queue"]
