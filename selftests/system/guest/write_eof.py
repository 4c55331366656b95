# SPDX-License-Identifier: GPL-2.0
"""A server that says something, shuts its side, and waits for the peer's end."""

import asyncio
import sys


async def serve(reader, writer):
    writer.write(b"hello\n")
    writer.write_eof()
    try:
        await reader.read()
    except OSError as error:
        print(error, file=sys.stderr)
    writer.close()


async def main():
    server = await asyncio.start_server(serve, "0.0.0.0", int(sys.argv[1]))
    await server.serve_forever()

asyncio.run(main())
