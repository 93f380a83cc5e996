"""Geant4, whole: GDML, macros, an application of the site, and the tables that it dumps."""
