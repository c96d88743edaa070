"""A TCP proxy between browser and gateway that can be cut in two and mended."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time


class CuttingProxy:
    """Passes bytes on as they are. `cut` resets every connection and refuses new ones until `mend`."""

    def __init__(self, target: str) -> None:
        host, port = target.removeprefix("http://").split(":")
        self._target = (host, int(port))
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self._port = 0
        # How many connections were passed on since the last cut.
        self.passed = 0
        self.mend()

    def __enter__(self) -> CuttingProxy:
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def mend(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # While the port was free, a connection of somebody else's may have taken it for a moment.
        for left in range(100, -1, -1):
            try:
                listener.bind(("127.0.0.1", self._port))
                break
            except OSError:
                if not left:
                    raise
                time.sleep(0.1)
        listener.listen(128)
        self._port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def cut(self) -> None:
        with self._lock:
            listener, self._listener = self._listener, None
            connections, self._connections = self._connections, set()
            self.passed = 0
        if listener:
            # Wakes the thread that accepts; closing alone does not.
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for connection in connections:
            # No orderly end: a reset, as of a network that is gone.
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                # Wakes the thread that reads, and says nothing to the other side.
                connection.shutdown(socket.SHUT_RD)
            connection.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(self._target, timeout=10)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            with self._lock:
                if self._listener is not listener:
                    near.close()
                    far.close()
                    return
                self._connections |= {near, far}
                self.passed += 1
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pass, args=(source, sink), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                sink.sendall(piece)
            with self._lock:
                is_cut = source not in self._connections
            if not is_cut:
                sink.shutdown(socket.SHUT_WR)
            return
        # One side is gone: so is the other.
        for side in (source, sink):
            with contextlib.suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
