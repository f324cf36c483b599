"""Keys: what is taken, what is left out, and that a signature can be checked by its public half."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwk, jwt

from service.trust.keys import KeysError, load_signing_keys, read_key_set
from tests.trust.keys import elliptic, jwks, pem_file, rsa

LOCKED = elliptic().as_pem(private=True, password="a passphrase")


@pytest.mark.parametrize(("key", "algorithm"), [(rsa(), "RS384"), (elliptic(), "ES384")])
def test_what_we_sign_is_checked_with_the_public_half(
    key: jwk.RSAKey | jwk.ECKey, algorithm: str, tmp_path: Path
) -> None:
    (signing,) = load_signing_keys(pem_file(tmp_path, key))
    token = jwt.decode(
        signing.sign({"iss": "needlewise"}), jwk.import_key(signing.public()), algorithms=["RS384", "ES384"]
    )
    assert token.claims == {"iss": "needlewise"}
    assert token.header == {"alg": algorithm, "kid": key.thumbprint(), "typ": "JWT"}
    assert "d" not in signing.public()


def test_a_key_is_not_shown(tmp_path: Path) -> None:
    (signing,) = load_signing_keys(pem_file(tmp_path, elliptic()))
    assert repr(signing) == f"SigningKey(algorithm='ES384', kid='{elliptic().thumbprint()}')"


def test_during_rotation_a_file_holds_two_keys_and_the_first_signs(tmp_path: Path) -> None:
    keys = load_signing_keys(pem_file(tmp_path, elliptic(), rsa()))
    assert [key.algorithm for key in keys] == ["ES384", "RS384"]


@pytest.mark.parametrize(
    ("key", "says"),
    [(rsa(1024), "RSA keys of 2,048"), (elliptic("P-256"), "curve P-384")],
)
def test_a_key_that_servers_would_refuse_is_refused(key: jwk.RSAKey | jwk.ECKey, says: str, tmp_path: Path) -> None:
    with pytest.raises(KeysError, match=says):
        load_signing_keys(pem_file(tmp_path, key))


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o644, 0o666])
def test_a_key_that_everybody_can_read_is_refused(mode: int, tmp_path: Path) -> None:
    with pytest.raises(KeysError, match="everybody on this machine"):
        load_signing_keys(pem_file(tmp_path, elliptic(), mode=mode))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no private key"),
        (elliptic().as_pem(private=False), "no private key"),
        (b"-----BEGIN PRIVATE KEY-----\nMarkerSecret\n-----END PRIVATE KEY-----", "can't be read"),
        (LOCKED, "passphrase"),
    ],
)
def test_a_file_without_a_usable_key_is_refused_and_not_quoted(content: bytes, says: str, tmp_path: Path) -> None:
    path = pem_file(tmp_path)
    path.write_bytes(content)
    with pytest.raises(KeysError, match=says) as caught:
        load_signing_keys(path)
    assert "Marker" not in str(caught.value)


def test_a_key_set_gives_its_keys_by_kid() -> None:
    found = read_key_set(jwks(elliptic(), kid="one"))
    key = found.get_by_kid("one")
    assert key.thumbprint() == elliptic().thumbprint()


def test_of_a_private_key_in_a_set_only_the_public_half_is_kept() -> None:
    (key,) = read_key_set(json.dumps({"keys": [elliptic().as_dict(private=True)]}).encode()).keys
    assert not key.is_private


@pytest.mark.parametrize(
    "odd",
    [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "secret"},
        {"kty": "RSA"},
        {"kty": "RSA", "n": "!!", "e": "AQAB"},
        {"kty": "RSA", "n": "AA", "e": ""},
        {"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"},
        {"kty": "OKP", "crv": "X25519", "x": "AA"},
        {**elliptic().as_dict(private=False), "use": "enc"},
        {**elliptic().as_dict(private=False), "key_ops": ["encrypt"]},
        {**elliptic().as_dict(private=False), "key_ops": 7},
        rsa(1024).as_dict(private=False),
        {"kty": 7},
        {},
        None,
        "key",
        [],
    ],
)
def test_what_can_check_no_signature_is_left_out(odd: object) -> None:
    body = json.dumps({"keys": [odd, rsa().as_dict(private=False)]}).encode()
    assert [key.thumbprint() for key in read_key_set(body).keys] == [rsa().thumbprint()]
    with pytest.raises(KeysError, match="no public key"):
        read_key_set(json.dumps({"keys": [odd]}).encode())


def test_members_that_point_elsewhere_are_dropped() -> None:
    (key,) = read_key_set(jwks(rsa(), x5u="https://evil.example/cert", kid="a")).keys
    assert "x5u" not in key.as_dict(private=False)


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b"{}", b'{"keys": {}}', b'{"keys": []}', b"[" * 90_000])
def test_what_is_no_key_set_is_refused(body: bytes) -> None:
    with pytest.raises(KeysError):
        read_key_set(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = st.sampled_from(["kty", "n", "e", "crv", "x", "y", "use", "alg", "kid", "key_ops", "d", "x5c"])
VALUES = JSON | st.sampled_from(["RSA", "EC", "OKP", "oct", "P-384", "Ed25519", "AQAB", "sig", "AA"])


@given(st.dictionaries(MEMBERS, VALUES, max_size=8))
def test_whatever_a_key_set_holds_only_its_own_fault_is_raised(odd: dict[str, object]) -> None:
    try:
        read_key_set(json.dumps({"keys": [odd]}).encode("utf-8", "replace"))
    except KeysError:
        return
