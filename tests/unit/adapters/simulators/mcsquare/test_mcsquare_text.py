"""MCsquare's configuration is read line by line, in any encoding."""

import pytest

from adapters.simulators.mcsquare import config


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "iso-8859-2"])
def test_letters_of_two_bytes_end_no_line(encoding: str) -> None:
    # The last byte of ą in UTF-8 is 0x85, which ends a line for str.splitlines.
    letter = "\u00e5" if encoding == "latin-1" else "\u0105"
    comment = f"# pr\u00f3ba z mniejsz{letter} Num_Primaries 7 ni\u00df\n"
    text = f"{comment}Num_Primaries 20\nRNG_Seed 3\nCT_File CT.mhd\n".encode(encoding, "replace")
    assert config.total_primaries(text) == 20
    own = config.with_share(text, 5, 1)
    first = text.split(b"\n")[0]
    assert own.startswith(first + b"\nCT_File CT.mhd\n")
    assert config.total_primaries(own) == 5
