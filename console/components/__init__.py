"""Live parts of pages: a Python class and its browser component side by side."""
