"""What every counter of attempts to sign in must do. Subclasses give `store`."""

from datetime import UTC, datetime, timedelta

from application.ports.login_attempts import AttemptTally
from tests.contracts.persistence import Store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
EARLIER = NOW - timedelta(minutes=5)
SINCE = NOW - timedelta(minutes=15)


def count(store: Store, account: str, address: str, now: datetime = NOW) -> None:
    with store() as work:
        work.attempts.count(account, address, now, SINCE)
        work.commit()


def tally(store: Store, account: str, address: str, since: datetime = SINCE) -> AttemptTally:
    with store(read_only=True) as work:
        found: AttemptTally = work.attempts.tally(account, address, since)
    return found


class LoginAttemptsContract:
    def test_nothing_is_counted_at_first(self, store: Store) -> None:
        assert tally(store, "ann", "here") == AttemptTally()

    def test_attempts_count_for_pair_account_and_address(self, store: Store) -> None:
        count(store, "ann", "here", EARLIER)
        count(store, "ann", "here")
        count(store, "ann", "there")
        count(store, "bob", "here")
        count(store, "bob", "elsewhere")
        assert tally(store, "ann", "here") == AttemptTally(2, 3, 3, EARLIER)

    def test_old_attempts_do_not_count(self, store: Store) -> None:
        old = SINCE - timedelta(seconds=1)
        for _ in range(3):
            with store() as work:
                work.attempts.count("ann", "here", old, old)
                work.commit()
        assert tally(store, "ann", "here") == AttemptTally()
        assert tally(store, "ann", "here", old).pair == 3
        count(store, "ann", "here")
        assert tally(store, "ann", "here") == AttemptTally(1, 1, 1, NOW)

    def test_success_forgets_the_failures_of_the_pair_alone(self, store: Store) -> None:
        count(store, "ann", "here")
        count(store, "ann", "there")
        with store() as work:
            work.attempts.succeeded("ann", "here", NOW)
            work.attempts.succeeded("bob", "here", NOW)
            work.commit()
        assert tally(store, "ann", "here") == AttemptTally(0, 1, 0, NOW, NOW)
        assert tally(store, "ann", "there") == AttemptTally(1, 1, 1, NOW)
        count(store, "ann", "here")
        assert tally(store, "ann", "here").last_success == NOW

    def test_what_is_old_is_forgotten_unless_it_succeeded_lately(self, store: Store) -> None:
        with store() as work:
            for account in ("ann", "bob"):
                work.attempts.count(account, "here", EARLIER, SINCE)
            work.attempts.succeeded("bob", "here", EARLIER)
            work.attempts.count("eve", "here", NOW, SINCE)
            work.commit()
        with store() as work:
            work.attempts.forget(NOW, EARLIER)
            work.commit()
        assert tally(store, "ann", "here", SINCE).pair == 0
        assert tally(store, "bob", "here", SINCE).last_success == EARLIER
        assert tally(store, "eve", "here", SINCE).pair == 1
