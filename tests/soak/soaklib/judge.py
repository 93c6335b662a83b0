"""What should have been raised, by rules written down a second time, against what log and receivers hold."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf
from pathlib import Path
from typing import Any

from .log import Event
from .receivers import read_records

ACUTE = "soak-acute"
UNDECIDED = "soak-undecided"
# As tests/soak/rules say it.
UNDECIDED_WITHIN = timedelta(seconds=15)
CHANNELS = ("webhook", "email")
TELLING = ("escalation.raised", "escalation.handed_up", "escalation.reminded")
ENDED = ("escalation.notified", "escalation.notification_failed", "escalation.notification_parked")


@dataclass
class Verdict:
    counts: dict[str, int] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)

    def find(self, finding: str) -> None:
        self.findings.append(finding)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def expected(events: list[Event]) -> dict[tuple[str, str], Event]:
    """Rule and trigger of every alarm that there must be."""
    wanted: dict[tuple[str, str], Event] = {}
    assessed: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event.name == "signal.assessed":
            assessed[event.aggregate].append(event)
    for event in events:
        if event.name != "signal.logged":
            continue
        severity = event.body.get("severity")
        if severity == "acute":
            wanted[ACUTE, event.identity] = event
        until = moment(event.recorded_at) + UNDECIDED_WITHIN
        answers = assessed[event.aggregate]
        if severity == "high" and not any(
            answer.actor != event.actor and moment(answer.recorded_at) <= until for answer in answers
        ):
            wanted[UNDECIDED, event.identity] = event
    return wanted


def judge_raised(events: list[Event], acknowledged: list[str], verdict: Verdict) -> None:
    logged = Counter(event.aggregate for event in events if event.name == "signal.logged")
    for signal in acknowledged:
        if logged[signal] != 1:
            verdict.find(f"signal {signal} was acknowledged and stands {logged[signal]} times in the log")
    raised = Counter(
        (event.body["rule"], event.body["trigger"]) for event in events if event.name == "escalation.raised"
    )
    wanted = expected(events)
    for rule, trigger in wanted:
        if raised[rule, trigger] != 1:
            verdict.find(f"{rule} on {trigger} was raised {raised[rule, trigger]} times")
    for key in raised:
        if key not in wanted:
            verdict.find(f"{key[0]} on {key[1]} was raised and should not have been")
    verdict.counts |= {
        "acknowledged signals": len(acknowledged),
        "alarms expected": len(wanted),
        "alarms raised": len(raised),
    }


def judge_climbing(events: list[Event], verdict: Verdict) -> None:
    ways: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event.name.startswith("escalation."):
            ways[event.aggregate].append(event)
    climbs = 0
    for escalation, way in ways.items():
        steps = [event.body["step"] for event in way if event.name in ("escalation.raised", "escalation.handed_up")]
        climbs += len(steps) - 1
        if steps != sorted(set(steps)):
            verdict.find(f"escalation {escalation} went over steps {steps}")
    verdict.counts["handed up"] = climbs


def judge_delivery(events: list[Event], folder: Path, verdict: Verdict) -> None:
    """Every notice was taken or waits for its next try; each receiver heard of each escalation in order."""
    taken: dict[tuple[str, int], float] = {}
    first: dict[str, float] = {}
    heard: dict[tuple[str, str], list[tuple[float, str]]] = defaultdict(list)
    paths = {"operator_hq": "/operator", "network_hq": "/network"}
    for record in read_records(folder / "webhook.jsonl"):
        if not record["genuine"]:
            verdict.find(f"webhook {record['id']} has no genuine signature")
        data = record["body"]["data"]
        tells = record["body"]["type"] in ("escalation.raised", "escalation.handed_up")
        if tells and record["path"] == list(paths.values())[data["step"]]:
            taken.setdefault((data["escalation"], data["step"]), record["at"])
        if record["id"] not in first:
            # A repeat after a crash is the receiver's to drop: its id says so.
            first[record["id"]] = record["at"]
            heard[record["path"], data["escalation"]].append((record["at"], record["body"]["timestamp"]))
    letters = {record["id"] for record in read_records(folder / "mail.jsonl")}
    due = [event for event in events if event.name in ("escalation.raised", "escalation.handed_up")]
    last: dict[tuple[str, str, str], Event] = {}
    for event in events:
        # The step that missed it is told of it too, and everybody is reminded: each of that is a notice of its own.
        if event.name in ENDED and "of" in event.body:
            last[event.body["of"], event.body["to"].get("role", ""), event.body["channel"]] = event
    waiting = 0
    for event in due:
        escalation, step = event.aggregate, event.body["step"]
        told = last.get((event.identity, list(paths)[step], "webhook"))
        if told is None:
            verdict.find(f"webhook: nothing was tried at step {step} of escalation {escalation}")
        elif told.name == "escalation.notified" and (escalation, step) not in taken:
            verdict.find(f"webhook: step {step} of escalation {escalation} is called delivered, and nobody took it")
        elif told.name != "escalation.notified":
            waiting += 1
            if "next_try" not in told.body:
                verdict.find(f"webhook: step {step} of escalation {escalation} failed and is not tried again")
    for (path, escalation), arrivals in heard.items():
        told_of = [moment(at) for _, at in sorted(arrivals)]
        if told_of != sorted(told_of):
            verdict.find(f"webhook: {path} heard of escalation {escalation} out of order")
    verdict.counts |= {
        "webhooks due": len(due),
        "webhooks taken": len(taken),
        "webhooks that wait for their next try": waiting,
        "letters taken": len(letters),
    }


def judge_order(events: list[Event], folder: Path, verdict: Verdict) -> None:
    """Nothing of a later event of an escalation was sent before everybody's first attempt at their first notice ended.

    As services/alerts/src/deliver/post.rs says it. What is let past there, a receiver that hangs for 5 seconds, cannot
    be here: the soak waits 3 seconds for an answer.
    """
    told: dict[str, list[Event]] = defaultdict(list)
    outcomes: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event.name in TELLING:
            told[event.aggregate].append(event)
        if event.name in ENDED and event.body["channel"] in CHANNELS:
            outcomes[event.body["of"]].append(event)
    came: dict[int, float] = {}
    for record in read_records(folder / "webhook.jsonl"):
        came.setdefault(record["body"]["data"]["sequence"], record["at"])
    compared = 0
    for escalation, way in told.items():
        concerned: set[str] = set()
        # Until when everybody so far had been tried: a sequence and a moment, or never.
        tried: tuple[float, float] = (0, 0)
        for event in way:
            step = f"{event.name} {event.body['step']} of escalation {escalation}"
            compared += 1
            if any(outcome.sequence < tried[0] for outcome in outcomes[event.identity]):
                verdict.find(f"{step}: an attempt ended before the step below was tried with everybody")
            if came.get(event.sequence, tried[1]) < tried[1]:
                verdict.find(f"{step}: a webhook came before the step below was tried with everybody")
            for role in set(event.body["recipients"]) - concerned:
                concerned.add(role)
                for channel in CHANNELS:
                    tried = max(tried, first_try(outcomes[event.identity], role, channel))
    verdict.counts["steps compared with those below"] = compared


def first_try(outcomes: list[Event], role: str, channel: str) -> tuple[float, float]:
    """Where in the log, and when, the first attempt ended; never, when none did."""
    of_role = [event for event in outcomes if event.body["to"] == {"role": role} and event.body["channel"] == channel]
    return (of_role[0].sequence, moment(of_role[0].recorded_at).timestamp()) if of_role else (inf, inf)


def judge_line(events: list[Event], records: list[dict[str, Any]], verdict: Verdict) -> None:
    """HQ's screen holds every event of every escalation that it hears of, once and in the order of the log."""
    sequences = [record["sequence"] for record in records]
    if sequences != sorted(set(sequences)):
        verdict.find("the stream of escalations repeated an event or went back")
    shown = set(sequences)
    heard: set[str] = set()
    missing = 0
    for event in events:
        if not event.name.startswith("escalation."):
            continue
        if "operator_hq" in event.body.get("recipients", []):
            heard.add(event.aggregate)
        if event.name in ("escalation.raised", "escalation.handed_up") and event.aggregate in heard:
            missing += event.sequence not in shown
    if missing:
        verdict.find(f"the stream of escalations left out {missing} events")
    verdict.counts["lines of the stream"] = len(sequences)
