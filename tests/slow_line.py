"""A proxy between a client and an exchange whose line goes dead, slows down or breaks, while its sockets stay open."""

import asyncio
from contextlib import asynccontextmanager


class SlowLine:
    """Carry bytes; `frozen` carries none in either direction, `bytes_s` bounds how many go to the client in a second."""

    def __init__(self, host, port):
        self.target = (host, port)
        self.frozen = False
        self.bytes_s = None
        self.refusing = False
        self.connections = 0
        self.port = 0
        self._writers = set()
        self._tasks = set()

    async def serve(self, reader, writer):
        self._tasks.add(asyncio.current_task())
        if self.refusing:
            writer.close()
            return
        self.connections += 1
        there, back = await asyncio.open_connection(*self.target)
        self._writers |= {writer, back}
        try:
            await asyncio.gather(self.carry(reader, back, None), self.carry(there, writer, "down"))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            back.close()

    async def carry(self, reader, writer, direction):
        while raw := await reader.read(4096):
            while self.frozen:
                await asyncio.sleep(0.01)
            if direction == "down" and self.bytes_s:
                await asyncio.sleep(len(raw) / self.bytes_s)
            writer.write(raw)
            await writer.drain()
        writer.close()

    def cut(self):
        """Break every connection."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def close(self):
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def slow_line(exchange, kind=SlowLine):
    """Open a proxy to an exchange, on the loop of the caller."""
    line = kind(exchange.host, exchange.port)
    server = await asyncio.start_server(line.serve, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()
        await line.close()
