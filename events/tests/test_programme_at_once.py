"""Two who write a programme or a meeting's pages at the same moment, on a database with real row locks."""

import pytest

from events.meeting_loading import CannotLoadError, load_meeting
from events.meeting_workflow import save_question
from events.models import Question, QuestionGroup, Session
from events.programme_workflow import publish_sessions, save_session, speakers_of
from events.tests.factories import make_cycle, make_event
from events.tests.programme_factories import AT, make_session
from events.tests.test_at_once import at_once
from events.tests.test_meeting_workflow import DATA
from foundation.models import HistoryEntry

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_same_questions_at_once_get_addresses_of_their_own():
    cycle = make_cycle()
    groups = [QuestionGroup.objects.create(cycle=cycle, title=title) for title in "ABC"]

    def ask(group):
        question = Question(group=group, question="What is it?", answer="A meeting.")
        return lambda: save_question(at=AT, actor=None, question=question)

    at_once(*(ask(group) for group in groups))

    slugs = sorted(Question.objects.values_list("slug", flat=True))
    assert slugs == ["what-is-it", "what-is-it-2", "what-is-it-3"]


def test_pages_loaded_twice_at_once_are_loaded_once():
    cycle = make_cycle()

    def load():
        try:
            return load_meeting(DATA.read_bytes(), cycle=cycle, at=AT, actor=None, publish=True).questions
        except CannotLoadError:
            return 0

    assert sorted(at_once(load, load)) == [0, 11]
    assert (cycle.texts.count(), Question.objects.count()) == (4, 11)


def test_two_who_publish_the_same_sessions_count_each_once():
    event = make_event(make_cycle())
    sessions = [make_session(event, published_at=None) for _ in range(3)]

    def publish(rows):
        return lambda: publish_sessions(at=AT, actor=None, sessions=rows)

    assert sum(at_once(publish(sessions), publish(sessions[::-1]))) == 3
    assert HistoryEntry.objects.filter(verb="session.published").count() == 3


def test_two_who_name_other_speakers_at_once_leave_one_list():
    session = make_session(make_event(make_cycle()), speakers=[("Ana", "")])

    def name(people):
        row = Session.objects.get(pk=session.pk)
        return lambda: save_session(at=AT, actor=None, session=row, speakers=people)

    at_once(name([("Bo", ""), ("Cy", "")]), name([("Di", "")]))

    assert speakers_of(session) in ([("Bo", ""), ("Cy", "")], [("Di", "")])
