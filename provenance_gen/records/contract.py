"""JSON Schemas of what the program prints for other programs, made from the records."""

from __future__ import annotations

from typing import Any

from provenance_gen.records.base import Record


def json_schema(model: type[Record], name: str) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a record's JSON.

    Nothing is left out of that, so every field is required. Later versions of the program may add
    fields and take none away, so others are allowed.

    Args:
        model: the record, whose field ``schema_`` is written as ``schema``.
        name: name and version of the form, such as ``provenance-gen/verdict/1``.
    """
    schema = model.model_json_schema(mode="serialization")
    for one in (schema, *schema.get("$defs", {}).values()):
        if "properties" in one:
            one["properties"].pop("schema_", None)
            one["required"] = list(one["properties"])
            one["additionalProperties"] = True
    schema["properties"] = {"schema": {"const": name}, **schema["properties"]}
    schema["required"] = list(schema["properties"])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{name.replace('/', ':')}",
        **schema,
    }
