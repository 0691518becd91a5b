"""What was acknowledged is there: the web server is killed with -9 again and again while people save and submit."""

import http.client
import random
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hlom_portal.tests.people import Person
from hlom_portal.tests.portal import Portal, prepared_portal

pytestmark = [pytest.mark.postgres, pytest.mark.redis]
WRITERS, KILLS = 4, 5

MAKE_WRITERS = f"""
from django.test import Client
from accounts.tests.factories import make_member, make_stakeholder
from pledges.tests.factories import make_pledge
for number in range({WRITERS}):
    stakeholder = make_stakeholder(f"Writer {{number}}", slug=f"writer-{{number}}")
    client = Client()
    client.force_login(make_member(stakeholder))
    print(make_pledge(stakeholder).reference, client.cookies["session"].value)
"""
READ = """
from pledges.models import ProgressUpdate, UpdateRound
update = ProgressUpdate.objects.filter(pledge__reference="{reference}").first()
print(update.narrative if update else "nothing")
print(*sorted(str(row.uuid) for row in UpdateRound.objects.filter(update__pledge__reference="{reference}")))
"""


class Writer:
    """Somebody who saves a draft over and over, and notes what the portal said it had kept."""

    def __init__(self, url: str, reference: str, session: str) -> None:
        self.person, self.reference = Person(url, session), reference
        self.path = f"/my/pledges/{reference}/update/"
        self.sent, self.kept, self.unanswered, self.revision = 0, 0, 0, 0
        self.receipts: list[str] = []

    def save(self) -> None:
        """One save; what is not answered may be kept or not, so the form is read again."""
        self.sent += 1
        try:
            status, _place = self.post("save", f"Text {self.sent:06d}")
        except (OSError, http.client.HTTPException):
            self.unanswered += 1
            self.read_again()
            return
        assert status == 302
        self.kept, self.revision = self.sent, self.revision + 1

    def submit(self) -> None:
        """Hands the update in until the portal answers with a receipt."""
        while not self.receipts:
            try:
                status, place = self.post("submit", "The last word")
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)
                continue
            assert (status, "/my/receipts/" in place) == (302, True)
            self.receipts.append(place.rstrip("/").split("/")[-1])

    def post(self, action: str, narrative: str) -> tuple[int, str]:
        """Sends the form; the status, and where it leads."""
        fields = {"revision": self.revision, "action": action, "language": "en", "stage": "planning"}
        answer = self.person.post(self.path, fields | {"narrative": narrative})
        return answer.status, answer.place

    def read_again(self) -> None:
        """Loads the form until it comes, for the revision it shows."""
        while True:
            try:
                text = self.person.get(self.path).text
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)
                continue
            revision = int(text.split('name="revision" value="')[1].split('"')[0])
            # Either the unanswered save was kept whole, or the form stands as it was last acknowledged.
            acknowledged = (self.revision, self.kept)
            assert (revision, self._number_in(text)) in (acknowledged, (self.revision + 1, self.sent))
            self.revision, self.kept = revision, self._number_in(text)
            return

    @staticmethod
    def _number_in(text: str) -> int:
        found = re.search(r"Text (\d{6})", text)
        return int(found[1]) if found else 0


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    with prepared_portal(tmp_path) as prepared:
        yield prepared


def _kill_in_the_middle(portal: Portal) -> None:
    """One life of the web server: it is killed with its children while requests are under way."""
    with portal.web() as process:
        time.sleep(random.uniform(0.5, 1.5))
        portal.kill(process)


def test_a_killed_server_loses_no_acknowledged_save_and_no_receipt(portal: Portal) -> None:
    lines = portal.manage("shell", "-c", MAKE_WRITERS).splitlines()[-WRITERS:]
    writers = [Writer(portal.url, *line.split()) for line in lines]
    is_over = threading.Event()
    failures: list[BaseException] = []

    def write(writer: Writer) -> None:
        try:
            while not is_over.is_set():
                writer.save()
            writer.submit()
        except BaseException as failure:
            failures.append(failure)
            raise

    threads = [threading.Thread(target=write, args=(writer,)) for writer in writers]
    for thread in threads:
        thread.start()
    for _life in range(KILLS):
        _kill_in_the_middle(portal)
    with portal.web():
        is_over.set()
        for thread in threads:
            thread.join(timeout=60)

    assert failures == []
    assert sum(writer.unanswered for writer in writers) >= KILLS
    for writer in writers:
        kept = portal.manage("shell", "-c", READ.format(reference=writer.reference)).splitlines()[-2:]
        assert kept == ["The last word", *writer.receipts]
