# SPDX-License-Identifier: Apache-2.0
"""$metadata against the types as the tests have them."""

import xml.etree.ElementTree as ElementTree

import pytest
from schema import ENUMS, TYPES, item_of

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
EDMX = "{http://docs.oasis-open.org/odata/ns/edmx}"
CORE = "Org.OData.Core.V1."
BASES = {"workPosition": "itemFacet", "itemFacet": "entity"}

# Types of Graph's that a position does not use, or that lead to it.
BESIDES = {"personDataSource", "entity", "itemFacet", "profile", "user"}


@pytest.fixture
def schema(user):
    answer = user.get("/$metadata")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/xml;charset=utf-8"
    root = ElementTree.fromstring(answer.content)
    assert root.tag == EDMX + "Edmx" and root.get("Version") == "4.0"
    return root.find(f"{EDMX}DataServices/{EDM}Schema")


def qualified(wanted):
    """How $metadata names a type of ours."""
    if item_of(wanted):
        return f"Collection({qualified(item_of(wanted))})"
    if wanted in TYPES or wanted in ENUMS:
        return f"microsoft.graph.{wanted}"
    return f"Edm.{wanted}"


def test_every_type_and_property(schema):
    assert schema.get("Namespace") == "microsoft.graph"
    types = {node.get("Name"): node for kind in ("EntityType", "ComplexType")
             for node in schema.findall(EDM + kind)}
    assert set(types) == set(TYPES) | BESIDES

    def properties(name):
        base = BASES.get(name)
        assert types[name].get("BaseType") == (f"microsoft.graph.{base}" if base else None)
        inherited = properties(base) if base else {}
        return {**inherited, **{node.get("Name"): node
                                for node in types[name].findall(EDM + "Property")}}

    for name, expected in TYPES.items():
        found = properties(name)
        assert list(found) == list(expected), name
        for prop, row in expected.items():
            assert found[prop].get("Type") == qualified(row[0]), f"{name}.{prop}"
            nullable = found[prop].get("Nullable", "true")
            assert nullable == ("false" if item_of(row[0]) or (name, prop) == ("workPosition", "id")
                                else "true"), f"{name}.{prop}"
            # Without the facet a point in time has no fraction of a second (CSDL 4.0 section 6.2.3).
            assert found[prop].get("Precision") == (
                "7" if row[0] == "DateTimeOffset" else None), f"{name}.{prop}"
    assert types["identity"].get("OpenType") == types["identitySet"].get("OpenType") == "true"
    assert not [name for name in types if types[name].get("OpenType")
                and name not in ("identity", "identitySet")]


def test_what_the_server_decides(schema):
    terms = {}
    for node in schema.iter(EDM + "Property"):
        for annotation in node.findall(EDM + "Annotation"):
            assert annotation.get("Bool") == "true" and annotation.get("Term").startswith(CORE)
            terms.setdefault(node.get("Name"), []).append(annotation.get("Term")[len(CORE):])
    made = ["Immutable", "ComputedDefaultValue"]
    assert terms == {"id": made, "createdBy": made, "createdDateTime": ["Computed"],
                     "lastModifiedDateTime": ["Computed"], "lastModifiedBy": ["Computed"]}


def test_every_enumeration(schema):
    enums = {node.get("Name"): node for node in schema.findall(EDM + "EnumType")}
    assert set(enums) == set(ENUMS)
    for name, node in enums.items():
        members = [(member.get("Name"), int(member.get("Value"))) for member in node]
        names = [member for member, _ in members if member != "unknownFutureValue"]
        assert names == ENUMS[name]
        values = [value for _, value in members]
        if name == "allowedAudiences":
            assert node.get("IsFlags") == "true" and values == [0, 1, 2, 4, 8, 16, 32, 64]
        else:
            assert node.get("IsFlags") is None and values == list(range(len(values)))


def test_the_way_to_positions(schema):
    ways = {(kind.get("Name"), node.get("Name")): (node.get("Type"), node.get("ContainsTarget"))
            for kind in schema.findall(EDM + "EntityType")
            for node in kind.findall(EDM + "NavigationProperty")}
    assert ways == {("user", "profile"): ("microsoft.graph.profile", "true"),
                    ("profile", "positions"): ("Collection(microsoft.graph.workPosition)", "true")}
    container = schema.find(EDM + "EntityContainer")
    assert container.find(EDM + "EntitySet").get("Name") == "users"
    assert container.find(EDM + "Singleton").get("Name") == "me"


def test_what_leads_there_cannot_be_read(user, schema):
    """The roots of the ways: neither users nor me is served itself."""
    term = "Org.OData.Capabilities.V1.ReadRestrictions"
    container = user.get("/$metadata?$format=json").json["microsoft.graph"]["GraphService"]
    for node in schema.find(EDM + "EntityContainer"):
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


def test_it_is_the_same_for_everybody_below_the_root(user):
    assert user.get("/$METADATA/").content == user.get("/$metadata").content
    assert user.get("/$metadata", token="").status == 401
