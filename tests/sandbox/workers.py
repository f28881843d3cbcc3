"""workers: an import whose workers are killed or stopped while it runs. Neighbours: check.py, kill_import."""
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from harness import RUAD, ruad, workers  # noqa: E402


def send(pid, number):
    try:
        os.kill(pid, number)
        return True
    except ProcessLookupError:
        return False


class Import:
    """`ruad import FOLDER` into `db`; `hurt` is called with it again and again until it has ended."""

    def __init__(self, db, folder, hurt):
        self.hits = 0
        with tempfile.TemporaryFile() as said:
            self.process = subprocess.Popen([RUAD, "--db", db, "import", "--format", "json", folder],
                                            stdout=subprocess.PIPE, stderr=said)
            while self.process.poll() is None:
                hurt(self)
            self.out = self.process.stdout.read()
            self.process.stdout.close()
            said.seek(0)
            self.said = said.read().decode(errors="replace")
        self.exit = self.process.returncode
        self.counts = json.loads(self.out) if self.out else {}

    def hit(self, number):
        """One worker at random; whether there was one."""
        alive = workers(self.process.pid)
        if not alive or not send(random.choice(alive), number):
            return False
        self.hits += 1
        return True


def killer(most, least_s, most_s):
    """Kills a worker at random every `least_s` to `most_s` seconds, `most` times at most."""
    def hurt(run):
        time.sleep(random.uniform(least_s, most_s))
        if run.hits < most:
            run.hit(signal.SIGKILL)
    return hurt


def totals(db):
    total = json.loads(ruad("--db", db, "summary", "--period", "all", "--format", "json", ok=(0, 1)).stdout)["total"]
    return {k: total[k] for k in ("messages", "fully_trusted", "partially_trusted", "untrusted", "quarantined", "rejected")}
