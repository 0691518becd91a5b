"""Stamps rise with each change and only by name."""

import pytest

from foundation.stamps import current_stamp, raise_stamp

pytestmark = pytest.mark.django_db


def test_a_stamp_rises_by_one_each_time_and_no_other_does() -> None:
    raise_stamp("calendar")
    raise_stamp("calendar")
    raise_stamp("pledges")

    assert (current_stamp("calendar"), current_stamp("pledges"), current_stamp("unknown")) == (2, 1, 0)
