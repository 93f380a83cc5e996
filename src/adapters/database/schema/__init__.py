"""Tables, revisions, and the SQL that each database spells in its own way."""
