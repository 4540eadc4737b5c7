"""`python -m console [--host HOST] [--port PORT]`: one web process."""

import argparse
import sys

from app.imaging.memory import tame_allocator
from app.settings import Settings
from console.main import serve

parser = argparse.ArgumentParser(prog="python -m console", description="Serve API, sockets and pages.")
parser.add_argument("--host")
parser.add_argument("--port", type=int)
given = {name: value for name, value in vars(parser.parse_args()).items() if value is not None}
tame_allocator()
try:
    serve(Settings(**given))
except ValueError as error:
    sys.exit(f"photobot web cannot start: {error}")
