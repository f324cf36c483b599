"""The TRUST file: its values as the contract has them, and one line for each fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.trust import NullPrefetch, Right, Trust, TrustError, load_trust
from tests.trust.keys import elliptic, jwks, pem_file

CALLER = """
[[caller]]
name = "Mercy EHR"
issuer = "https://ehr.example.org"
jwks_file = "mercy.jwks.json"
rights = ["cds-hooks"]
"""
EHR = """
[[ehr]]
base_url = "https://ehr.example.org/fhir/r4"
"""
BACKEND = f"""{EHR}
client_id = "needlewise"
key_file = "key.pem"
"""


def load(folder: Path, toml: str) -> Trust:
    (folder / "mercy.jwks.json").write_bytes(jwks(elliptic(), kid="one"))
    pem_file(folder, elliptic())
    path = folder / "trust.toml"
    path.write_text(toml, encoding="utf-8")
    return load_trust(path)


def test_a_file_as_the_contract_shows_it(tmp_path: Path) -> None:
    trust = load(
        tmp_path,
        """
        [[caller]]
        name = "Mercy EHR"
        issuer = "https://ehr.example.org"
        audience = "https://needle.example.net"
        jwks_url = "https://ehr.example.org/jwks"
        algorithms = ["RS384", "ES384"]
        rights = ["cds-hooks", "screen", "read-results"]
        tenants = []
        max_lifetime_s = 300
        suggestion_types = ["delete", "create"]

        [[ehr]]
        base_url = "https://EHR.example.org:443/fhir/r4/"
        client_id = "needlewise"
        key_file = "key.pem"
        token_url = "https://ehr.example.org/oauth2/token"
        null_prefetch = "empty"
        allow_http = false
        allow_private_addresses = false
        """,
    )
    (caller,) = trust.callers
    assert trust.caller_of("https://ehr.example.org") is caller
    assert caller.rights == {Right.CDS_HOOKS, Right.SCREEN, Right.READ_RESULTS}
    assert (caller.jwks_url, caller.keys) == ("https://ehr.example.org/jwks", None)
    assert caller.suggestion_types == {"create", "delete"}
    (server,) = trust.servers
    assert server.base_url == "https://ehr.example.org/fhir/r4"
    assert server.null_prefetch is NullPrefetch.EMPTY
    assert [key.algorithm for key in server.keys] == ["ES384"]


def test_what_is_not_given_is_the_careful_choice(tmp_path: Path) -> None:
    trust = load(tmp_path, CALLER + EHR)
    (caller,), (server,) = trust.callers, trust.servers
    assert caller.keys is not None
    assert caller.keys.get_by_kid("one").thumbprint() == elliptic().thumbprint()
    assert (caller.audience, caller.algorithms, caller.tenants) == ("", ("RS384", "ES384"), ())
    assert caller.max_lifetime_s == 300
    assert caller.suggestion_types == {"delete"}
    assert server.null_prefetch is NullPrefetch.NOT_RECEIVED
    assert server.client_id == ""
    assert (server.allow_http, server.allow_private_addresses) == (False, False)


def test_a_private_authority_is_a_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "hospital.pem").touch()
    trust = load(tmp_path, EHR + 'ca_file = "hospital.pem"')
    assert trust.servers[0].ca_file == tmp_path / "hospital.pem"


def test_an_empty_file_trusts_nobody(tmp_path: Path) -> None:
    trust = load(tmp_path, "")
    assert trust == Trust()
    assert trust.caller_of("https://ehr.example.org") is None
    assert trust.server_for("https://ehr.example.org/fhir/r4") is None


def test_a_test_system_may_use_http_where_its_entry_says_so(tmp_path: Path) -> None:
    trust = load(tmp_path, '[[ehr]]\nbase_url = "http://hapi:8080/fhir"\nallow_http = true')
    assert trust.server_for("http://hapi:8080/fhir") is not None


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("[[caller]", "can't read"),
        ("[caller]\nname = 'x'", "write [[caller]], in two brackets"),
        ("ehr = 7", "write [[ehr]]"),
        ("[[ehrs]]", "ehrs is not known"),
        (CALLER + "right = []", "right is not known: did you mean rights?"),
        (EHR + "zzz = 1", "zzz is not known: known are allow_http"),
        (CALLER.replace('name = "Mercy EHR"', ""), "name is missing"),
        (CALLER.replace('"Mercy EHR"', '" "'), "name is missing"),
        (CALLER.replace('"Mercy EHR"', "7"), "name must be a text in quotes"),
        (CALLER.replace('issuer = "https://ehr.example.org"', ""), "issuer is missing"),
        (CALLER.replace('["cds-hooks"]', "[]"), "rights is missing: give at least one of cds-hooks"),
        (CALLER.replace('["cds-hooks"]', '["everything"]'), "rights may hold only cds-hooks, screen"),
        (CALLER.replace('["cds-hooks"]', '"cds-hooks"'), "rights must be a list of texts"),
        (CALLER.replace('["cds-hooks"]', "[7]"), "rights must be a list of texts"),
        (CALLER + 'algorithms = ["HS256"]', "algorithms may hold only RS256"),
        (CALLER + 'algorithms = ["none"]', "algorithms may hold only RS256"),
        (CALLER + "algorithms = []", "algorithms is empty"),
        (CALLER + "max_lifetime_s = 0", "max_lifetime_s must be a whole number from 1 to 86400"),
        (CALLER + "max_lifetime_s = true", "max_lifetime_s must be a whole number"),
        (CALLER + 'suggestion_types = ["patch"]', "suggestion_types may hold only create, update, delete"),
        (CALLER + 'audience = "needle"', "audience must be the address callers use"),
        (CALLER + 'jwks_url = "https://ehr.example.org/jwks"', "jwks_file or jwks_url is needed: one of the two"),
        (CALLER.replace("jwks_file", "ca_file"), "jwks_file or jwks_url is needed"),
        (CALLER.replace("mercy.jwks.json", "absent.json"), "jwks_file can't be read: No such file"),
        (CALLER.replace("mercy.jwks.json", "key.pem"), "jwks_file is no JSON"),
        (CALLER.replace('jwks_file = "mercy.jwks.json"', 'jwks_url = "http://x.example/jwks"'), "jwks_url must start"),
        (CALLER.replace('jwks_file = "mercy.jwks.json"', 'jwks_url = "x@y"'), "jwks_url must be a plain URL"),
        (CALLER + 'ca_file = "absent.pem"', "ca_file names a file that is not there"),
        (CALLER + CALLER, "number 2: name is that of another [[caller]]"),
        (CALLER + CALLER.replace("Mercy", "Other"), "number 2: issuer is that of another [[caller]]"),
        ("[[ehr]]", "base_url is missing"),
        (EHR.replace("https", "http"), "base_url must start with https://, unless allow_http = true"),
        (EHR.replace("ehr.example.org", "u:p@ehr.example.org"), "base_url must be a plain URL"),
        (EHR.replace("r4", "r4?x=1"), "base_url must be the base of a FHIR server"),
        (EHR + EHR.replace("r4", "r4/"), "number 2: base_url is that of another [[ehr]]"),
        (EHR + 'client_id = "needlewise"', "key_file is missing, and client_id is given"),
        (EHR + 'key_file = "key.pem"', "client_id is missing, and key_file is given"),
        (EHR + 'token_url = "https://ehr.example.org/token"', "client_id is missing, and token_url is given"),
        (BACKEND.replace("key.pem", "absent.pem"), "key_file can't be read: No such file"),
        (BACKEND.replace("key.pem", "mercy.jwks.json"), "key_file can be read or changed by everybody"),
        (BACKEND + 'token_url = "http://ehr.example.org/token"', "token_url must start with https://"),
        (EHR + 'ca_file = "absent.pem"', "ca_file names a file that is not there"),
        (EHR + 'null_prefetch = "none"', "null_prefetch must be one of not-received, empty"),
        (EHR + 'allow_http = "yes"', "allow_http must be true or false"),
    ],
)
def test_each_fault_is_one_line_that_names_the_key(toml: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(TrustError) as caught:
        load(tmp_path, toml)
    line = str(caught.value)
    assert says in line
    assert "trust.toml" in line
    assert "\n" not in line


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrustError, match=r"can't read .*absent\.toml: No such file"):
        load_trust(tmp_path / "absent.toml")
