"""Twelve faults while 400 reminders go out: nobody is forgotten, and nobody is told again without a reason.

    python -m benchmarks.drill --seeds 10
    python -m benchmarks.drill --seeds 1 --without-claim     # the negative control: must fail

Real PostgreSQL, real Redis, two real workers and two beats; a mail server that greylists, refuses dead mailboxes and
loses acknowledgements. The waits and leases of production are scaled down, and printed. Exits with 1 when a promise
is broken.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.drill_world import World, make_world

SCALED = {
    "DRAIN_EVERY_SECONDS": "1",
    "PLAN_EVERY_SECONDS": "3",
    "MAIL_BATCH": "25",
    "MAIL_LEASE_SECONDS": "5",
    "MAIL_RETRY_SECONDS": "2",
    "MAIL_RETRY_AT_MOST_SECONDS": "5",
    "MAIL_UNKNOWN_RETRY_SECONDS": "3",
    "MAIL_REST_SECONDS": "1",
    "MAIL_REST_AT_MOST_SECONDS": "3",
}
WORKERS = ("worker 1", "worker 2")
SECONDS_A_MAIL = 0.1
KILLS, CRASHES = 6, 2
ENDED = {"sent", "failed", "expired", "suppressed", "skipped"}
_ROWS = "SELECT address, state, reply, message_id FROM foundation_outgoingmail WHERE purpose = 'reminder'"
_FLAGGED = "SELECT email FROM accounts_user WHERE address_failed_at IS NOT NULL"


@dataclass
class Result:
    """What one seed showed."""

    seed: int
    recipients: int
    deliverable: int
    never_delivered: int
    extra_copies: int
    lost_acknowledgements: int
    kills: int
    left_to_a_person: int
    seconds: float
    broken: list[str]

    def row(self) -> str:
        """A row of the table."""
        cells = (
            self.seed,
            self.recipients,
            self.deliverable,
            self.never_delivered,
            self.extra_copies,
            self.lost_acknowledgements,
            self.kills,
            self.left_to_a_person,
            f"{self.seconds:.0f}",
            "; ".join(self.broken) or "none",
        )
        return "| " + " | ".join(str(cell) for cell in cells) + " |"


HEAD = (
    "| seed | recipients | deliverable | never delivered | extra copies | lost acknowledgements | kills and crashes"
    " | left to a person | seconds | broken promises |\n|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|"
)


def run(seed: int, *, recipients: int, without_claim: bool) -> Result:
    """One seed from an empty database to the last mail."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hlom-drill-")))
        world = make_world(folder, stack, seed=seed, seconds_a_mail=SECONDS_A_MAIL, scaled=SCALED)
        # Each reports for a stakeholder of its own, so that nobody is mailed about a colleague's dead mailbox.
        people = f"from benchmarks.mail_people import make_many_people_due_now as make; make({recipients})"
        world.manage("shell", "-v0", "-c", people)
        app = "benchmarks.drill_without_claim" if without_claim else "hlom_portal.celery"
        began = time.monotonic()
        for name in WORKERS:
            start_worker(world, name, app)
        for name in ("beat 1", "beat 2"):
            world.start(name, "beat", "--schedule", str(folder / name), "--loglevel", "warning")
        chance = random.Random(seed)
        kills = 0 if without_claim else harm(world, chance, lambda name: start_worker(world, name, app))
        is_over = wait_until_over(world, recipients)
        return judge(world, seed, recipients, kills=kills, seconds=time.monotonic() - began, is_over=is_over)


def start_worker(world: World, name: str, app: str) -> None:
    """A worker that handles one task at a time."""
    world.start(name, "worker", "--concurrency", "1", "--loglevel", "warning", "-n", f"{name[-1]}@drill", app=app)


def harm(world: World, chance: random.Random, restart: Callable[[str], None]) -> int:
    """Twelve faults in an order of the seed's own, the two beats being one of them; how many cut a worker's work."""

    def kill_worker() -> None:
        name = chance.choice(WORKERS)
        world.kill(name)
        restart(name)

    def redis_away(seconds: float) -> None:
        world.broker.kill()
        time.sleep(seconds)
        world.broker.start()

    def crash_database() -> None:
        world.database.crash()
        world.database.start()

    faults: list[Callable[[], None]] = [kill_worker] * KILLS + [crash_database] * CRASHES
    faults += [lambda: redis_away(0.5), lambda: redis_away(8), world.broker.flush]
    chance.shuffle(faults)
    # The first mails are on their way before the first fault.
    while not world.states()["sent"]:
        time.sleep(0.2)
    for fault in faults:
        time.sleep(chance.uniform(0.5, 2.0))
        fault()
    return KILLS + CRASHES


def wait_until_over(world: World, recipients: int, seconds: float = 240) -> bool:
    """Whether every mail came to an end in time; some seconds more, for what would come too often."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        states = world.states()
        if sum(states.values()) >= recipients and set(states) <= ENDED:
            time.sleep(5)
            return True
        time.sleep(0.5)
    return False


def judge(world: World, seed: int, recipients: int, *, kills: int, seconds: float, is_over: bool) -> Result:
    """Counts the copies at the mail server beside the rows of the ledger, and names each promise that is broken."""
    rows = {address: (state, reply, message_id) for address, state, reply, message_id in world.database.ask(_ROWS)}
    flagged = {address for (address,) in world.database.ask(_FLAGGED)}
    copies, lost = world.server.copies, world.server.lost_acknowledgements
    dead = {address for address in rows if world.server.is_dead(address)}
    alive = set(rows) - dead
    never = [address for address in alive if not copies[address]]
    extra = sum(len(copies[address]) - 1 for address in alive if copies[address])
    unknown = [address for address in alive if rows[address][0] == "failed"]
    promises = {
        "everything came to an end": is_over,
        "one row each": len(rows) == recipients == sum(world.states().values()),
        "nobody forgotten": not never,
        "no more copies than lost acknowledgements and kills": extra <= lost + kills,
        "one Message-ID a row": all(set(copies[address]) <= {rows[address][2]} for address in rows),
        "dead mailboxes failed and are marked": all(rows[each][0] == "failed" for each in dead) and flagged == dead,
        "failed means asked a person": all("unknown" in rows[address][1] for address in unknown),
        "what is marked as sent was delivered": all(copies[each] for each in rows if rows[each][0] == "sent"),
    }
    return Result(
        seed=seed,
        recipients=recipients,
        deliverable=len(alive),
        never_delivered=len(never),
        extra_copies=extra,
        lost_acknowledgements=lost,
        kills=kills,
        left_to_a_person=len(unknown),
        seconds=seconds,
        broken=[promise for promise, is_kept in promises.items() if not is_kept],
    )


def main() -> int:
    """Prints the settings, a row for each seed as it ends, and the sums; 1 when a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=1, help="how many runs, each with faults in another order")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--recipients", type=int, default=400)
    parser.add_argument("--without-claim", action="store_true", help="the negative control: must fail")
    options = parser.parse_args()
    print("Scaled down: " + ", ".join(f"{name}={value}" for name, value in SCALED.items()))
    print(f"\n{HEAD}", flush=True)
    results = []
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        results.append(run(seed, recipients=options.recipients, without_claim=options.without_claim))
        print(results[-1].row(), flush=True)
    never = sum(result.never_delivered for result in results)
    extra = sum(result.extra_copies for result in results)
    deliverable = sum(result.deliverable for result in results)
    print(f"\n{deliverable} deliverable, {never} never delivered, {extra} extra copies.")
    return 1 if any(result.broken for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
