"""sidewatch finds web attacks in captures, logs and mirrored traffic.

>>> import sidewatch
>>> engine = sidewatch.Engine()
>>> event = engine.inspect(b"GET /item?id=1'+union+select+name,password+from+users-- HTTP/1.1\\r\\nHost: shop.example\\r\\n\\r\\n")
>>> event.verdict, event.findings[0].point
('attack', 'query.id')

`scan_pcap(path)` gives the events of a capture; the command `sidewatch` does the same from a shell.
"""

from ._native import (
    CaptureError,
    Engine,
    Event,
    Finding,
    PolicyError,
    Scan,
    Step,
    Transaction,
    __version__,
    scan_pcap,
)

__all__ = [
    "CaptureError",
    "Engine",
    "Event",
    "Finding",
    "PolicyError",
    "Scan",
    "Step",
    "Transaction",
    "__version__",
    "scan_pcap",
]
