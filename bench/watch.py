"""How much memory a server has while something runs."""

import threading


class Watch:
    """The highest memory that a server has had while the block ran."""

    def __init__(self, server):
        self.server, self.start = server, server.rss_bytes()
        self.peak = self.start
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._go)

    def _go(self):
        while not self.over.wait(0.02):
            self.peak = max(self.peak, self.server.rss_bytes())

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        self.peak = max(self.peak, self.server.rss_bytes())

    def growth_mb(self):
        return (self.peak - self.start) / 2**20
