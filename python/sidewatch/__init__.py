"""sidewatch finds web attacks in captures, logs and mirrored traffic.

>>> import sidewatch
>>> engine = sidewatch.Engine()
>>> request = sidewatch.Request("GET", "/item?id=1'+union+select+name,password+from+users--")
>>> event = engine.inspect(request)
>>> event.verdict, event.findings[0].point
('attack', 'query.id')

`scan_pcap(path)` gives the events of a capture; the command `sidewatch` does the same from a shell.
"""

from ._native import (
    CaptureError,
    Connection,
    Engine,
    Event,
    Finding,
    Look,
    PolicyError,
    Request,
    Scan,
    Step,
    Transaction,
    __version__,
    scan_pcap,
    transactions,
)

__all__ = [
    "CaptureError",
    "Connection",
    "Engine",
    "Event",
    "Finding",
    "Look",
    "PolicyError",
    "Request",
    "Scan",
    "Step",
    "Transaction",
    "__version__",
    "scan_pcap",
    "transactions",
]
