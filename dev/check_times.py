# SPDX-License-Identifier: Apache-2.0
"""Checks that each test whose result depends on a time has the marker `measures_time` (tests/README.md). Part of
`make lint`. An argument names another checkout.

Such a test, or a function that it calls, asserts a difference of two times of a clock, or a wait shorter than the
default one.
"""

import ast

from guard import ROOT, report

CLOCKS = {"monotonic", "perf_counter", "time", "process_time", "cpu_seconds"}
WAITS = {"wait_until": 60, "wait_until_served": 60}  # the default number of seconds
MARKER = "measures_time"


def name_of(node):
    """The name of a variable, a function or a member: `times` of times.setdefault(key, []).append."""
    while isinstance(node, (ast.Call, ast.Subscript, ast.Starred)):
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def owner_of(node):
    while isinstance(node, (ast.Call, ast.Subscript, ast.Attribute)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def bound_names(target):
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def returned_by(function):
    """The values that a function returns, without those of the functions inside of it."""
    rest = list(function.body)
    while rest:
        node = rest.pop()
        if isinstance(node, ast.Return) and node.value is not None:
            yield node.value
        if not isinstance(node, (ast.FunctionDef, ast.Lambda)):
            rest.extend(ast.iter_child_nodes(node))


def is_clock(node) -> bool:
    return isinstance(node, ast.Call) and name_of(node.func) in CLOCKS


class Function:
    """A function at the top level of a file, or of a class there, with the functions inside of it."""

    def __init__(self, file, node, timers):
        """`timers` has the names of functions that return a duration."""
        self.file, self.node, self.name, self.timers = file, node, node.name, timers
        nodes = list(ast.walk(node))
        self.calls = {name_of(call.func) for call in nodes if isinstance(call, ast.Call)}
        self.instants, self.durations = set(), set()
        while True:
            before = len(self.instants) + len(self.durations)
            for each in nodes:
                self._follow(each)
            if before == len(self.instants) + len(self.durations):
                break
        self.measures = any(self._measures(each) for each in nodes)
        self.is_timer = any(map(self._is_duration, returned_by(node)))

    def _is_instant(self, node) -> bool:
        return any(is_clock(each) or name_of(each) in self.instants for each in ast.walk(node))

    def _is_duration(self, node) -> bool:
        return any(isinstance(each, ast.BinOp) and isinstance(each.op, ast.Sub)
                   and self._is_instant(each) and not any(isinstance(side, ast.Constant) for side in (each.left, each.right))
                   or isinstance(each, ast.Call) and name_of(each.func) in self.timers
                   or isinstance(each, ast.Name) and each.id in self.durations for each in ast.walk(node))

    def _bind(self, targets, value):
        if self._is_duration(value):
            self.durations |= targets
        elif isinstance(value, (ast.Call, ast.Name, ast.Tuple)) and self._is_instant(value):
            self.instants |= targets

    def _follow(self, node):
        """Take over what a statement tells about its variables."""
        if isinstance(node, ast.Assign):
            for target in node.targets:
                pairs = zip(target.elts, node.value.elts) if isinstance(target, ast.Tuple) \
                    and isinstance(node.value, ast.Tuple) else [(target, node.value)]
                for each, value in pairs:
                    self._bind(bound_names(each), value)
        elif isinstance(node, ast.AugAssign):
            self._bind(bound_names(node.target), node.value)
        elif isinstance(node, (ast.For, ast.comprehension)) and self._is_duration(node.iter):
            self.durations |= bound_names(node.target)
        elif isinstance(node, ast.FunctionDef) and any(map(self._is_duration, returned_by(node))):
            self.durations.add(node.name)
        elif isinstance(node, ast.Call) and name_of(node.func) in ("append", "extend"):
            if any(self._is_duration(argument) for argument in node.args):
                self.durations |= {owner_of(node.func)} - {None}

    def _measures(self, node) -> bool:
        if isinstance(node, ast.Assert):
            return any(isinstance(each, ast.Compare) and self._is_duration(each) for each in ast.walk(node.test))
        if isinstance(node, ast.Call) and name_of(node.func) in WAITS:
            seconds = [*node.args[1:2], *(word.value for word in node.keywords if word.arg == "seconds")]
            return any(isinstance(each, ast.Constant) and each.value < WAITS[name_of(node.func)] for each in seconds)
        return False

    @property
    def is_marked(self) -> bool:
        return any(name_of(each) == MARKER for each in self.node.decorator_list)


def functions_of(tree):
    for node in tree.body:
        yield from (each for each in (node.body if isinstance(node, ast.ClassDef) else [node])
                    if isinstance(each, ast.FunctionDef))


def closure(step) -> set:
    """Add names until a step finds no more."""
    names = set()
    while more := step(names) - names:
        names |= more
    return names


def problems():
    files = sorted([*ROOT.glob("tests/http/**/*.py"), *ROOT.glob("tests/packaging/*.py")])
    nodes = [(file, node) for file in files for node in functions_of(ast.parse(file.read_text()))]
    timers = closure(lambda names: {node.name for file, node in nodes if Function(file, node, names).is_timer})
    functions = [Function(file, node, timers) for file, node in nodes]
    helpers = [each for each in functions if not each.name.startswith("test_")]
    measuring = closure(lambda names: {each.name for each in helpers if each.measures or each.calls & names})
    for each in functions:
        if each not in helpers and not each.is_marked and (each.measures or each.calls & measuring):
            yield f"{each.file.relative_to(ROOT)}: {each.name} asserts a time: mark it with {MARKER}"


if __name__ == "__main__":
    report(problems())
