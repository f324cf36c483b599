"""Settings: what is wrong stops the start with one line that names it."""

from dataclasses import fields
from pathlib import Path

import pytest

from service.cli import main
from service.settings import Settings, SettingsError, read_settings, shown

# Contract, section 9.
CONTRACT = (
    "HOST PORT WORKERS PUBLIC_URL DATABASE_URL RETENTION_DAYS PACKS SITE_RULES AUTH ALLOW_UNAUTHENTICATED TRUST "
    "MAX_BODY_MB MAX_ENTRIES EHR_TIMEOUT_S CDS_BUDGET_S CDS_SHOW_CLEAR CDS_SYSTEM_ACTIONS SMART_APP_URL "
    "HIDE_RESTRICTED TERMINOLOGY_URL LANGUAGE LOG_LEVEL LOG_FORMAT RATE_LIMIT CORS_ORIGINS TRUSTED_PROXIES "
    "OPEN_DISCOVERY QUIET_DAYS CANARY_MINUTES"
)

# Where the contract leaves the policy to the site.
MORE = {"AUDIT_DAYS", "KEEP_INPUTS"}


def read(**given: str) -> Settings:
    return read_settings({f"NEEDLEWISE_{name}": text for name, text in given.items()})


def fault(**given: str) -> str:
    with pytest.raises(SettingsError) as caught:
        read(**given)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_every_setting_of_the_contract_works() -> None:
    assert {each.name.upper() for each in fields(Settings)} == set(CONTRACT.split()) | MORE


def test_without_any_variable_the_defaults_hold() -> None:
    settings = read()
    assert (settings.host, settings.port, settings.packs) == ("127.0.0.1", 8080, ("default",))
    assert (settings.max_body_mb, settings.max_entries, settings.log_level) == (20, 50_000, "info")
    assert settings.base_url == "http://127.0.0.1:8080"


def test_values_are_typed() -> None:
    settings = read(PORT="9000", PACKS="default, extended", CORS_ORIGINS="https://a.example https://b.example:8443/")
    assert settings.port == 9000
    assert settings.packs == ("default", "extended")
    assert settings.cors_origins == ("https://a.example", "https://b.example:8443")


def test_a_blank_value_counts_as_not_given() -> None:
    assert read(PORT="", DATABASE_URL=" ").port == 8080


def test_variables_that_are_not_ours_are_left_alone() -> None:
    assert read_settings({"PORT": "x", "NEEDLE": "y"}).port == 8080


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PORT", "eighty"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "²"),
        ("PORT", "9" * 5_000),
        ("PORT", "-1"),
        ("HOST", "http://here"),
        ("WORKERS", "0"),
        ("WORKERS", "2.5"),
        ("PUBLIC_URL", "needle.example.org"),
        ("PUBLIC_URL", "https://user:pass@needle.example.org"),
        ("PUBLIC_URL", "https://needle.example.org/?a=b"),
        ("PUBLIC_URL", "https://[::1"),
        ("PUBLIC_URL", "https://needle.example.org:port"),
        ("PACKS", ","),
        ("AUTH", "basic"),
        ("ALLOW_UNAUTHENTICATED", "maybe"),
        ("MAX_BODY_MB", "20 MB"),
        ("MAX_ENTRIES", "many"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "https://a.example/path"),
        ("DATABASE_URL", "sqlite:///:memory:?cache=shared"),
        ("DATABASE_URL", "mysql://user:pass@host/name"),
        ("QUIET_DAYS", "-1"),
        ("OPEN_DISCOVERY", "perhaps"),
        ("RETENTION_DAYS", "a month"),
    ],
)
def test_a_wrong_value_is_named_and_not_repeated(name: str, text: str) -> None:
    message = fault(**{name: text})
    assert message.startswith(f"NEEDLEWISE_{name}")
    assert "pass@" not in message


def test_a_password_is_hidden() -> None:
    settings = read(DATABASE_URL="postgresql+psycopg://needle:secret@db.example.org/needle")
    (row,) = (each for each in shown(settings) if each.name == "NEEDLEWISE_DATABASE_URL")
    assert row.value == "postgresql+psycopg://needle:***@db.example.org/needle"


def test_an_unknown_name_stops_the_start_and_the_nearest_is_offered() -> None:
    message = fault(MAX_BODY="20")
    assert message.startswith("NEEDLEWISE_MAX_BODY is no setting")
    assert "MAX_BODY_MB" in message


def test_a_kubernetes_service_link_is_explained() -> None:
    assert "enableServiceLinks" in fault(PORT="tcp://10.0.0.1:8080")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "needle.example.org", "192.0.2.1"])  # noqa: S104 - that it is refused
def test_without_authentication_only_loopback_is_served(host: str) -> None:
    assert "ALLOW_UNAUTHENTICATED" in fault(HOST=host)
    assert read(HOST=host, ALLOW_UNAUTHENTICATED="true").host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost"])
def test_loopback_has_many_names(host: str) -> None:
    assert read(HOST=host).loopback


def test_the_address_in_links_is_the_public_one() -> None:
    assert read(PUBLIC_URL="https://needle.example.org/").base_url == "https://needle.example.org"
    assert read(HOST="::1").base_url == "http://[::1]:8080"


def test_a_toml_file_is_read_and_a_variable_wins(tmp_path: Path) -> None:
    config = tmp_path / "needlewise.toml"
    config.write_text('port = 9000\npacks = ["default"]\nLOG_LEVEL = "debug"\nallow_unauthenticated = true\n')
    settings = read(CONFIG=str(config), PORT="9001")
    assert (settings.port, settings.packs, settings.log_level) == (9001, ("default",), "debug")
    assert settings.allow_unauthenticated


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("port = 'x'", "port in "),
        ("prot = 1", "prot in "),
        ("port = 1.5", "port in "),
        ("[port]\na = 1", "port in "),
        ("port = ", "NEEDLEWISE_CONFIG: can't read"),
    ],
)
def test_a_fault_in_the_file_is_named(tmp_path: Path, text: str, named: str) -> None:
    config = tmp_path / "needlewise.toml"
    config.write_text(text)
    message = fault(CONFIG=str(config))
    assert named in message
    assert str(config) in message


def test_a_missing_file_stops_the_start() -> None:
    assert fault(CONFIG="/nowhere/needlewise.toml").startswith("NEEDLEWISE_CONFIG: can't read /nowhere")


def test_the_command_prints_every_setting_with_its_value_and_a_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEEDLEWISE_PORT", "9000")
    assert main(["settings"]) == 0
    printed = capsys.readouterr().out
    assert "NEEDLEWISE_PORT = 9000" in printed
    for row in shown(read()):
        assert row.name in printed
        assert row.line in printed


def test_the_command_ends_with_2_on_a_wrong_setting(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEEDLEWISE_PORT", "no")
    assert main(["settings"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "needlewise: NEEDLEWISE_PORT must be a whole number from 1 to 65535\n"
