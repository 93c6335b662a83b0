"""Kills what runs, at random, and starts the servers again."""

import random
import threading
import time

from .world import World

SERVERS = ("n1", "postgres")


class Chaos(threading.Thread):
    """Until told to stop: a service is killed every few seconds, a server now and then."""

    def __init__(self, world: World, seed: int, mean_seconds: float) -> None:
        super().__init__(daemon=True)
        self.world = world
        self.dice = random.Random(seed)
        self.mean_seconds = mean_seconds
        self.stopping = threading.Event()
        self.done: list[tuple[float, str]] = []

    def run(self) -> None:
        while not self.stopping.wait(self.dice.expovariate(1 / self.mean_seconds)):
            if self.dice.random() < 0.25:
                self._restart(self.dice.choice(SERVERS))
            else:
                name = self.dice.choice(sorted(self.world.services))
                self.done.append((time.time(), f"SIGKILL {name}"))
                self.world.services[name].kill()

    def _restart(self, server: str) -> None:
        hard = self.dice.random() < 0.5
        self.done.append((time.time(), f"{'SIGKILL' if hard else 'stop'} {server}"))
        if hard:
            self.world.stack("signal", server, "KILL")
        else:
            self.world.stack("stop", server)
        time.sleep(self.dice.uniform(0, 4))
        self.world.stack("start", server)

    def stop(self) -> None:
        self.stopping.set()
        self.join()
