"""Forward proxies on this machine, and the list that names them."""

from __future__ import annotations

import contextlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Quiet(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


class _Proxy(_Quiet):
    """Connects (`CONNECT`) to this machine only."""

    def do_CONNECT(self) -> None:
        host, port = self.path.rsplit(":", 1)
        if host != "127.0.0.1":
            self.send_error(502)
            return
        self.close_connection = True
        with socket.create_connection((host, int(port))) as site:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(target=self._carry, args=(site, self.connection), daemon=True)
            back.start()
            self._carry(self.connection, site)
            back.join()

    @staticmethod
    def _carry(source: socket.socket, target: socket.socket) -> None:
        # Either end may go away at any time.
        with contextlib.suppress(OSError):
            while piece := source.recv(65_536):
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)


class ProxyList:
    """Serves a list of so many good proxies and of one that does not answer; counts how often it was fetched."""

    def __init__(self, good: int) -> None:
        self.fetched = 0
        self._servers = [ThreadingHTTPServer((f"127.0.0.{number + 2}", 0), _Proxy) for number in range(good)]
        # As the gateway names them.
        self.good = ["%s:%d" % server.server_address for server in self._servers]
        owner = self

        class List(_Quiet):
            def do_GET(self) -> None:
                owner.fetched += 1
                # Nothing listens at the last one.
                body = "\n".join([*owner.good, "127.0.0.200:9"]).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self._servers.append(ThreadingHTTPServer(("127.0.0.1", 0), List))

    @property
    def url(self) -> str:
        return "http://%s:%d/proxies.txt" % self._servers[-1].server_address

    def __enter__(self) -> ProxyList:
        for server in self._servers:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()
