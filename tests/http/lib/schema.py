# SPDX-License-Identifier: Apache-2.0
"""The types of microsoft.graph in a position, from Graph's own schema.

schema.json holds them; its only source is published CSDL, not the module.
"""

import datetime
import json
import zlib
from pathlib import Path

GIVEN = json.loads((Path(__file__).parent / "schema.json").read_text())


def _type_of(given: dict) -> str:
    name = given["type"].removeprefix("Edm.")
    return f"Collection({name})" if given["collection"] else name


def _properties(name: str) -> dict:
    """The properties of a type, those of its bases first: the type of each, and if the oldest schema had it."""
    given = GIVEN["types"][name]
    inherited = _properties(given["base"]) if given["base"] else {}
    return {**inherited, **{prop: (_type_of(row), row["inSpec"])
                            for prop, row in given["properties"].items()}}


def item_of(type_name: str):
    """The type of a collection's items; None for other types."""
    return type_name[len("Collection("):-1] if type_name.startswith("Collection(") else None


def _reached(name: str, found: dict) -> dict:
    """A type and all types reachable from it."""
    if name in GIVEN["types"] and name not in found:
        found[name] = _properties(name)
        for type_name, _ in found[name].values():
            _reached(item_of(type_name) or type_name, found)
    return found


TYPES = _reached("workPosition", {})
ENUMS = {name: [member for member in given["members"] if member != given["evolvableSentinel"]]
         for name, given in GIVEN["enums"].items()}


def json_path(path: tuple) -> str:
    """The server's name of a place."""
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


def example(type_name: str, variant: int = 0, path: tuple = ()):
    """A valid value of a type with every property set, which differs for each place and variant."""
    if item_of(type_name):
        return [example(item_of(type_name), variant, path + (index,)) for index in (0, 1)]
    if type_name in TYPES:
        return {name: example(row[0], variant, path + (name,)) for name, row in TYPES[type_name].items()}
    number = zlib.crc32(json_path(path).encode()) % 10000 + variant
    if type_name in ENUMS:
        return ENUMS[type_name][number % len(ENUMS[type_name])]
    date = str(datetime.date(2000, 1, 1) + datetime.timedelta(number))
    return {"String": f"text {variant} of {json_path(path)}", "Boolean": number % 2 == 0,
            "Int32": number, "Double": number / 4, "Date": date,
            "DateTimeOffset": f"{date}T12:00:00Z"}[type_name]


def places(type_name: str = "workPosition", path: tuple = ()):
    """Every typed place below a type: its path (names and indexes) and its type."""
    for name, row in TYPES[type_name].items():
        here, wanted = path + (name,), row[0]
        yield here, wanted
        if item_of(wanted):
            here, wanted = here + (0,), item_of(wanted)
            yield here, wanted
        if wanted in TYPES:
            yield from places(wanted, here)


def put(path: tuple, value):
    """A document with only this value at this place."""
    for step in reversed(path):
        value = [value] if isinstance(step, int) else {step: value}
    return value
