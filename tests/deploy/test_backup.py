"""The operator's page's own commands: a backup of SQLite while the service runs is whole, and restores."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import requests

from tests.docs.pages import blocks, read_page
from tests.web.charts import AS_OF, SCREEN, chart
from tests.web.serving import ROOT, serving


def test_a_backup_of_a_running_service_restores(tmp_path: Path) -> None:
    command = next(block.text for block in blocks(read_page("docs/operate.md")) if "backup(b)" in block.text)
    words = shlex.split(command)
    assert words[0] == "python"
    database, copy = tmp_path / "needlewise.db", tmp_path / "backup.db"
    with serving(
        tmp_path / "log", WORKERS="1", DATABASE_URL=f"sqlite:///{database}", KEEP_INPUTS="true", CANARY_MINUTES="0"
    ) as server:
        answer = requests.post(f"{server.url}{SCREEN}?{AS_OF}", json=chart(), timeout=60)
        assert re.search("var/needlewise.db", command)
        subprocess.run([sys.executable, *words[1:3], str(database), str(copy)], check=True)
        requests.post(f"{server.url}{SCREEN}?{AS_OF}", json=chart(), timeout=60)
    for each in tmp_path.glob("needlewise.db*"):
        each.unlink()
    copy.rename(database)
    id_ = answer.headers["Location"].rpartition("/")[2]
    replay = subprocess.run(
        [sys.executable, "-m", "service", "replay", id_],
        cwd=ROOT,
        env={**os.environ, "NEEDLEWISE_DATABASE_URL": f"sqlite:///{database}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (replay.returncode, replay.stdout.splitlines()[-1]) == (0, "the same result")
