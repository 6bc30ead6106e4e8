"""What a rule is: a sentence, where it comes from, and what applies when nobody says otherwise.

Every module of hard facts lists its own as ``RULES``; `regua.domain.rulebook` gathers them and
docs/rules.md is written from it. A denial names its rule, so that whoever reads it can look the
source up.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of law, of a specification, or of ours.

    ``code`` is stable and dotted (``charges.fine.consumer``): add, never rename or reuse.
    ``source`` names the law or document with article or section. ``default`` is what applies when
    a creditor states nothing, written from the code's own constants; empty when there is nothing
    to choose.
    """

    code: str
    says: str
    source: str
    default: str = ""
