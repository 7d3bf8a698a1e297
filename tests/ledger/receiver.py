"""A receiver in a process of its own: each message is in its log, synced, before it answers.

    python receiver.py LOG

Prints its port, then serves until it is killed.
"""

import contextlib
import os
import socketserver
import sys
import time


class Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):  # whoever asked was killed
            for line in self.rfile:
                os.write(self.server.log, line)
                os.fsync(self.server.log)
                time.sleep(0.004)  # as a gateway does
                self.wfile.write(b"ok\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    log = -1


if __name__ == "__main__":
    with Server(("127.0.0.1", 0), Handler) as server:
        server.log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        print(server.server_address[1], flush=True)
        server.serve_forever()
