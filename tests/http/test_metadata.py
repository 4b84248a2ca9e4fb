# SPDX-License-Identifier: Apache-2.0
"""$metadata against Graph's own types."""

import xml.etree.ElementTree as ElementTree

import pytest
from lib.schema import GIVEN, TYPES

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
EDMX = "{http://docs.oasis-open.org/odata/ns/edmx}"
CORE = "Org.OData.Core.V1."
WAY = {"profile", "user"}  # the types that lead to positions, declared without other properties


@pytest.fixture
def schema(user):
    answer = user.get("/$metadata")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/xml;charset=utf-8"
    root = ElementTree.fromstring(answer.content)
    assert root.tag == EDMX + "Edmx" and root.get("Version") == "4.0"
    return root.find(f"{EDMX}DataServices/{EDM}Schema")


def qualified(given):
    """The name of a property's type in $metadata."""
    name = given["type"] if given["type"].startswith("Edm.") else "microsoft.graph." + given["type"]
    return f"Collection({name})" if given["collection"] else name


def nullable(given):
    """Applies to properties that may be null; a collection never contains null."""
    return "false" if given["collection"] or not given["nullable"]["newest"] else "true"


def test_every_type_and_property(schema):
    assert schema.get("Namespace") == GIVEN["namespace"]
    types = {node.get("Name"): node for kind in ("EntityType", "ComplexType")
             for node in schema.findall(EDM + kind)}
    assert set(types) == set(GIVEN["types"]) | WAY
    for name, given in GIVEN["types"].items():
        node, base = types[name], given["base"]
        assert node.tag.lower() == (EDM + given["kind"]).lower(), name
        assert node.get("BaseType") == (f"microsoft.graph.{base}" if base else None), name
        assert node.get("Abstract", "false") == str(given["abstract"]).lower(), name
        assert node.get("OpenType", "false") == str(given["openType"]).lower(), name
        assert {found.get("Name"): (found.get("Type"), found.get("Nullable", "true"))
                for found in node.findall(EDM + "Property")} == {
            prop: (qualified(row), nullable(row)) for prop, row in given["properties"].items()}, name
        # Without the facet, a time has no fraction of a second (CSDL 4.0 section 6.2.3).
        for found in node.findall(EDM + "Property"):
            assert found.get("Precision") == (
                "7" if found.get("Type") == "Edm.DateTimeOffset" else None), found.get("Name")
        order = [found.get("Name") for found in node.findall(EDM + "Property")]
        assert order[:len(given["declaredOrderSpec"])] == given["declaredOrderSpec"], name


def test_properties_are_in_the_order_of_graphs_examples(schema, user):
    """The test above checks the order within types; this one checks a whole position, also in an answer."""
    for shown in GIVEN["specWireOrder"].values():
        expected = [name for name in shown if not name.startswith("@")]
        assert [name for name in user.create() if name in expected] == expected
    declared = [found.get("Name") for kind in ("entity", "itemFacet", "workPosition")
                for found in schema.findall(f"{EDM}EntityType[@Name='{kind}']/{EDM}Property")]
    assert [name for name in user.create() if not name.startswith("@")] == declared
    assert set(declared) == set(TYPES["workPosition"])


def test_properties_that_the_server_decides(schema):
    terms = {}
    for node in schema.iter(EDM + "Property"):
        for annotation in node.findall(EDM + "Annotation"):
            assert annotation.get("Bool") == "true" and annotation.get("Term").startswith(CORE)
            terms.setdefault(node.get("Name"), []).append(annotation.get("Term")[len(CORE):])
    made = ["Immutable", "ComputedDefaultValue"]
    assert terms == {"id": made, "createdBy": made, "createdDateTime": ["Computed"],
                     "lastModifiedDateTime": ["Computed"], "lastModifiedBy": ["Computed"]}
    assert set(terms) == {name for given in GIVEN["types"].values()
                          for name, row in given["properties"].items() if row["computed"]}


def test_every_enumeration(schema):
    assert {node.get("Name"): (node.get("IsFlags", "false"), [
        (member.get("Name"), int(member.get("Value"))) for member in node])
        for node in schema.findall(EDM + "EnumType")} == {
            name: (str(given["isFlags"]).lower(), list(given["members"].items()))
            for name, given in GIVEN["enums"].items()}


def test_the_way_to_positions(schema):
    ways = {(kind.get("Name"), node.get("Name")): (node.get("Type"), node.get("ContainsTarget"))
            for kind in schema.findall(EDM + "EntityType")
            for node in kind.findall(EDM + "NavigationProperty")}
    assert ways == {("user", "profile"): ("microsoft.graph.profile", "true"),
                    ("profile", "positions"): ("Collection(microsoft.graph.workPosition)", "true")}
    container = schema.find(EDM + "EntityContainer")
    assert container.find(EDM + "EntitySet").get("Name") == "users"
    assert container.find(EDM + "Singleton").get("Name") == "me"


def test_types_on_the_path_cannot_be_read(user, schema):
    """The roots of the paths: neither users nor me is served itself."""
    term = "Org.OData.Capabilities.V1.ReadRestrictions"
    container = user.get("/$metadata?$format=json").json["microsoft.graph"]["GraphService"]
    for node in schema.find(EDM + "EntityContainer"):
        if node.tag == EDM + "Annotation":  # of the container itself
            assert node.get("Term") == "Org.OData.Capabilities.V1.BatchSupport"
            continue
        assert [note.get("Term") for note in node] == [term]
        values = {value.get("Property"): value.get("Bool")
                  for value in node.iterfind(f"{EDM}Annotation/{EDM}Record/{EDM}PropertyValue")}
        assert values == {"Readable": "false"}
        assert container[node.get("Name")]["@" + term] == {"Readable": False}
        assert user.get("/" + node.get("Name")).status == 404


def test_every_vocabulary_is_referred_to(user):
    text = user.get("/$metadata").content.decode()
    json = user.get("/$metadata?$format=json").json
    included = {include["$Namespace"] for reference in json["$Reference"].values()
                for include in reference["$Include"]}
    root = ElementTree.fromstring(text)
    assert included == {node.get("Namespace")
                        for node in root.iterfind(f"{EDMX}Reference/{EDMX}Include")}
    assert included == {node.get("Term").rpartition(".")[0] for node in root.iter(EDM + "Annotation")}


def test_the_same_in_json(user, schema):
    for options in ({"headers": {"Accept": "application/json"}},
                    {"headers": {"Accept": "application/xml;q=0.5,application/json"}}):
        answer = user.get("/$metadata", **options)
        assert answer.headers["Content-Type"] == "application/json;charset=utf-8"
        assert answer.json["$Version"] == "4.01"
    assert user.get("/$metadata?$format=json").json == answer.json
    assert user.get("/$metadata?$format=xml", headers={"Accept": "application/json"}).content[:5] \
        == b"<?xml"
    json = answer.json["microsoft.graph"]
    for kind in ("EntityType", "ComplexType"):
        for node in schema.findall(EDM + kind):
            found = json[node.get("Name")]
            assert found["$Kind"] == kind
            assert found.get("$BaseType") == node.get("BaseType")
            assert found.get("$OpenType", False) == (node.get("OpenType") == "true")
            for prop in node.findall(EDM + "Property"):
                member = found[prop.get("Name")]
                name = member.get("$Type", "Edm.String")
                assert prop.get("Type") == (
                    f"Collection({name})" if member.get("$Collection") else name)
                assert member.get("$Precision") == (
                    int(prop.get("Precision")) if prop.get("Precision") else None)
                assert member.get("$Nullable", False) == (prop.get("Nullable") != "false")
                assert {"@" + note.get("Term") for note in prop} == {
                    key for key in member if key.startswith("@")}
    for node in schema.findall(EDM + "EnumType"):
        found = json[node.get("Name")]
        assert {member.get("Name"): int(member.get("Value")) for member in node} == {
            name: value for name, value in found.items() if not name.startswith("$")}


def test_flat_types_declare_all_that_they_have(user, schema):
    """GraphProfileMetadata flat: no type is derived, so that readers without support for base types find the
    key and every property. Nothing else changes."""
    answer = user.get("/$metadata", root="/flat")
    assert answer.status == 200 and b"BaseType" not in answer.content and b"Abstract" not in answer.content
    flat = ElementTree.fromstring(answer.content).find(f"{EDMX}DataServices/{EDM}Schema")

    def parts(node):
        return [ElementTree.tostring(part) for part in node]

    entities = {node.get("Name"): node for node in flat.findall(EDM + "EntityType")}
    assert set(entities) == WAY | {"workPosition"}
    for node in entities.values():
        assert node[0].tag == EDM + "Key" and node[0][0].get("Name") == "id"
    derived = {node.get("Name"): node for node in schema.findall(EDM + "EntityType")}
    inherited = [part for base in ("entity", "itemFacet") for part in parts(derived[base])]
    assert parts(entities["workPosition"]) == inherited + parts(derived["workPosition"])
    for name in WAY:
        assert parts(entities[name]) == parts(derived["entity"]) + parts(derived[name])
    for kind in ("ComplexType", "EnumType", "EntityContainer"):
        assert [ElementTree.tostring(node) for node in flat.findall(EDM + kind)] == [
            ElementTree.tostring(node) for node in schema.findall(EDM + kind)]


def test_flat_types_in_json(user):
    flat, derived = (user.get("/$metadata?$format=json", root=root).json["microsoft.graph"]
                     for root in ("/flat", "/beta"))
    assert set(derived) - set(flat) == {"entity", "itemFacet"}
    for name in WAY | {"workPosition"}:
        assert flat[name]["$Key"] == ["id"] and "$BaseType" not in flat[name]
        assert flat[name]["id"] == derived["entity"]["id"]
    members = {name: value for kind in ("entity", "itemFacet", "workPosition") for name, value in derived[kind].items()
               if not name.startswith("$")}
    assert {name: value for name, value in flat["workPosition"].items() if not name.startswith("$")} == members
    for name in WAY:
        assert {name: value for name, value in flat[name].items() if not name.startswith("$") and name != "id"} == {
            name: value for name, value in derived[name].items() if not name.startswith("$")}


def test_it_is_the_same_for_every_caller(user):
    assert user.get("/$METADATA/").content == user.get("/$metadata").content
    assert user.get("/$metadata", token="").status == 401
