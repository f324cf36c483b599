"""The operator's page's own commands for PostgreSQL: what was dumped and restored is what was stored."""

import shlex
import subprocess

import orjson

from service.app import create_app
from service.settings import Settings
from service.store import open_store, upgrade_store
from tests.docs.pages import blocks, read_page
from tests.faults.postgres import Postgres
from tests.vignettes.runner import knowledge, packs
from tests.web.charts import AS_OF, FHIR_JSON, SCREEN, chart


def test_a_dump_restores_into_another_database(postgres: Postgres) -> None:
    settings = Settings(database_url=postgres.make("dumped"), keep_inputs=True)
    upgrade_store(settings)
    client = create_app(settings, knowledge(), packs(), store=open_store(settings)).test_client()
    answer = client.post(f"{SCREEN}?{AS_OF}", data=orjson.dumps(chart()), content_type=FHIR_JSON)
    restored = postgres.make("restored")
    page = next(block.text for block in blocks(read_page("docs/operate.md")) if "pg_dump" in block.text)
    addresses = {
        "postgresql://needlewise@postgres/needlewise": settings.database_url,
        "postgresql://needlewise@postgres/restored": restored,
    }
    ran = []
    for line in page.splitlines():
        tool, *words = shlex.split(line)
        if tool == "createdb":
            continue  # it has been made, by the socket that this server listens on
        words = [addresses.get(word, word).replace("postgresql+psycopg:", "postgresql:") for word in words]
        words = [str(postgres.folder.parent / word) if word.endswith(".dump") else word for word in words]
        subprocess.run([postgres.tools / tool, *words], check=True)
        ran.append(tool)
    assert ran == ["pg_dump", "pg_restore"]
    id_ = answer.headers["Location"].rpartition("/")[2]
    before, after = (
        open_store(each).archive.find(id_) for each in (settings, Settings(database_url=restored, keep_inputs=True))
    )
    assert before is not None
    assert before == after
    assert before.input == orjson.dumps(chart())
