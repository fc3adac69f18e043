"""Tell a process the time."""


class SteadyClock:
    """Tell a time that is wrong by a constant."""

    def __init__(self, loop, start_ns, off_ns):
        self._loop = loop
        self._start_ns = start_ns + off_ns

    def now_ns(self):
        return self._start_ns + self._loop.now_ns

    def monotonic_ns(self):
        return self._loop.now_ns


class ProcessClock(SteadyClock):
    """Tell the time as one process has it, until somebody sets it to another."""

    def jump(self, off_ns):
        """Be set to another time."""
        self._start_ns += off_ns
