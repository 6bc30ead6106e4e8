"""What a template may not do, now that creditors will bring their own."""

import pytest
from jinja2 import Environment
from jinja2.exceptions import SecurityError, UndefinedError

from regua.adapters import email_renderer
from tests.unit.email.builders import any_content


def environments() -> list[Environment]:
    both = email_renderer._environments()
    return [both.html, both.text]


@pytest.mark.parametrize("environment", environments(), ids=["html", "text"])
@pytest.mark.parametrize(
    "source",
    [
        "{{ c.__class__.__mro__ }}",
        "{{ c.sender.__init__.__globals__ }}",
        "{{ c.customer_name.__class__ }}",
        "{{ c.valid_until.__class__.__subclasses__() }}",
        "{{ c.lines.__getitem__.__self__ }}",
        "{% import 'phrases.j2' as say %}{{ say.__class__.__init__.__globals__ }}",
        "{{ '{0.__class__.__mro__}'.format(c) }}",
        "{% set x = [] %}{{ x.append(1) }}",
        "{{ c.no_such_field }}",
        "{% import 'phrases.j2' as say %}{{ say.no_such_macro(c) }}",
    ],
)
def test_a_template_reads_the_content_and_nothing_behind_it(
    environment: Environment, source: str
) -> None:
    with pytest.raises((SecurityError, UndefinedError)):
        environment.from_string(source).render(c=any_content())


def test_the_environments_are_built_once_per_process() -> None:
    assert email_renderer._environments() is email_renderer._environments()
    template = email_renderer._environments().html.get_template("message.html.j2")
    assert template is email_renderer._environments().html.get_template("message.html.j2")
