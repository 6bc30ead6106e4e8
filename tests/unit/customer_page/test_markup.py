"""The reader that the page's tests rely on finds what it is there to find."""

import pytest

from tests.unit.customer_page.markup import Markup

WHOLE = '<h1>A</h1><label for="x">B</label><input id="x" name="y" type="text">'


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (WHOLE + "<div>", "<div> is never closed"),
        (WHOLE + "<div><p></div></p>", "</div> within ['div', 'p']"),
        (WHOLE + "<p><ul></ul></p>", "<ul> within <p>"),
        (WHOLE + "<div/>", "<div/>"),
        (WHOLE + '<p id="x"></p>', "id x 2 times"),
        (WHOLE + '<p id="a" id="b"></p>', "id twice on <p>"),
        (WHOLE + '<a href="#z">C</a>', "a link leads to #z, which is not there"),
        (WHOLE + '<p aria-describedby="z"></p>', "aria-describedby of <p> names z"),
        (WHOLE + '<p onclick="z"></p>', "onclick on <p>"),
        (WHOLE + '<p style="z"></p>', "style on <p>"),
        (WHOLE + "<h1>B</h1>", "2 headings of level 1"),
        (WHOLE + "<h3>B</h3>", "h3 follows h1"),
        (WHOLE + '<input name="z" type="text">', "<input name=z> has no label"),
        (WHOLE + "<form><form></form></form>", "a form within a form"),
        (WHOLE.replace("name=", "placeholder=p name="), "<input name=y> has a placeholder"),
    ],
)
def test_a_fault_is_found(body: str, fault: str) -> None:
    assert [f for f in Markup(body).faults if f.startswith(fault)]


def test_what_is_whole_has_no_fault() -> None:
    assert Markup(WHOLE).faults == []
    assert Markup("<h1>A</h1><p>&lt;b&gt; c</p><script>if (a<b) {}</script>").text == "A <b> c"
