import time

import pytest


@pytest.fixture
def eventually():
    """Waits for what happens soon but in its own time: `eventually(condition)`."""

    def wait(condition, seconds=15):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"not true within {seconds} s"
            time.sleep(0.05)

    return wait
