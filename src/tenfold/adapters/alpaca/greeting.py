"""Be let through by an order gateway, before anything is said to the venue."""

import asyncio

import msgspec

from tenfold.domain.fence import Fence, Pass


class _Answer(asyncio.Protocol):
    """Wait for the one line of the gateway."""

    def __init__(self) -> None:
        self.line: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._raw = b""

    def data_received(self, data: bytes) -> None:
        """Take what came; behind the line nothing comes before we speak."""
        self._raw += data
        if self._raw.endswith(b"\n") and not self.line.done():
            self.line.set_result(self._raw.decode(errors="replace").strip())

    def connection_lost(self, error: Exception | None) -> None:
        """Tell who waits."""
        if not self.line.done():
            self.line.set_exception(ConnectionResetError("the order gateway has hung up"))


async def let_through(fence: Fence, host: str, port: int) -> asyncio.Transport:
    """Return a connection to a venue that a gateway passes on.

    Raises
    ------
    PermissionError
        It refuses; the text says why.
    OSError
        It cannot be reached.
    """
    loop = asyncio.get_running_loop()
    transport, answer = await loop.create_connection(_Answer, fence.host, fence.port)
    asked = Pass(run=fence.run, epoch=fence.epoch(), host=host, port=port)
    transport.write(msgspec.json.encode(asked) + b"\n")
    try:
        said = await answer.line
        if said != "ok":
            raise PermissionError(
                0, f"the order gateway {fence.host}:{fence.port} refuses: {said.removeprefix('no: ')}"
            )
    except BaseException:
        transport.abort()
        raise
    return transport
