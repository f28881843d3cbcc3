"""proxy: a wire between a program and its server on the loopback, which can be slow, cut, or dead without a word.

Neighbours: faults/check.py and bench/imap.py.
"""
import collections
import contextlib
import select
import socket
import struct
import threading
import time

PIECE_BYTES = 64 * 1024
HELD_BYTES = 4 * 1024 * 1024                    # on the wire at once, in one direction; more waits at its sender


class Way:
    """One direction of one connection: what was read, and when it may be written."""

    def __init__(self, source, target, from_server):
        self.source, self.target, self.from_server = source, target, from_server
        self.queue, self.held = collections.deque(), 0
        self.ended = self.told = False          # its source is at its end; its target has been told


class Connection:
    def __init__(self, client, server):
        self.sockets = client, server
        self.ways = Way(client, server, False), Way(server, client, True)

    def close(self, reset):
        for s in self.sockets:
            if reset:                           # as where a router forgot the connection
                with contextlib.suppress(OSError):
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            s.close()


class Proxy:
    """Passes connections on to a port. `delay_s` each way; `bytes_per_s` from the server, None: as it comes.
    All of it is done by one thread: connections are looked at by it alone, and others ask it by what they set."""

    def __init__(self, port, delay_s=0.0, bytes_per_s=None):
        self.port, self.delay_s, self.bytes_per_s = port, delay_s, bytes_per_s
        self.received = 0                       # bytes from the server, that were passed on
        self.watch, self.wish, self.lock = None, None, threading.Lock()
        self.connections, self.forgotten = [], []
        self.saved_bytes, self.saved_at = 0.0, time.monotonic()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()[1]
        self.woken, self.wake = socket.socketpair()
        self.over = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    # --- what a test asks for ---

    def after(self, count, action):
        """Calls `action` once, on the wire's thread, when so many more bytes have come from the server: nothing moves
        meanwhile."""
        with self.lock:
            self.watch = (self.received + count, action)

    def cut(self, reset=False):
        """Ends all connections there are."""
        self.ask("reset" if reset else "close")

    def forget(self):
        """Connections there are carry nothing any more, and nobody is told; new ones work."""
        self.ask("forget")

    def ask(self, wish):
        with self.lock:
            self.wish = wish
        self.wake.send(b".")
        while self.wish is not None and self.thread.is_alive():
            time.sleep(0.001)

    def close(self):
        self.over = True
        self.wake.send(b".")
        self.thread.join()
        self.listener.close()
        self.woken.close()
        self.wake.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # --- the wire ---

    def grant_wish(self):
        with self.lock:
            wish, self.wish = self.wish, None
        if wish == "forget":
            self.forgotten += self.connections
            self.connections = []
        elif wish:
            self.drop(reset=wish == "reset")

    def drop(self, reset=False):
        for c in self.connections:
            c.close(reset)
        self.connections = []

    def accept(self):
        client, _ = self.listener.accept()
        try:
            server = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        except OSError:
            client.close()
            return
        for s in (client, server):
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            s.setblocking(False)
        self.connections.append(Connection(client, server))

    def read(self, way, now):
        try:
            data = way.source.recv(PIECE_BYTES)
        except BlockingIOError:
            return
        if not data:
            way.ended = True
            return
        way.queue.append((now + self.delay_s, data))
        way.held += len(data)

    def write(self, way, now):
        """What is due, as far as it is taken."""
        while way.queue and way.queue[0][0] <= now:
            due, data = way.queue[0]
            room = self.allowance(now) if way.from_server else len(data)
            if room <= 0:
                return
            try:
                sent = way.target.send(data[:room])
            except BlockingIOError:
                return
            way.held -= sent
            way.queue[0] = (due, data[sent:])
            if sent == len(data):
                way.queue.popleft()
            if way.from_server:
                self.count(sent)
            if sent < len(data):
                return
        if way.ended and not way.queue and not way.told:
            way.told = True
            way.target.shutdown(socket.SHUT_WR)

    def allowance(self, now):
        if self.bytes_per_s is None:
            return PIECE_BYTES
        self.saved_bytes = min(self.saved_bytes + (now - self.saved_at) * self.bytes_per_s, self.bytes_per_s / 20)
        self.saved_at = now
        return int(self.saved_bytes)

    def count(self, sent):
        self.saved_bytes -= sent
        self.received += sent
        with self.lock:
            due = self.watch is not None and self.received >= self.watch[0]
            action, self.watch = (self.watch[1], None) if due else (None, self.watch)
        if action is not None:
            action()

    def move(self, connection, ready, now):
        """Whether it lives on."""
        try:
            for way in connection.ways:
                if way.source in ready:
                    self.read(way, now)
                self.write(way, now)
            return not all(way.told for way in connection.ways)
        except OSError:
            return False

    def wait(self):
        """Which sockets have something to read; no longer than until something is due."""
        readers, writers, timeout = [self.listener, self.woken], [], 0.2
        now = time.monotonic()
        for c in self.connections:
            for way in c.ways:
                if not way.ended and way.held < HELD_BYTES:
                    readers.append(way.source)
                if way.queue:
                    left = way.queue[0][0] - now
                    timeout = min(timeout, max(left, 0))
                    if left <= 0:
                        writers.append(way.target)
        if self.bytes_per_s is not None and writers:    # they would be ready at once, and there is nothing to give
            time.sleep(0.005)
        return set(select.select(readers, writers, [], timeout)[0])

    def run(self):
        while not self.over:
            ready, now = self.wait(), time.monotonic()
            if self.woken in ready:
                self.woken.recv(PIECE_BYTES)
                self.grant_wish()
            if self.listener in ready:
                self.accept()
            for c in list(self.connections):
                if not self.move(c, ready, time.monotonic()) and c in self.connections:
                    self.connections.remove(c)
                    c.close(reset=False)
        self.drop()
        for c in self.forgotten:
            c.close(reset=False)
