"""What all tests share."""

import signal

from hypothesis import HealthCheck, settings

# A busy machine is slow, which says nothing of what is tested: speed belongs to the benchmarks.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

# A shell starts background jobs deaf to Ctrl-C, and their children inherit that: tests send it.
signal.signal(signal.SIGINT, signal.default_int_handler)
