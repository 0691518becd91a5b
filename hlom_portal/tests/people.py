"""People with a session who send forms to a running portal, as their browsers would."""

import http.client
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

CSRF = "x" * 32


@dataclass
class Answer:
    """What the portal said."""

    status: int
    place: str
    text: str


@dataclass
class Person:
    """Somebody who is logged in, by the session's key."""

    url: str
    session: str

    def get(self, path: str) -> Answer:
        """Reads a page."""
        return self._ask("GET", path)

    def post(self, path: str, fields: dict[str, object]) -> Answer:
        """Sends a form."""
        return self._ask("POST", path, urlencode({"csrfmiddlewaretoken": CSRF} | fields))

    def _ask(self, method: str, path: str, body: str = "") -> Answer:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        headers = {"Cookie": f"session={self.session}; csrf={CSRF}"}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.getheader("Location") or "", answer.read().decode())
        finally:
            connection.close()
