"""Run asyncio in virtual time: one thread, no socket, no clock; where nothing is to be done now, time goes on to the next timer."""

import asyncio


class VirtualLoop(asyncio.BaseEventLoop):
    """Hold the time of a simulation, and connect to whoever listens in it.

    Attributes
    ----------
    listener : called with a protocol for each new connection, returns its transport or raises OSError, both later
    failures : what callbacks and forgotten tasks raised
    """

    def __init__(self):
        super().__init__()
        self._now_s = 0.0
        self._selector = self
        self._clock_resolution = 1e-9
        self.listener = None
        self.failures = []
        self.set_exception_handler(self._failed)

    def time(self):
        """Return seconds since the simulation began."""
        return self._now_s

    def now_ns(self):
        """Return nanoseconds since the simulation began."""
        return round(self._now_s * 1e9)

    def select(self, timeout):
        """Take the place of waiting for sockets: let time go on."""
        if timeout is None:
            raise RuntimeError("everything waits for something that never comes")
        if timeout > 0:
            self._now_s += timeout
        return ()

    async def create_connection(self, protocol_factory, host=None, port=None, **_):
        """Connect to the listener."""
        protocol = protocol_factory()
        transport = await self.listener(protocol)
        return transport, protocol

    def _process_events(self, _):
        """Nothing ever comes from outside."""

    def _write_to_self(self):
        """Nobody has to be woken."""

    def _failed(self, _, context):
        self.failures.append(context.get("exception") or RuntimeError(context["message"]))
