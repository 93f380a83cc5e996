"""The processes between worker and engines. They load nothing but the standard library and this."""
