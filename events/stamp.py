"""The stamp of all that the calendar's pages show: cycles, events, programmes, documents, texts.

Every workflow function of this room raises it (``foundation.stamps``) in the transaction of its change.
"""

CALENDAR = "calendar"
