"""Free ports on the loopback address."""

import random
import socket

# Below the range that the kernel hands to outgoing connections: a port of that range can be taken between our look and
# the server's bind by any client on the machine.
FIRST, LAST = 20000, 32000


def free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a connection of the last run in TIME_WAIT does not make a port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose(count: int) -> list[int]:
    """`count` different free ports. Two stacks may still choose the same one: starting then fails and chooses anew."""
    chosen: list[int] = []
    while len(chosen) < count:
        port = random.SystemRandom().randint(FIRST, LAST)
        if port not in chosen and free(port):
            chosen.append(port)
    return chosen
