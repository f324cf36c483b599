"""From bytes to plain data: what is no JSON, or lost a key or a level, is refused with its place."""

from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.fhir.read import parse_json
from service.fhir.refused import Case, Refused


def refused(body: bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        parse_json(body)
    return caught.value


def test_a_byte_order_mark_is_passed_over() -> None:
    assert parse_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize("body", [b"", b" \r\n\t", b"\xef\xbb\xbf"])
def test_an_empty_body_is_required(body: bytes) -> None:
    fault = refused(body)
    assert fault.case is Case.EMPTY
    assert fault.issues[0].code == "required"


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b'{"a" 1}', "line 1 column 6"),
        (b'{"a": 1,\n "b": }', "line 2 column 7"),
        (b'{"a": "secret', "line 1"),
        (b'{"a": NaN}', "line 1 column 7"),
        (b'{"a": 1e400}', "line 1"),
        (b'["\\ud800"]', "line 1"),
        (b'{"a": 1} x', "line 1 column 10"),
        (b'[1,\n"\xff"]', "line 2 column 2"),
        ('{"a": "ü"}'.encode("latin-1"), "line 1 column 8"),
        ('{"a": 1}'.encode("utf-16"), "line 1 column 1"),
    ],
)
def test_what_is_no_json_is_told_with_its_place(body: bytes, place: str) -> None:
    fault = refused(body)
    assert fault.case is Case.MALFORMED
    assert fault.issues[0].code == "structure"
    assert place in fault.issues[0].diagnostics
    assert "secret" not in fault.issues[0].diagnostics


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b'{"a": 1, "a": 2}', "line 1 column 14"),
        (b'{"a": 1,\n "b": [{"c": 1, "c": 1}]}', "line 2 column 21"),
        (b'{"\xc3\xa9": 1, "\\u00e9": 2}', "line 1"),
        (b'{"a": "\\u0022", "b": 1, "b": 1}', "line 1 column 29"),
        (b'{"a": "\\u0022\\u0022", "secret": 1, "secret": "x"}', "line 1"),
        (b'{"a\\u0022": 1, "a\\"": 2}', "line 1"),
    ],
)
def test_a_key_that_stands_twice_is_refused(body: bytes, place: str) -> None:
    fault = refused(body)
    assert fault.case is Case.MALFORMED
    assert place in fault.issues[0].diagnostics
    assert "secret" not in fault.issues[0].diagnostics


@pytest.mark.parametrize("body", [b'{"a": "\\u0022"}', b'{"a": "\\"", "b": "\\\\u0022"}', b'[{"a": 1}, {"a": 1}]'])
def test_a_quotation_mark_inside_a_string_is_no_key(body: bytes) -> None:
    assert parse_json(body) == json.loads(body)


@pytest.mark.parametrize("inner", [b"", b"1", b"[]", b"{}"])
def test_a_hundred_levels_are_read_and_no_more(inner: bytes) -> None:
    levels = 99 if inner in (b"[]", b"{}") else 100
    assert parse_json(b"[" * levels + inner + b"]" * levels)
    fault = refused(b"[" * (levels + 1) + inner + b"]" * (levels + 1))
    assert fault.case is Case.MALFORMED
    assert "100 levels" in fault.issues[0].diagnostics


@pytest.mark.parametrize("levels", [254, 255, 1000, 1100, 100_000])
def test_no_depth_is_too_deep_to_be_refused(levels: int) -> None:
    assert refused(b'{"a":' * levels + b"1" + b"}" * levels).case is Case.MALFORMED
    assert refused(b"[" * levels).case is Case.MALFORMED


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(values, st.sampled_from([None, 1, 4]), st.booleans())
def test_well_formed_json_is_read_however_it_is_written(
    value: object,
    indent: int | None,
    ensure_ascii: bool,  # noqa: FBT001 - drawn
) -> None:
    if value != "":
        assert parse_json(json.dumps(value, indent=indent, ensure_ascii=ensure_ascii).encode()) == value


@given(st.dictionaries(st.text(max_size=4), values, min_size=1, max_size=4), st.data())
def test_a_doubled_key_is_found_wherever_it_stands(value: dict[str, object], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(list(value)))
    members = [f"{json.dumps(name)}: {json.dumps(one)}" for name, one in value.items()]
    members.insert(data.draw(st.integers(0, len(members))), f"{json.dumps(key)}: {json.dumps(data.draw(values))}")
    assert refused(f"[{{{', '.join(members)}}}]".encode()).case is Case.MALFORMED


def test_numbers_keep_their_value() -> None:
    assert parse_json(b"[1.10, 12345678901234567890123]") == orjson.loads(b"[1.1, 12345678901234567890123]")
