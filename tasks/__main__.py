"""`python -m tasks`: one worker process."""

import asyncio

from tasks.worker import main

asyncio.run(main())
