"""compose.yaml, Dockerfile and deploy/: they parse, agree, and name settings, ports, paths, metrics that there are."""

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest
import yaml

from service.app import create_app
from service.canary import Door, Watch, plan
from service.knowledge.canaries import load_canaries
from service.settings import Settings, read_settings
from service.store import NoStore
from tests.docs.pages import ROOT, anchors, load_json, read_page, rows
from tests.vignettes.runner import knowledge, packs

COMPOSE: Any = yaml.safe_load(read_page("compose.yaml"))
KUBERNETES: list[Any] = list(yaml.safe_load_all(read_page("deploy/kubernetes.yaml")))
PROMETHEUS: Any = yaml.safe_load(read_page("deploy/prometheus.yml"))
ALERTS: list[Any] = yaml.safe_load(read_page("deploy/alerts.yml"))["groups"][0]["rules"]
BOARD: Any = load_json(ROOT / "deploy/grafana/boards/needlewise.json")
DOCKERFILE = read_page("Dockerfile")
PORT = Settings().port
REPLICAS = {name: service for name, service in COMPOSE["services"].items() if "build" in service}


def expressions() -> Iterator[str]:
    yield from (alert["expr"] for alert in ALERTS)
    yield from (target["expr"] for panel in BOARD["panels"] for target in panel["targets"])


def pod() -> Any:
    (deployment,) = (each for each in KUBERNETES if each["kind"] == "Deployment")
    return deployment["spec"]["template"]["spec"]


def environment(container: Any) -> dict[str, str]:
    """A container's settings; what comes from a secret as a value of its form."""
    return {each["name"]: each.get("value", "postgresql+psycopg://u:p@h/n") for each in container["env"]}


@pytest.fixture(scope="module")
def metrics() -> str:
    watch = Watch(plan(packs().values(), load_canaries()), Door(Settings()), NoStore().tallies, minutes=1, tell=print)
    return create_app(Settings(), knowledge(), packs(), watch=watch).test_client().get("/metrics").text


def test_every_metric_of_alerts_and_board_is_there(metrics: str) -> None:
    named = {name for each in expressions() for name in re.findall(r"needlewise_[a-z_]+", each)}
    there = set(re.findall(r"^# TYPE (\S+)", metrics, re.MULTILINE))
    assert len(named) > 8
    assert {re.sub(r"_(bucket|count|sum)$", "", name) for name in named} <= there


def test_every_metric_is_in_the_operator_s_page(metrics: str) -> None:
    documented = {name for row in rows(read_page("docs/operate.md"), "metric") for name in row[0].split(", ")}
    there = set(re.findall(r"^# TYPE (needlewise_\S+)", metrics, re.MULTILINE))
    assert {name for name in there if not name.endswith("_created")} == documented


def test_every_path_of_a_query_is_a_route() -> None:
    routes = {rule.rule for rule in create_app(Settings(), knowledge(), packs()).url_map.iter_rules()}
    for expression in expressions():
        for pattern in re.findall(r'route=~"([^"]+)"', expression):
            for each in pattern.replace("\\\\", "\\").split("|"):
                assert any(re.fullmatch(each, route) for route in routes), each


def test_every_alert_is_a_heading_and_a_row_of_the_3_a_m_page() -> None:
    page = read_page("docs/operate.md")
    names = [alert["alert"] for alert in ALERTS]
    assert {name.lower() for name in names} <= anchors(page)
    assert [row[0] for row in rows(page, "alert")] == names


def test_compose_starts_two_replicas_on_one_database_with_settings_that_there_are() -> None:
    serving = [service for service in REPLICAS.values() if "ports" in service]
    assert len(serving) == 2
    for service in REPLICAS.values():
        settings = {name: re.sub(r"\$\{[^}]*\}", "secret", text) for name, text in service["environment"].items()}
        read = read_settings(image_environment() | settings)
        assert read.database_url == "postgresql+psycopg://needlewise:secret@postgres/needlewise"
    assert REPLICAS["upgrade"]["command"] == ["needlewise", "db", "upgrade"]


def test_compose_publishes_to_this_machine_only_and_to_the_port_that_is_served() -> None:
    published = [port for service in COMPOSE["services"].values() for port in service.get("ports", ())]
    assert all(port.startswith("127.0.0.1:") for port in published)
    assert len({port.split(":")[1] for port in published}) == len(published) == 4
    for service in REPLICAS.values():
        assert all(port.split(":")[2] == str(PORT) for port in service.get("ports", ()))


def test_compose_mounts_files_and_volumes_that_there_are() -> None:
    for service in COMPOSE["services"].values():
        for mount in service.get("volumes", ()):
            source = mount.split(":")[0]
            assert (ROOT / source).exists() if source.startswith("./") else source in COMPOSE["volumes"]


def test_prometheus_asks_every_replica_and_reads_the_alerts() -> None:
    (job,) = PROMETHEUS["scrape_configs"]
    targets = [target for config in job["static_configs"] for target in config["targets"]]
    assert sorted(targets) == sorted(f"{name}:{PORT}" for name, service in REPLICAS.items() if "ports" in service)
    assert all((ROOT / "deploy" / file).is_file() for file in PROMETHEUS["rule_files"])
    mounted = [mount.split(":")[1] for mount in COMPOSE["services"]["prometheus"]["volumes"]]
    assert {f"/etc/prometheus/{file}" for file in ("prometheus.yml", *PROMETHEUS["rule_files"])} <= set(mounted)


def test_the_board_asks_the_source_that_is_provisioned() -> None:
    source = yaml.safe_load(read_page("deploy/grafana/provisioning/datasources/prometheus.yaml"))["datasources"][0]
    assert {panel["datasource"]["uid"] for panel in BOARD["panels"]} == {source["uid"]}
    assert source["url"] == "http://prometheus:9090"
    assert json.loads((ROOT / "deploy/grafana/boards/needlewise.json").read_text())["uid"] == "needlewise"


def test_kubernetes_starts_with_settings_and_paths_that_there_are() -> None:
    (serving,) = pod()["containers"]
    (upgrade,) = pod()["initContainers"]
    for container in (serving, upgrade):
        assert read_settings(image_environment() | environment(container)).auth == "jwt"
    assert serving["ports"] == [{"name": "http", "containerPort": PORT}]
    routes = {rule.rule for rule in create_app(Settings(), knowledge(), packs()).url_map.iter_rules()}
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert serving[probe]["httpGet"]["path"] in routes
        assert serving[probe]["httpGet"]["port"] == "http"
    assert pod()["enableServiceLinks"] is False
    mounts = {mount["name"] for mount in serving["volumeMounts"]}
    assert mounts == {volume["name"] for volume in pod()["volumes"]}


def test_kubernetes_gives_running_requests_their_time() -> None:
    server = read_page("service/web/server.py")
    grace = int(re.findall(r"^_GRACE_S: Final = (\d+)$", server, re.MULTILINE)[0])
    assert pod()["terminationGracePeriodSeconds"] > grace + 5
    assert int(COMPOSE["x-replica"]["stop_grace_period"].removesuffix("s")) > grace


def test_the_image_is_not_root_and_sets_what_there_is() -> None:
    user = re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)
    assert user == ["10001"]
    assert pod()["securityContext"]["runAsUser"] == int(user[0])
    assert {name.removeprefix("NEEDLEWISE_").lower() for name in image_environment()} <= {
        each.name for each in fields(Settings)
    }
    assert re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE) == [str(PORT)]


def test_the_image_keeps_what_is_stored_in_its_volume() -> None:
    (volume,) = re.findall(r'^VOLUME \["(\S+)"\]$', DOCKERFILE, re.MULTILINE)
    assert image_environment()["NEEDLEWISE_DATABASE_URL"] == f"sqlite:///{volume}/needlewise.db"
    assert f"--owner={pod()['securityContext']['runAsUser']} --mode=0700 {volume}" in DOCKERFILE


def test_what_the_image_is_built_from_is_let_in() -> None:
    let_in = {line[1:] for line in read_page(".dockerignore").splitlines() if line.startswith("!")}
    copied = {
        name for names in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE) for name in names.split()
    }
    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)


def image_environment() -> dict[str, str]:
    return dict(re.findall(r"(NEEDLEWISE_\w+)=([^\s\\]+)", DOCKERFILE.split("ENV PATH=")[1].split("EXPOSE")[0]))
