# SPDX-License-Identifier: Apache-2.0
"""An implementation of OData expressions that is independent of the module.

A filter is a tree of Nodes. `Author` makes random filters for given documents, `render` writes a tree as the text of
$filter, and `evaluate` returns its value for one entity as a Python value, None for null. `random_document` makes
documents.
"""

import json
import re
from datetime import date, datetime, timedelta
from typing import NamedTuple, Tuple

from lib.schema import ENUMS, TYPES, item_of

ENTITY, IT = "", "$it"
FLAGS = "allowedAudiences"
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TICKS = 10_000_000  # of a DateTimeOffset, in a second
DAY = 86400 * TICKS
EPOCH = datetime(1, 1, 1)


class Node(NamedTuple):
    """An operator or a function with its arguments, a literal with its value, or a path with its first name
    and its steps."""
    op: str
    type: str
    args: Tuple


def number_of(enum: str, text: str) -> int:
    """The value of an enumeration's members, "family,contacts"."""
    if enum != FLAGS:
        return ENUMS[enum].index(text)
    return sum(2 ** ENUMS[enum].index(name) // 2 for name in set(text.split(",")))


def ticks(text: str) -> int:
    """A date-time in UTC as the server writes it."""
    seconds, fraction = text.rstrip("Z").split(".")
    return (datetime.fromisoformat(seconds) - EPOCH) // timedelta(seconds=1) * TICKS + int(fraction)


def typed(type_name: str, value):
    """A JSON value as Python compares it."""
    if value is None or type_name in ("String", "Boolean", "Int32") or type_name in TYPES:
        return value
    if type_name == "Double":
        return float(value)
    if type_name == "Date":
        return date.fromisoformat(value)
    if type_name == "DateTimeOffset":
        return ticks(value)
    return number_of(type_name, value)


# ---- the values of expressions ----

def day_of(value):
    return value if isinstance(value, date) else (EPOCH + timedelta(days=value // DAY)).date()


# Name: types of the arguments, type of the result, the result if no argument is null.
FUNCTIONS = {
    "contains": (("String", "String"), "Boolean", lambda a, b: b in a),
    "startswith": (("String", "String"), "Boolean", str.startswith),
    "endswith": (("String", "String"), "Boolean", str.endswith),
    "indexof": (("String", "String"), "Int32", str.find),
    "length": (("String",), "Int32", len),
    "substring": (("String", "Int32"), "String", lambda a, i: a[i:]),
    "substring ": (("String", "Int32", "Int32"), "String", lambda a, i, n: a[i:i + n]),
    "tolower": (("String",), "String", str.lower),
    "toupper": (("String",), "String", str.upper),
    "trim": (("String",), "String", lambda a: a.strip(" \t\n\r")),
    "concat": (("String", "String"), "String", str.__add__),
    "year": (("Date",), "Int32", lambda a: day_of(a).year),
    "month": (("Date",), "Int32", lambda a: day_of(a).month),
    "day": (("Date",), "Int32", lambda a: day_of(a).day),
    "hour": (("DateTimeOffset",), "Int32", lambda a: a % DAY // (3600 * TICKS)),
    "minute": (("DateTimeOffset",), "Int32", lambda a: a % (3600 * TICKS) // (60 * TICKS)),
    "second": (("DateTimeOffset",), "Int32", lambda a: a % (60 * TICKS) // TICKS),
    "date": (("DateTimeOffset",), "Date", day_of),
}

# The same for collections. Their names end in [].
COLLECTION_FUNCTIONS = {
    "contains[]": lambda a, b: any(a[start:start + len(b)] == b for start in range(len(a) - len(b) + 1)),
    "startswith[]": lambda a, b: a[:len(b)] == b,
    "endswith[]": lambda a, b: len(b) <= len(a) and a[len(a) - len(b):] == b,
    "hassubset[]": lambda a, b: all(a.count(item) >= b.count(item) for item in b),
    "hassubsequence[]": lambda a, b: (lambda rest: all(item in rest for item in b))(iter(a)),
    "indexof[]": lambda a, b: next((start for start in range(len(a) - len(b) + 1) if a[start:start + len(b)] == b), -1),
    "length[]": len,
    "concat[]": list.__add__,
    "substring[]": lambda a, start, count: a[start:start + count],
}

# Operators that return null if an operand is null, and those that have a result for null.
STRICT = {"not": lambda a: not a, "has": lambda a, b: a & b == b}
ORDER = {"gt": lambda a, b: a > b, "ge": lambda a, b: a >= b,
         "lt": lambda a, b: a < b, "le": lambda a, b: a <= b}


def is_equal(left, right) -> bool:
    return left is right if left is None or right is None else left == right


def evaluate(node: Node, scope: dict):
    """The value of an expression; `scope` maps the first names of paths to values."""
    op, args = node.op, node.args
    if op == "literal":
        return args[0]
    if op == "path":
        value = scope[args[0]]
        for step in args[1:]:
            value = None if value is None else value.get(step)
        return (value or []) if item_of(node.type) else typed(node.type, value)
    if op in ("any", "all"):
        collection, name, body = args
        return (any if op == "any" else all)(
            body is None or evaluate(body, {**scope, name: item}) is True
            for item in evaluate(collection, scope))
    values = [evaluate(arg, scope) for arg in args]
    if op == "$count":
        return len(values[0])
    if op == "list":
        return values
    if op in COLLECTION_FUNCTIONS:
        return COLLECTION_FUNCTIONS[op](*values)
    if op in ("and", "or"):
        decisive = op == "or"
        return decisive if any(value is decisive for value in values) \
            else None if None in values else not decisive
    if op == "in collection":
        return values[0] in values[1]
    if op == "in":
        return any(is_equal(values[0], value) for value in values[1:])
    if op in ("eq", "ne"):
        return is_equal(*values) == (op == "eq")
    if op in ORDER:
        return None not in values and ORDER[op](*values)
    if None in values:
        return None
    return (STRICT.get(op) or FUNCTIONS[op][2])(*values)


def passes(node: Node, entity: dict) -> bool:
    return evaluate(node, {ENTITY: entity, IT: entity}) is True


# ---- the form of graphprofile.evaluate(), which the database keeps for the previous version ----

def sql_literal(type_name: str, value) -> str:
    if value is None:
        return "null"
    if type_name in ENUMS or type_name in ("Int32", "Boolean"):
        return json.dumps(value)
    if type_name == "Double":
        return {"inf": "1e400", "-inf": "-1e400", "nan": "{}"}.get(str(value)) or repr(value)
    if type_name == "DateTimeOffset":
        seconds, fraction = divmod(value, TICKS)
        return json.dumps(f"{(EPOCH + timedelta(seconds=seconds)).isoformat()}.{fraction:07}Z")
    return json.dumps(str(value))


def sql_path(node: Node, scopes: dict) -> str:
    return json.dumps(["path", scopes[node.args[0]], "{%s}" % ",".join(node.args[1:])])


def sql_json(node: Node, scopes=None) -> str:
    """The expression as JSON; `scopes` has the numbers of the first names of paths."""
    scopes = scopes or {ENTITY: 1, IT: 1}
    op, args = node.op, node.args
    if op == "literal":
        return sql_literal(node.type, args[0])
    if op == "path":
        return sql_path(node, scopes)
    if op in ("any", "all"):
        collection, name, body = args
        inner = "" if body is None else "," + sql_json(body, {**scopes, name: max(scopes.values()) + 1})
        return f'["{op}",{sql_json(collection, scopes)}{inner}]'

    def argument(arg):
        """The compared value: enumerations by value, doubles as numbers."""
        written = sql_json(arg, scopes)
        if op not in (*ORDER, "eq", "ne", "has", "in") or arg.op != "path":
            return written
        if arg.type == "Double":
            return f'["double",{written}]'
        if arg.type in ENUMS:
            members = {name: number_of(arg.type, name) for name in ENUMS[arg.type]}
            return f'["enum",{written},{json.dumps(members)}]'
        return written

    return f'["{op.strip(" $")}",{",".join(map(argument, args))}]'


# ---- the text of expressions ----

POWER = {"or": 1, "and": 2, "eq": 3, "ne": 3, **dict.fromkeys(ORDER, 4), "not": 5, "has": 6, "in": 6}
PRIMARY = 7


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def write_ticks(value: int, dice) -> str:
    if value % DAY == 0 and dice.random() < 0.7:
        return day_of(value).isoformat()
    offset = dice.choice([0, 0, 0, 60, -90, 14 * 60])
    seconds, fraction = divmod(value + offset * 60 * TICKS, TICKS)
    text = (EPOCH + timedelta(seconds=seconds)).isoformat()
    digits = f"{fraction:07}".rstrip("0")
    if digits:
        text += "." + digits + "0" * dice.randint(0, 7 - len(digits))
    if not offset:
        return text + dice.choice(["Z", "Z", "+00:00", "-00:00"])
    return f"{text}{'-' if offset < 0 else '+'}{abs(offset) // 60:02}:{abs(offset) % 60:02}"


def write_double(value: float, dice) -> str:
    special = {"inf": "INF", "-inf": "-INF", "nan": "NaN"}.get(str(value))
    return special or dice.choice([repr(value), repr(value), f"{value:.12e}"])


def write_literal(node: Node, dice) -> str:
    value = node.args[0]
    if value is None:
        return "null"
    if node.type in ENUMS:
        names = ENUMS[node.type]
        if node.type == FLAGS:
            set_ = [name for bit, name in enumerate(names) if 2 ** bit // 2 & value]
            dice.shuffle(set_)
            text = ",".join(set_) or "me"
        else:
            text = names[value]
        return dice.choice(["", f"microsoft.graph.{node.type}"]) + quoted(text)
    if node.type == "DateTimeOffset":
        return write_ticks(value, dice)
    if node.type == "Double":
        return write_double(value, dice)
    return {"String": quoted, "Boolean": lambda _: str(value).lower()}.get(node.type, str)(value)


def render(node: Node, dice, aliases=None) -> str:
    """The text of a filter, with spaces, parentheses and cases as people vary them. If `aliases` is a
    dictionary, some literals move to it and are replaced by names in the text."""
    def word(text):
        if dice.random() < 0.96:
            return text
        return "".join(dice.choice([letter, letter.upper()]) for letter in text)

    def gap(least=0):
        return " " * (least if dice.random() < 0.96 else dice.randint(max(least, 1), 3))

    def literal(arg):
        text = write_literal(arg, dice)
        if aliases is None or dice.random() < 0.97:
            return text
        name = f"@p{len(aliases)}"
        aliases[name] = text
        return name

    def item(arg):
        """A string of an array: as JSON or as OData has it."""
        if arg.op != "literal" or dice.random() < 0.5:
            return write(arg)
        return json.dumps(arg.args[0], ensure_ascii=dice.random() < 0.5)

    def path(arg):
        return "/".join(step for step in arg.args if step)

    def write(arg, power=0):
        own = POWER.get(arg.op, PRIMARY)
        text = bare(arg, own)
        return f"({gap()}{text}{gap()})" if own < power or dice.random() < 0.03 else text

    def bare(arg, own):
        op, args = arg.op, arg.args
        if op == "literal":
            return literal(arg)
        if op == "path":
            return path(arg)
        if op == "$count":
            return path(args[0]) + "/$count"
        if op in ("any", "all"):
            body = "" if args[2] is None else f"{args[1]}{gap()}:{gap()}{write(args[2])}"
            return f"{path(args[0])}/{word(op)}({gap()}{body}{gap()})"
        if op == "not":
            return f"{word(op)}{gap(1)}{write(args[0], own)}"
        if op == "in collection":
            return f"{write(args[0], POWER['in'])}{gap(1)}{word('in')}{gap(1)}{write(args[1])}"
        if op == "in":
            items = f"{gap()},{gap()}".join(write_literal(item, dice) for item in args[1:])
            return f"{write(args[0], own)}{gap(1)}{word(op)}{gap(1)}({gap()}{items}{gap()})"
        if op in POWER:
            return (f"{write(args[0], own)}{gap(1)}{word(op)}{gap(1)}{write(args[1], own + 1)}")
        if op == "list":
            return "[" + f"{gap()},{gap()}".join(map(item, args)) + "]"
        return f"{word(op.strip(' []'))}({gap()}{f'{gap()},{gap()}'.join(map(write, args))}{gap()})"

    return write(node)


# ---- documents ----

STRINGS = ["", " ", "a", "A", "b", "ab", "Ab", "aB", "abc", "ABC", "cab", "O'Brien", "'", "''", "o''b",
           "\\", "a\\b", "\\u0041", "\\'", "%", "100%", "a%c", "_", "a_c", "$", "$.a", "$a", '"', '"a"',
           ".*", "^a", "[a-c]", "a|b", "日本", "日本語", "😀", "a😀b", "～", "\ufb29", "𝄞a", " a ", "a  ",
           "\ta\n", "a/b", "a?b#c&d=e+f;g", "null", "true", "7", "2019-01-31", "(a)", "a,b", "@p0", "{}",
           "17a809a9-09a9-17a8-a909-a817a909a817", "46a57efc-33f8-4eec-a512-b90039ad6187"]
VALUES = {
    "String": STRINGS,
    "Boolean": [True, False],
    "Int32": [-2147483648, -10, -1, 0, 0, 1, 1, 2, 3, 7, 9, 10, 2147483647],
    "Double": [-1.5, -0.25, 0, 0.1, 0.25, 0.25, 0.5, 0.5, 0.9, 1, 1e-05, 1e300, "INF", "-INF", "NaN"],
    "Date": ["0001-01-01", "1999-12-31", "2000-02-29", "2017-01-01", "2019-01-31", "2019-02-01",
             "2020-02-29", "2020-12-31", "9999-12-31"],
    "DateTimeOffset": ["1999-12-31T23:59:59.9999990Z", "2000-01-01T00:00:00.0000000Z",
                       "2019-01-31T00:00:00.0000000Z", "2019-01-31T10:20:30.1234560Z",
                       "2019-01-31T10:20:30.1234570Z", "2019-02-01T07:08:09.0000000Z",
                       "2020-02-29T12:00:00.5000000Z"],
}


def random_value(dice, type_name: str, values: dict):
    if item_of(type_name):
        number = dice.choice([0, 0, 1, 1, 2, 3])
        return [random_value(dice, item_of(type_name), values) for _ in range(number)]
    if type_name in TYPES:
        return {name: random_value(dice, row[0], values) for name, row in TYPES[type_name].items()
                if item_of(row[0]) or dice.random() < 0.75}
    if type_name == FLAGS:
        return ",".join(dice.sample(ENUMS[FLAGS], dice.choice([1, 1, 1, 2, 3])))
    return dice.choice(ENUMS.get(type_name) or values[type_name])


def random_document(dice, **values) -> dict:
    """The body of a POST; `values` provides other values for some types."""
    body = random_value(dice, "workPosition", {**VALUES, **values})
    body.pop("id", None)
    return body


# ---- random filters ----

def paths(type_name: str, above: tuple = ()):
    """Every path below a type that passes through no collection, and its type."""
    for name, row in TYPES[type_name].items():
        yield above + (name,), row[0]
        if row[0] in TYPES:
            yield from paths(row[0], above + (name,))


PATHS = {name: list(paths(name)) for name in TYPES}
PLAIN = {("detail", "jobTitle"), ("detail", "role"), ("manager", "displayName"), ("createdBy", "user", "id"),
         ("detail", "company", "displayName"), ("detail", "company", "address", "city")}
COMPARED = ["String"] * 6 + ["Int32"] * 3 + ["Double", "Double", "Boolean", "Date", "Date",
                                             "DateTimeOffset", *ENUMS]


class Author:
    """Writes filters about documents, with values from them."""

    def __init__(self, dice, documents):
        self.dice = dice
        self.documents = documents
        self.variables = []  # (name, type, items that it can stand for)

    def filter(self) -> Node:
        return self.boolean(self.dice.choice([0, 0, 1, 1, 2, 3]))

    def boolean(self, depth: int) -> Node:
        kinds = {self.comparison: 6, self.about_text: 2, self.member: 2, self.flags: 0.7,
                 self.null_test: 1, self.truth: 0.8}
        if len(self.variables) < 2:
            kinds[self.each] = 2.5
        if depth:
            kinds.update({self.both: 6, self.negation: 1.5, self.verdict: 0.7})
        return self.dice.choices(list(kinds), list(kinds.values()))[0](depth - 1 if depth else 0)

    def about_collections(self, depth: int = 2) -> Node:
        """A condition on functions of collections of strings."""
        dice = self.dice
        name = dice.choice([*COLLECTION_FUNCTIONS, "eq", "ne", "in"])
        left = self.strings(depth)
        if name in ("concat[]", "substring[]", "eq", "ne"):
            return Node(dice.choice(["eq", "ne"]), "Boolean", (left, self.strings(depth)))
        if name == "in":
            item = Node("literal", "String", (dice.choice(STRINGS),))
            made = Node("concat[]", "Collection(String)", (left, self.strings(depth)))
            return Node("in collection", "Boolean", (item, made))
        if name in ("length[]", "indexof[]"):
            right = () if name == "length[]" else (self.strings(depth, left),)
            number = Node("literal", "Int32", (dice.randint(-1, 4),))
            return Node(dice.choice(["eq", "ne", *ORDER]), "Boolean", (Node(name, "Int32", (left, *right)), number))
        return Node(name, "Boolean", (left, self.strings(depth, left)))

    def strings(self, depth: int, of=None) -> Node:
        """A collection of strings; often of items that another one has."""
        dice, type_ = self.dice, "Collection(String)"
        which = dice.random() if depth else dice.choice([0, 1])
        if which < 0.4:
            return Node("path", type_, dice.choice([(ENTITY, "categories"), (IT, "categories"),
                                                    (ENTITY, "source", "type")]))
        if which < 0.55:
            return Node("concat[]", type_, (self.strings(depth - 1), self.strings(depth - 1)))
        if which < 0.7:
            bounds = (Node("literal", "Int32", (dice.randint(0, 2),)) for _ in range(2))
            return Node("substring[]", type_, (self.strings(depth - 1), *bounds))
        document = dice.choice(self.documents)
        known = evaluate(of, {ENTITY: document, IT: document}) if of else document["categories"]
        known = [item for item in known if dice.random() < 0.7]
        if dice.random() < 0.3:
            dice.shuffle(known)
        if dice.random() < 0.2:
            known.append(dice.choice(STRINGS))
        return Node("list", type_, tuple(Node("literal", "String", (item,)) for item in known))

    # one method for each kind of predicate

    def both(self, depth):
        return Node(self.dice.choice(["and", "or"]), "Boolean",
                    (self.boolean(depth), self.boolean(depth)))

    def negation(self, depth):
        return Node("not", "Boolean", (self.boolean(depth),))

    def verdict(self, depth):
        value = Node("literal", "Boolean", (self.dice.choice([True, False, None]),))
        return Node(self.dice.choice(["eq", "ne"]), "Boolean", (self.boolean(depth), value))

    def comparison(self, depth):
        wanted = self.kind()
        left = self.value(wanted, depth + 1)
        op = self.dice.choice(["eq", "eq", "ne", *ORDER])
        which = self.dice.random()
        if which < 0.8:
            right = self.literal(left, is_equality=op in ("eq", "ne"))
        elif which < 0.95:
            right = self.value(wanted, depth)
        else:
            right = Node("literal", wanted, (None,))
        sides = (right, left) if self.dice.random() < 0.1 else (left, right)
        return Node(op, "Boolean", sides)

    def about_text(self, depth):
        name = self.dice.choice(["contains", "startswith", "endswith"])
        return Node(name, "Boolean", self.text_and_part(depth))

    def member(self, depth):
        left = self.value(self.kind(), depth)
        items = [self.literal(left) for _ in range(self.dice.randint(1, 4))]
        return Node("in", "Boolean", (left, *items))

    def flags(self, _depth):
        left = self.path(FLAGS)
        return Node("has", "Boolean", (left, self.literal(left)))

    def null_test(self, _depth):
        left = self.path(self.dice.choice([*COMPARED, "positionDetail", "companyDetail"]))
        return Node(self.dice.choice(["eq", "ne"]), "Boolean", (left, Node("literal", left.type, (None,))))

    def truth(self, _depth):
        return self.path("Boolean")

    def each(self, depth):
        collection = self.collection()
        if self.dice.random() < 0.1:
            return Node("any", "Boolean", (collection, "", None))
        taken = [name for name, _, _ in self.variables]
        name = self.dice.choice([name for name in ("x", "c", "item", "displayName", collection.args[-1])
                                 if name not in taken])
        items = [item for _ in range(20) for item in evaluate(collection, self.scope())]
        self.variables.append((name, item_of(collection.type), items))
        body = self.boolean(depth)
        self.variables.pop()
        return Node(self.dice.choice(["any", "any", "all"]), "Boolean", (collection, name, body))

    # values

    def kind(self) -> str:
        """A type to compare, mostly one that the innermost variable leads to."""
        if not self.variables or self.dice.random() < 0.2:
            return self.dice.choice(COMPARED)
        inner = self.variables[-1][1]
        return self.dice.choice([type_ for _, type_ in PATHS.get(inner, [((), inner)])
                                 if type_ in COMPARED])

    def value(self, wanted: str, depth: int) -> Node:
        """An expression of a type: a path, or a function of other expressions."""
        if self.dice.random() < (0.35 if depth else 0.1) and wanted in ("String", "Int32", "Date"):
            if wanted == "Int32" and self.dice.random() < 0.3:
                return Node("$count", "Int32", (self.collection(),))
            name = self.dice.choice([name for name, row in FUNCTIONS.items() if row[1] == wanted])
            return Node(name, wanted, self.arguments(name, max(depth - 1, 0)))
        return self.path(wanted)

    def arguments(self, name: str, depth: int) -> tuple:
        takes = FUNCTIONS[name][0]
        if takes == ("String", "String"):
            return self.text_and_part(depth)
        first = "DateTimeOffset" if takes == ("Date",) and self.dice.random() < 0.4 else takes[0]
        return (self.value(first, depth),
                *(Node("literal", "Int32", (self.dice.randint(0, 3),)) for _ in takes[1:]))

    def text_and_part(self, depth: int) -> tuple:
        text = self.value("String", depth)
        if self.dice.random() < 0.15:
            return text, self.value("String", depth)
        part = self.sample(text) or self.dice.choice(STRINGS)
        if self.dice.random() < 0.8:
            start = self.dice.choice([0, self.dice.randint(0, len(part))])
            part = part[start:self.dice.choice([len(part), self.dice.randint(start, len(part))])]
        if self.dice.random() < 0.1:
            part = part.swapcase()
        return text, Node("literal", "String", (part,))

    def path(self, wanted: str) -> Node:
        """A path to a type, below a variable if one leads to it."""
        names = [(name, type_name) for name, type_name, _ in self.variables for _ in range(4)]
        self.dice.shuffle(names)
        names.insert(self.dice.choice([0, len(names), len(names)]), (ENTITY, "workPosition"))
        for name, type_name in names:
            found = [()] if type_name == wanted else []
            found += [steps for steps, type_ in PATHS.get(type_name, []) if type_ == wanted]
            if found:
                plain = [steps for steps in found if steps in PLAIN]
                steps = self.dice.choice(plain if plain and self.dice.random() < 0.6 else found)
                return Node("path", wanted, (self.start(name, steps), *steps))
        raise LookupError(wanted)

    def collection(self) -> Node:
        places = [(name, steps, type_) for name, type_name, _ in [(ENTITY, "workPosition", None),
                                                                  *self.variables]
                  for steps, type_ in PATHS.get(type_name, []) if item_of(type_)]
        name, steps, type_ = self.dice.choice(places + [place for place in places if place[0]] * 3)
        return Node("path", type_, (self.start(name, steps), *steps))

    def start(self, name: str, steps: tuple) -> str:
        """The entity's own properties need $it if a variable has the name of the first."""
        hidden = name == ENTITY and steps[0] in [name for name, _, _ in self.variables]
        return IT if hidden or (name == ENTITY and self.dice.random() < 0.05) else name

    def scope(self) -> dict:
        entity = self.dice.choice(self.documents)
        return {ENTITY: entity, IT: entity,
                **{name: self.dice.choice(items or [None]) for name, _, items in self.variables}}

    def sample(self, node: Node):
        """The value of an expression for one of the documents; None if it is null for most."""
        for _ in range(6):
            value = evaluate(node, self.scope())
            if value is not None:
                return value
        return None

    def literal(self, like: Node, is_equality: bool = False) -> Node:
        value, wanted = self.sample(like), like.type
        if value is None or self.dice.random() < 0.1:
            raw = random_value(self.dice, wanted, VALUES)
            value = typed(wanted, raw)
        if wanted == "DateTimeOffset" and self.dice.random() < 0.3:
            value -= value % DAY
        if wanted == "Int32" and self.dice.random() < 0.1:
            return Node("literal", "Double", (value + 0.5,))
        if wanted == "String" and is_equality and like.op == "path" and GUID.fullmatch(value):
            wanted = self.dice.choice(["Guid", "String"])
        return Node("literal", wanted, (value,))
