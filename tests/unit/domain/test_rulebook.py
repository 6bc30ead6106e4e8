"""Whatever rule a module of the domain states is in the book, once, with its source."""

import pkgutil
from importlib import import_module

import regua.domain
from regua.domain.rulebook import CHAPTERS
from regua.domain.rules import Rule

WRITTEN = [rule for rules in CHAPTERS.values() for rule in rules]


def test_every_rule_of_every_module_is_in_the_book() -> None:
    stated: list[Rule] = []
    for found in pkgutil.walk_packages(regua.domain.__path__, "regua.domain."):
        rules = getattr(import_module(found.name), "RULES", ())
        stated += [rule for rule in rules if isinstance(rule, Rule)]
    assert len(stated) > 100
    assert sorted(r.code for r in stated) == sorted(r.code for r in WRITTEN)


def test_codes_are_never_used_twice() -> None:
    codes = [rule.code for rule in WRITTEN]
    assert len(set(codes)) == len(codes)


def test_every_rule_says_something_and_where_it_comes_from() -> None:
    for rule in WRITTEN:
        assert rule.says.strip().endswith((".", ")")), rule.code
        assert rule.source.strip(), rule.code
        assert "\n" not in rule.says + rule.source + rule.default, rule.code
