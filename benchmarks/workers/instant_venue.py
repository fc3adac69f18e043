"""Answer every order at once and the same, in a process of its own, until its input ends; its first line is the port.

What a round trip to it takes is the client's time and the socket's: nothing is looked up, kept or matched.
"""

import asyncio
import json
import sys

import live_orders
import task

ORDER = {**live_orders.UPDATE["data"]["order"], "status": "new", "qty": "1", "filled_qty": "0", "filled_avg_price": None,
         "filled_at": None, "client_order_id": "NAME"}  # fmt: skip
BEFORE, AFTER = json.dumps(ORDER).encode().split(b"NAME")
NAME = b'"client_order_id":'


class Venue(asyncio.Protocol):
    """Answer each request whose body has come whole with the same order under the name that it asks for."""

    def connection_made(self, transport):
        self.transport, self.kept = transport, b""

    def data_received(self, data):
        self.kept += data
        head, found, body = self.kept.partition(b"\r\n\r\n")
        if not found or len(body) < int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0]):
            return
        self.kept = b""
        answer = BEFORE + body.split(NAME)[1].split(b'"')[1] + AFTER
        self.transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(answer), answer)
        )


async def serve():
    """Serve until the input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Venue, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    task.run(serve())
