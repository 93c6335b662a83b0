"""The commands of `deploy/stack`."""

import argparse
import json
import signal
from pathlib import Path

from . import nats, nkeys, stack, watch
from .processes import send, wait_gone
from .report import DEPENDENCY_AWAY, WRONG_USE, StackError, say
from .state import ROOT, Folder, State, locked

SIGNALS = {name: signal.Signals[f"SIG{name}"] for name in ("KILL", "TERM", "STOP", "CONT")}


def main(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    folder = Folder(Path(options.dir).absolute())
    try:
        return int(options.run(folder, options))
    except StackError as error:
        say(str(error))
        return error.code
    except KeyboardInterrupt:
        say("interrupted; `down` ends what was started")
        return 130


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="deploy/stack", description="A private NATS (JetStream) and PostgreSQL on free ports."
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    add_up(command(commands, "up", run_up, "start what is not running"))
    option = command(commands, "down", run_down, "end what was started, and nothing else")
    option.add_argument("--wipe", action="store_true", help="remove the data too")
    command(commands, "status", run_status, "which servers run; exit code 3 unless all do")
    option = command(commands, "env", run_env, "the addresses, as NAME=value lines")
    option.add_argument("--service", choices=nkeys.USERS, help="of a secure stack: as whom (default cli)")
    for name, run, about in (("start", run_start, "start one server again"), ("stop", run_stop, "end one server")):
        command(commands, name, run, about).add_argument("name", help="n1, n2, n3 or postgres")
    option = command(commands, "signal", run_signal, "for tests of faults: signal one server")
    option.add_argument("name", help="n1, n2, n3 or postgres")
    option.add_argument("signal", choices=sorted(SIGNALS))
    option = command(commands, "watch", run_watch, "used by `up --owner`")
    option.add_argument("--owner", type=int, required=True)
    option.add_argument("--started", type=int, required=True)
    return top


def command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, run: object, about: str
) -> argparse.ArgumentParser:
    made = commands.add_parser(name, help=about, description=about)
    made.set_defaults(run=run)
    made.add_argument("--dir", default=str(ROOT / ".nabij" / "stack"), help="the stack's folder (default .nabij/stack)")
    made.add_argument("--json", action="store_true", help="answer with JSON on standard output")
    return made


def add_up(option: argparse.ArgumentParser) -> None:
    option.add_argument("--nodes", type=int, choices=(1, 3), help="NATS servers (default 1)")
    option.add_argument("--durable", action=argparse.BooleanOptionalAction, help="NATS syncs every message to disk")
    option.add_argument("--fast", action=argparse.BooleanOptionalAction, help="PostgreSQL without fsync, for tests")
    option.add_argument(
        "--secure", action=argparse.BooleanOptionalAction, help="TLS, and a user and role of its own for each service"
    )
    option.add_argument("--postgres", action=argparse.BooleanOptionalAction, help="--no-postgres: NATS only")
    option.add_argument("--temporary", action="store_true", help="`down` removes the data")
    option.add_argument("--owner", type=int, metavar="PID", help="down by itself when this process is gone")


def run_up(folder: Folder, options: argparse.Namespace) -> int:
    asked = ("nodes", "postgres", "durable", "fast", "secure", "temporary", "owner")
    wish = stack.Wish(**{what: getattr(options, what) for what in asked})
    with locked(folder.path / "lock", str(folder.path)):
        started = stack.up(folder, wish)
        state = known(folder)
    say(f"{'running' if started else 'was running already'} in {folder.path}")
    if options.json:
        print(json.dumps({"started": started, **describe(folder, state), "env": stack.addresses(folder, state)}))
    return 0


def run_down(folder: Folder, options: argparse.Namespace) -> int:
    if not folder.path.exists():
        say(f"there is no stack in {folder.path}")
        return 0
    with locked(folder.path / "lock", str(folder.path)):
        ended = stack.down(folder, options.wipe)
    say(f"{'ended' if ended else 'nothing ran'} in {folder.path}")
    if options.json:
        print(json.dumps({"ended": ended}))
    return 0


def run_status(folder: Folder, options: argparse.Namespace) -> int:
    state = folder.load() if folder.path.exists() else None
    if state is None:
        print(json.dumps({"servers": {}}) if options.json else f"there is no stack in {folder.path}")
        return DEPENDENCY_AWAY
    told = describe(folder, state)
    if options.json:
        print(json.dumps(told))
    else:
        for name, server in told["servers"].items():
            print(f"{name:9} {server['state']:8} port {server['port']:<6} pid {server['pid'] or '-'}")
    return 0 if all(server["state"] == "ready" for server in told["servers"].values()) else DEPENDENCY_AWAY


def describe(folder: Folder, state: State) -> dict[str, dict[str, dict[str, object]]]:
    servers = {name: describe_one(folder, state, name) for name in state.servers()}
    return {"servers": servers}


def describe_one(folder: Folder, state: State, name: str) -> dict[str, object]:
    alive = stack.running(state, name)
    process = state.processes.get(name)
    told: dict[str, object] = {
        "state": "ready" if stack.ready(state, name) else "starting" if alive else "stopped",
        "pid": process.pid if process and alive else None,
        "port": state.ports["postgres" if name == "postgres" else f"{name}.client"],
        "log": str(stack.log_of(folder, name)),
    }
    if name == "postgres":
        return told | {"store": str(folder.postgres.resolve() / "data")}
    return told | {"store": str(folder.nats(name) / "data"), "monitor": f"http://{nats.listen(state, name, 'monitor')}"}


def run_env(folder: Folder, options: argparse.Namespace) -> int:
    found = stack.addresses(folder, known(folder), options.service)
    print(json.dumps(found) if options.json else "\n".join(f"{key}={value}" for key, value in found.items()))
    return 0


def run_start(folder: Folder, options: argparse.Namespace) -> int:
    with locked(folder.path / "lock", str(folder.path)):
        state = known(folder, options.name)
        if not stack.running(state, options.name):
            stack.start_all(folder, state, [options.name])
        folder.save(state)
    return 0


def run_stop(folder: Folder, options: argparse.Namespace) -> int:
    with locked(folder.path / "lock", str(folder.path)):
        stack.stop_one(known(folder, options.name), options.name)
    return 0


def run_signal(folder: Folder, options: argparse.Namespace) -> int:
    with locked(folder.path / "lock", str(folder.path)):
        process = known(folder, options.name).processes.get(options.name)
        if not send(process, SIGNALS[options.signal]):
            raise StackError(f"{options.name} does not run")
        if process and options.signal == "KILL":
            wait_gone(process, 10)
    return 0


def run_watch(folder: Folder, options: argparse.Namespace) -> int:
    watch.wait(options.owner, options.started)
    return run_down(folder, argparse.Namespace(wipe=False, json=False)) if folder.path.exists() else 0


def known(folder: Folder, name: str | None = None) -> State:
    state = folder.load() if folder.path.exists() else None
    if state is None:
        raise StackError(f"there is no stack in {folder.path}: run `deploy/stack up --dir {folder.path}`")
    if name is not None and name not in state.servers():
        raise StackError(f"this stack has {', '.join(state.servers())}, not {name}", WRONG_USE)
    return state
