"""Checks of names and settings that whatever reads the configuration shares."""

import difflib
import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.base import explain


def validated(kind: Any, raw: Any, where: str) -> Any:
    """``raw`` as ``kind``, a settings class or another type.

    Raises:
        InputError: it is not; names each wrong field of ``where``.
    """
    is_model = isinstance(kind, type) and issubclass(kind, BaseModel)
    try:
        return kind.model_validate(raw) if is_model else TypeAdapter(kind).validate_python(raw)
    except ValidationError as error:
        raise explain(error, where, kind if is_model else None) from None


def check_known(where: str, name: str, names: Mapping) -> None:
    """Raise ``InputError`` unless ``name`` is one of ``names``; the nearest one is a hint."""
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"Did you mean '{near[0]}'?" if near else ""
        raise InputError(where, name, f"one of {', '.join(sorted(names))}", hint)


def check_name(where: str, name: object) -> None:
    """Raise ``InputError`` unless ``name`` can be a file name, a wildcard and a target."""
    if not (isinstance(name, str) and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name)):
        raise InputError(where, name, "a name of letters, digits, '_', '-' and '.'")
