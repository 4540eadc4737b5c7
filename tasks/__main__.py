"""`python -m tasks`: one worker process."""

import asyncio

from app.imaging.memory import tame_allocator
from tasks.worker import main

tame_allocator()
asyncio.run(main())
