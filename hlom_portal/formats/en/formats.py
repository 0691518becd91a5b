"""The day before the month, as on the public pages, and every time with its zone."""

DATE_FORMAT = SHORT_DATE_FORMAT = "j F Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "j F Y, H:i T"
MONTH_DAY_FORMAT = "j F"
