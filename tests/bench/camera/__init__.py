"""Parts of the camera bench: pictures, imitated cameras, the plan's rule, the watched page, the figures."""
