"""YAML that remembers on which line each mapping stood, so that a fault can be found."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar, cast

import yaml

from service.knowledge.tables import MappingError

T = TypeVar("T")


class Lined(dict[str, object]):
    """A mapping of a YAML file, with its file and line."""

    file: str = ""
    line: int = 0

    def fault(self, advice: str) -> MappingError:
        """An error at this mapping."""
        return MappingError(self.file, self.line, advice)

    def only(self, *keys: str) -> None:
        """Refuse keys that nothing reads: a misspelt word must not do less in silence."""
        for key in self:
            if key not in keys:
                raise self.fault(f"unknown word {key!r}; known here: {', '.join(keys)}")

    def get_as(self, key: str, kind: type[T], default: T | None = None) -> T:
        """The value of a key, of this kind; without a default it must be there."""
        value = self.get(key, default)
        if not isinstance(value, kind):
            raise self.fault(f"{key!r} must be there and be a {kind.__name__}")
        return value

    def names(self, key: str) -> tuple[str, ...]:
        """One name or a list of names; empty where the key is absent."""
        value = self.get(key, [])
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
            raise self.fault(f"{key!r} must be a name or a list of names")
        return tuple(cast("list[str]", found))


class _Loader(yaml.CSafeLoader):
    """Safe YAML; mappings become `Lined`, doubled keys are refused."""

    file = ""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Lined:
    made = Lined()
    made.file = loader.file
    made.line = node.start_mark.line + 1
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node, deep=True))
        if key in made:
            raise made.fault(f"{key!r} stands twice")
        made[key] = loader.construct_object(value_node, deep=True)
    return made


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
# Dates stay as written, so that a version or a day is never turned into something else.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load_yaml(path: Path) -> Lined:
    """A YAML file whose top is a mapping.

    Raises:
        MappingError: the file is not there, not YAML, or something else than a mapping.
    """
    try:
        with path.open(encoding="utf-8") as stream:
            loader = _Loader(stream)
            loader.file = path.name
            found = loader.get_single_data()
    except OSError as error:
        raise MappingError(path, 0, "the file can't be opened") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise MappingError(path, line, f"not YAML: {error.problem}") from error
    if not isinstance(found, Lined):
        raise MappingError(path, 1, "the top of the file must be a mapping")
    return found
