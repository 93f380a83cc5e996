"""Reading and merging what simulators scored, as far as pymchelper knows their files."""
