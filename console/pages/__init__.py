"""Importing this package registers the console's pages; the plain pages expose a `router` each."""

from console.pages import attention, booth, booths, gallery, job, laptop, queue, sign_ins, supervisor

__all__ = ["attention", "booth", "booths", "gallery", "job", "laptop", "queue", "sign_ins", "supervisor"]
