"""YAML files as mappings; what YAML would pass over in silence is refused."""

from pathlib import Path

import yaml

from pipeline_src.run.errors import InputError


# libyaml's, five times as fast, where PyYAML was built with it.
class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Refuses a key that a mapping has twice (YAML keeps the last one)."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        seen = set()
        for key, _ in node.value:
            name = (key.tag, str(key.value))
            if isinstance(key, yaml.ScalarNode) and name in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"key {key.value} is there twice", problem_mark=key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


def read_mapping(file: Path) -> dict:
    """Content of a YAML file whose top level is a mapping.

    Raises:
        InputError: the file is missing, no valid YAML or no mapping, or has a key twice.
    """
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)  # a SafeLoader
    except FileNotFoundError:
        raise InputError(str(file), "no such file", "a YAML file of the registry") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(str(file), str(error), "valid YAML") from None
    if not isinstance(content, dict):
        raise InputError(str(file), type(content).__name__, "a mapping of names to settings")
    return content
