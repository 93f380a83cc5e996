"""Words of detect.dat that SHIELD-HIT12A knows."""

QUANTITIES = (
    "1MEVNEQ ALANINE ALANINEGY ANGLE AVGBETA AVGENERGY COUNT COUNTPOINT CROSSFLU DAVGE DBETA DDD "
    "DEDX DIRTYDOSE DIRTYDOSEGY DLET DLETG DOSE DOSEEQV DOSEGY DQ DQEFF DZ2BETA2 DZEFF2BETA2 "
    "ENERGY EQVDOSE FLUENCE FLUENCECHAR FLUENCENEQV FLUENCENEUT LETFLU MATERIAL MCPL MEDIUM "
    "MOCA_YD MOCA_YF N1MEV NEQVDOSE NKERMA NORMCOUNT NORMCOUNTPOINT PET Q RHO SPC TAVGE TBETA "
    "TLET TLETG TQ TQEFF TRACKLENGTH TZ2BETA2 TZEFF2BETA2 USER1 USER2 ZONE"
)
DIFFERENTIAL = (
    "A AMASS AMU ANGLE BETA DEDX E EAMU ENERGY ENUC GEN ID LET MASSDEDX MDEDX THETA TL Z Z2BETA2 "
    "ZEFF ZEFF2BETA2"
)
RULES = ("A", "AMASS", "AMU", "E", "EAMU", "ENUC", "GEN", "ID", "NPRIM", "Z")
OPERATORS = ("==", "!=", "<", "<=", ">", ">=")
MOST_MODIFIERS = 2
TRANSPORTED = frozenset({*range(1, 12), 15, 16, *range(21, 26)})
"""Numbers (JPART) of particles that it transports: no photons, electrons or neutrinos."""

NUCLEI = {1: (0, 1), 2: (1, 1), 21: (1, 2), 22: (1, 3), 23: (2, 3), 24: (2, 4)}
"""Charge and mass number of particles that a filter may name by their number (JPART)."""


def is_quantity(keyword: str) -> bool:
    """Say whether a word is a quantity; SHIELD-HIT12A takes any case."""
    return keyword.upper() in QUANTITIES.split()


def is_differential(word: str) -> bool:
    """Say whether a word is what differential bins can be over."""
    return word.upper() in DIFFERENTIAL.split()
