"""Names of users: which read as the same, and which mix letters that only look alike."""

import re
import unicodedata

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""What Unicode calls Default_Ignorable_Code_Point: it shows nothing of itself."""

TOGETHER = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
)
"""Scripts that are written together: "Highly Restrictive" of Unicode Technical Standard 39."""

COMMON = frozenset({"MODIFIER", "FEMININE", "MASCULINE"})
SCRIPTS = {"IDEOGRAPHIC": "CJK", "HALFWIDTH": "KATAKANA", "KANGXI": "CJK"}


def name_key(name: str) -> str:
    """Return what all names have in common that read as the same.

    Unicode's toNFKC_Casefold: width, ligatures and case are folded, what is invisible is dropped.
    """
    folded = unicodedata.normalize("NFKC", INVISIBLE.sub("", name)).casefold()
    return unicodedata.normalize("NFKC", INVISIBLE.sub("", folded))


def mixes_scripts(name: str) -> bool:
    """Say whether a name mixes scripts that nobody writes together, such as Latin and Cyrillic."""
    found = {_script(letter) for letter in unicodedata.normalize("NFKC", name)} - {""}
    return len(found) > 1 and not any(found <= family for family in TOGETHER)


def _script(letter: str) -> str:
    """Return the script of a letter or digit, empty for what all scripts share.

    Python knows no scripts, but the names of letters begin with them.
    """
    kind = unicodedata.category(letter)
    if (letter.isascii() and not letter.isalpha()) or (kind[0] != "L" and kind != "Nd"):
        return ""
    word = re.split("[ -]", unicodedata.name(letter, ""))[0]
    return "" if word in COMMON else SCRIPTS.get(word, word)
