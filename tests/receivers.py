"""Receivers in processes of their own, with durable logs."""

import json
import subprocess
import sys


class Receiving:
    """A receiver's port and log."""

    def __init__(self, process, path):
        self.process, self.path = process, path
        self.port = int(process.stdout.readline())

    def log(self, **that):
        """The lines of its log that say all of this."""
        lines = [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]
        return [line for line in lines if all(line.get(name) == value for name, value in that.items())]


class Starter:
    """Starts receivers, and ends them all."""

    def __init__(self, folder):
        self.folder, self.started = folder, []

    def __call__(self, module, *arguments, log=None):
        """module: of `winback.rehearsal`; arguments: those after the log; log: another one's to go on with."""
        path = log or self.folder / f"log{len(self.started)}"
        command = [sys.executable, "-m", f"winback.rehearsal.{module}", str(path), *arguments]
        self.started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        return Receiving(self.started[-1], path)

    def end(self):
        for process in self.started:
            process.kill()
            process.wait()
            process.stdout.close()
