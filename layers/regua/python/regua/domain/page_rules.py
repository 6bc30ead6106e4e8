"""What a creditor's own look and words must keep to: the rules, as data.

`regua.application.page_lint` looks for what breaks them. What any message must keep to
(`regua.domain.wording`, `regua.domain.identification`) is asked of a creditor's words as well, and
is not repeated here.
"""

from regua.domain.own_words import PAGE_CHARACTERS, PARTS, SUBJECT_CHARACTERS
from regua.domain.page_look import DARK_SURFACE, LIGHT_SURFACE, MIN_CONTRAST
from regua.domain.rules import Rule

MAX_LOGO_WIDTH, MAX_LOGO_HEIGHT = 600, 240
MAX_LOGO_BASE64 = 24 * 1024
MAX_TEXTS_BYTES = 24 * 1024
"""All texts of a creditor together: they come with every reading of the creditor."""

KEY = Rule(
    "page.key",
    "Only texts that may be changed are: who writes, legal notes and confirmations stay ours.",
    "CDC (Lei 8.078/1990) art. 42-A and art. 31 (clear and correct information)",
)
LENGTH = Rule(
    "page.length",
    "A text is no longer than its place holds, and all texts together stay small.",
    "our convention: they are shown on phones, and read with every message",
    ", ".join(f"{part} {length}" for part, length in PARTS.items())
    + f", page {PAGE_CHARACTERS} characters; a subject {SUBJECT_CHARACTERS} once it is filled; "
    f"{MAX_TEXTS_BYTES // 1024} KiB in all",
)
PLAIN = Rule(
    "page.plain",
    "A text is one line of visible characters, without markup.",
    "our convention, against forged headers (RFC 5322 section 2.2), markup and reordered words",
)
BRACES = Rule(
    "page.braces",
    "Every brace belongs to a placeholder, written as a name in braces.",
    "our convention",
)
PLACEHOLDER = Rule(
    "page.placeholder",
    "A text names only placeholders that have a value where it stands, and none that would show "
    "there what others must not read.",
    "CDC art. 42 (exposure); our convention for which places count",
)
LINK = Rule(
    "page.link",
    "No text carries an address: the only links are those that are made for the message.",
    "our convention, against phishing: a changed text must not lead anybody elsewhere",
)
PAYMENT_DATA = Rule(
    "page.payment_data",
    "No text carries an amount, an account, a Pix key, a telephone or a long number: what is paid, "
    "and to whom, is worked out and never typed.",
    "CDC art. 42 (no charge beyond what is owed); our convention, against counterfeit payments",
)
SUBJECT = Rule(
    "page.subject",
    "A subject does not exclaim, and speaks of no credit, register or importance.",
    "CDC art. 42 (exposure); our convention for the words, as for our own subjects",
)
FIRM = Rule(
    "page.firm",
    "A firm or formal message has no exclamation mark.",
    "CDC art. 42 and art. 71 (no coercion); our convention for the sign",
)
ENGLISH = Rule(
    "page.english",
    "An English text threatens, presses and shames no more than a Portuguese one.",
    "CDC art. 42 and art. 71; the list of words is ours, and short: read English texts twice",
)
CREDITOR_NAME = Rule(
    "page.creditor_name",
    "The creditor's name is spelt as it is registered.",
    "CDC art. 42-A (the supplier's name)",
)
SUBJECT_NAME = Rule(
    "page.subject_name",
    "A subject says who writes.",
    "our convention: a message that says who it comes from is opened, and not taken for a fraud",
)
ABOUT = Rule(
    "page.about",
    "The first sentence of a message about a debt says what it is about.",
    "CDC art. 31 (clear information); our convention for the words",
)
PLURAL = Rule(
    "page.plural",
    "Words for one invoice name it by its placeholder, so that a message about several keeps ours.",
    "our convention: one e-mail may be about several invoices",
)
DROPPED = Rule(
    "page.dropped",
    "A text of the page names what ours names, or leaves it out on purpose.",
    "our convention",
)
CONTRAST = Rule(
    "page.contrast",
    "The accent colour can be read, as text and on a button, by day.",
    "WCAG 2.2, success criterion 1.4.3 (level AA)",
    f"{MIN_CONTRAST} to 1 on {LIGHT_SURFACE}; the label is black or white, whichever reads better",
)
CONTRAST_DARK = Rule(
    "page.contrast.dark",
    "The accent colour of the dark mode can be read on a dark page.",
    "WCAG 2.2, success criterion 1.4.3 (level AA)",
    f"{MIN_CONTRAST} to 1 on {DARK_SURFACE}; without one, the accent colour is lightened",
)
LOGO = Rule(
    "page.logo",
    "A logo is a small PNG, JPEG or WebP that does not move.",
    "WCAG 2.2, success criterion 2.2.2 (nothing moves); our convention for sizes",
    f"{MAX_LOGO_WIDTH} × {MAX_LOGO_HEIGHT} pixels, {MAX_LOGO_BASE64 // 1024} KiB in base64",
)
RULES = (
    KEY,
    LENGTH,
    PLAIN,
    BRACES,
    PLACEHOLDER,
    LINK,
    PAYMENT_DATA,
    SUBJECT,
    FIRM,
    ENGLISH,
    CREDITOR_NAME,
    SUBJECT_NAME,
    ABOUT,
    PLURAL,
    DROPPED,
    CONTRAST,
    CONTRAST_DARK,
    LOGO,
)
