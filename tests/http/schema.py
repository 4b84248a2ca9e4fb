# SPDX-License-Identifier: Apache-2.0
"""The types of microsoft.graph that a position is made of, written down apart from the module.

Marked with OLD is what the oldest schema (2019-11) had; the rest came later.
"""

OLD = True

TYPES = {
    "workPosition": {
        "id": ("String", OLD),
        "allowedAudiences": ("allowedAudiences", OLD),
        "inference": ("inferenceData", OLD),
        "createdDateTime": ("DateTimeOffset", OLD),
        "createdBy": ("identitySet", OLD),
        "lastModifiedDateTime": ("DateTimeOffset", OLD),
        "lastModifiedBy": ("identitySet", OLD),
        "source": ("personDataSources",),
        "sources": ("Collection(profileSourceAnnotation)",),
        "isSearchable": ("Boolean",),
        "categories": ("Collection(String)", OLD),
        "detail": ("positionDetail", OLD),
        "manager": ("relatedPerson",),
        "colleagues": ("Collection(relatedPerson)",),
        "isCurrent": ("Boolean",),
    },
    "positionDetail": {
        "company": ("companyDetail", OLD),
        "description": ("String", OLD),
        "endMonthYear": ("Date", OLD),
        "jobTitle": ("String", OLD),
        "role": ("String", OLD),
        "startMonthYear": ("Date", OLD),
        "summary": ("String", OLD),
        "employeeId": ("String",),
        "employeeType": ("String",),
        "layer": ("Int32",),
        "level": ("String",),
        "secondaryJobTitle": ("String",),
        "secondaryRole": ("String",),
    },
    "companyDetail": {
        "displayName": ("String", OLD),
        "pronunciation": ("String", OLD),
        "department": ("String", OLD),
        "officeLocation": ("String", OLD),
        "address": ("physicalAddress", OLD),
        "webUrl": ("String", OLD),
        "companyCode": ("String",),
        "costCenter": ("String",),
        "division": ("String",),
        "secondaryDepartment": ("String",),
    },
    "physicalAddress": {
        "type": ("physicalAddressType", OLD),
        "postOfficeBox": ("String", OLD),
        "street": ("String", OLD),
        "city": ("String", OLD),
        "state": ("String", OLD),
        "countryOrRegion": ("String", OLD),
        "postalCode": ("String", OLD),
    },
    "inferenceData": {
        "confidenceScore": ("Double", OLD),
        "userHasVerifiedAccuracy": ("Boolean", OLD),
    },
    "identitySet": {
        "application": ("identity", OLD),
        "device": ("identity", OLD),
        "user": ("identity", OLD),
    },
    "identity": {
        "id": ("String", OLD),
        "displayName": ("String", OLD),
    },
    "relatedPerson": {
        "displayName": ("String",),
        "relationship": ("personRelationship",),
        "userPrincipalName": ("String",),
        "userId": ("String",),
    },
    "personDataSources": {
        "type": ("Collection(String)",),
    },
    "profileSourceAnnotation": {
        "isDefaultSource": ("Boolean",),
        "properties": ("Collection(String)",),
        "sourceId": ("String",),
    },
}

ENUMS = {
    "allowedAudiences": ["me", "family", "contacts", "groupMembers", "organization",
                         "federatedOrganizations", "everyone"],
    "personRelationship": ["manager", "colleague", "directReport", "dotLineReport", "assistant",
                           "dotLineManager", "alternateContact", "friend", "spouse", "sibling",
                           "child", "parent", "sponsor", "emergencyContact", "other"],
    "physicalAddressType": ["unknown", "home", "business", "other"],
}

VALUES = {
    "String": "text",
    "Boolean": True,
    "Int32": 7,
    "Double": 0.25,
    "Date": "2020-02-29",
    "DateTimeOffset": "2020-02-29T12:00:00Z",
}


def item_of(type_name: str):
    """The type of a collection's items; None for what is no collection."""
    return type_name[len("Collection("):-1] if type_name.startswith("Collection(") else None


def example(type_name: str, variant: int = 0):
    """A valid value of a type, every property set; enumerations take their `variant`th member."""
    if item_of(type_name):
        return [example(item_of(type_name), variant), example(item_of(type_name), variant + 1)]
    if type_name in ENUMS:
        return ENUMS[type_name][variant % len(ENUMS[type_name])]
    if type_name in VALUES:
        return VALUES[type_name]
    return {name: example(row[0], variant) for name, row in TYPES[type_name].items()}


def places(type_name: str = "workPosition", path: tuple = ()):
    """Every typed place below a type: its path (names and indexes) and the type it takes."""
    for name, row in TYPES[type_name].items():
        here, wanted = path + (name,), row[0]
        yield here, wanted
        if item_of(wanted):
            here, wanted = here + (0,), item_of(wanted)
            yield here, wanted
        if wanted in TYPES:
            yield from places(wanted, here)


def json_path(path: tuple) -> str:
    """How the server names a place."""
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


def put(path: tuple, value):
    """A document with nothing but this value at this place."""
    for step in reversed(path):
        value = [value] if isinstance(step, int) else {step: value}
    return value
