"""What is not published is on no page, in no feed, search or file for anybody but staff's previews."""

from datetime import date

import pytest

from events.models import Cycle
from events.tests.factories import get_cycle, make_cycle, make_event
from events.tests.programme_factories import PDF, make_document, make_question, make_session, make_text

pytestmark = pytest.mark.django_db
SECRET = "Xyzzy"
CALENDAR = [
    "/",
    "/calendar/",
    "/calendar.ics",
    "/calendar/hlom-2021/",
    "/calendar/hlom-2021.ics",
    "/calendar/hlom-2021/coming.atom",
    "/calendar/hlom-2021/month/2021-12/",
    "/calendar/hlom-2021/timeline/",
    "/calendar/hlom-2021/print/",
    "/events/meeting/",
    "/events/meeting.ics",
    "/events/meeting/programme/",
    "/events/meeting/programme.ics",
    "/meetings/hlom-2021/",
    "/meetings/hlom-2021/questions/",
    f"/meetings/hlom-2021/questions/?q={SECRET}",
    "/meetings/hlom-2021/documents/",
    "/sitemap-meetings.xml",
    "/sitemap-programmes.xml",
]


@pytest.fixture
def files(db):
    """Plants a draft of everything in a public event, and everything in what is not public; the draft files."""
    cycle, hidden_cycle = get_cycle(), make_cycle("hidden-cycle", published_at=None, title=SECRET)
    Cycle.objects.filter(pk=cycle.pk).update(is_current=True)
    event = make_event(
        cycle, slug="meeting", kind="meeting", starts_on=date(2021, 12, 14), ends_before=date(2021, 12, 16)
    )
    hidden = make_event(cycle, slug="hidden", title=SECRET, published_at=None)
    elsewhere = make_event(hidden_cycle, slug="elsewhere", title=SECRET)
    planted = []
    for where, published in ((event, None), (hidden, "yes"), (elsewhere, "yes")):
        more = {} if published else {"published_at": None}
        session = make_session(
            where, title=SECRET, description=SECRET, room=SECRET, speakers=[(SECRET, SECRET)], **more
        )
        planted.append(make_document(where.cycle, event=where, session=session, title=SECRET, content=PDF, **more))
        planted.append(make_document(where.cycle, event=where, title=SECRET, content=PDF, **more))
    make_text(cycle, text=SECRET, published_at=None)
    make_text(hidden_cycle, text=SECRET)
    make_question(cycle, group=SECRET, question=f"{SECRET}?", answer=SECRET, published_at=None)
    make_question(hidden_cycle, group=SECRET, question=f"{SECRET}?", answer=SECRET)
    return planted


@pytest.mark.parametrize("role", ["public", "focal_point", "editor"])
def test_no_page_or_feed_tells_a_secret(client, cast, log_in, files, role):
    person = client if role == "public" else log_in(getattr(cast, role))

    answers = {address: person.get(address) for address in CALENDAR}

    assert {address: answer.status_code for address, answer in answers.items()} == dict.fromkeys(CALENDAR, 200)
    told = [address for address, answer in answers.items() if SECRET in answer.content.decode()]
    # Without a question that may be seen there is no search, and so nobody is told what was looked for.
    assert told == []


@pytest.mark.parametrize("role", ["public", "focal_point", "editor"])
def test_no_address_of_what_is_hidden_answers(client, cast, log_in, files, role):
    person = client if role == "public" else log_in(getattr(cast, role))
    addresses = [
        *(document.get_absolute_url() for document in files),
        *(f"/events/{slug}/programme{end}" for slug in ("hidden", "elsewhere") for end in ("/", ".ics")),
        *(f"/meetings/hidden-cycle/{page}" for page in ("", "questions/", "documents/")),
    ]

    assert {address: person.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 404)
