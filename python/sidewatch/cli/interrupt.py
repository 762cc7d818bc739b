"""An interrupt ends a command that waits for input, whenever it comes.

The interpreter's handler only notes a signal; what it has noted is looked at between two instructions, or when a call
that waits is broken off by the signal. One that comes just before such a call breaks nothing off, and the command would
wait for its input as if nothing had been (https://docs.python.org/3/library/signal.html, execution of handlers). A timer
breaks off whatever waits, again and again.
"""

import contextlib
import signal
import threading
from collections.abc import Iterator

#: How long an interrupt may go unnoticed, in seconds.
NOTICED_WITHIN = 0.25


@contextlib.contextmanager
def noticed() -> Iterator[None]:
    """While this is open, no interrupt waits for input to come."""
    if threading.current_thread() is not threading.main_thread():  # others have no interrupts, and may set no handlers
        yield
        return
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, NOTICED_WITHIN, NOTICED_WITHIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
