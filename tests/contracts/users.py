"""What every store of users must do. Subclasses give `store`."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from application.ports.user_repository import RenewedSession, SessionRenewal
from domain.errors import UserExists
from domain.users import SshCredentials
from tests.contracts.persistence import BEYOND, LATER, NOW, Store, add_user


def at(minute: float) -> datetime:
    return NOW + timedelta(minutes=minute)


def renewal(minute: float, generation: int, ends: datetime = BEYOND) -> SessionRenewal:
    """Return how a session of ten minutes is renewed whose tokens are replaced after 90 s."""
    return SessionRenewal(generation, at(minute), at(minute - 1.5), at(minute + 10), ends)


class UsersContract:
    def test_what_is_not_committed_is_rolled_back(self, store: Store) -> None:
        with store() as work:
            work.users.add_local("ann", "hash")
        with store() as work:
            assert work.users.local_by_name("ann") is None

    def test_an_error_rolls_back(self, store: Store) -> None:
        with pytest.raises(RuntimeError), store() as work:
            work.users.add_local("ann", "hash")
            raise RuntimeError
        with store() as work:
            assert work.users.local_by_name("ann") is None

    def test_users_are_found_by_name_and_number(self, store: Store) -> None:
        user_id = add_user(store)
        with store() as work:
            assert work.users.local_by_name("ann").id == user_id
            assert work.users.by_id(user_id).username == "ann"
            assert work.users.by_id(user_id + 1) is None

    def test_a_name_is_taken_once(self, store: Store) -> None:
        add_user(store)
        with store() as work, pytest.raises(UserExists):
            work.users.add_local("ann", "other")

    @pytest.mark.parametrize("like", ["Ann", "ANN", "ａｎｎ", "𝐚𝐧𝐧", "ann\ufe0f"])
    def test_a_name_that_reads_the_same_is_taken(self, store: Store, like: str) -> None:
        user_id = add_user(store)
        with store() as work:
            with pytest.raises(UserExists):
                work.users.add_local(like, "other")
            found = work.users.local_by_name(like)
            assert (found.id, found.username) == (user_id, "ann")
            other = work.users.add_local("bob", "hash")
            with pytest.raises(UserExists):
                work.directory.rename(other.id, like)
            work.directory.rename(user_id, like)
            assert work.users.local_by_name("ann").username == like

    def test_names_of_keycloak_are_exact_and_none_is_like_another(self, store: Store) -> None:
        add_user(store, "Ann")
        with store() as work:
            user = work.users.ensure_keycloak("ann")
            with pytest.raises(UserExists):
                work.users.ensure_keycloak("Ann")
            with pytest.raises(UserExists):
                work.directory.add_keycloak("ａｎｎ")
            assert work.users.ensure_keycloak("ann").id == user.id
            assert work.users.local_by_name("ann").username == "Ann"

    def test_a_password_is_replaced(self, store: Store) -> None:
        user_id = add_user(store)
        with store() as work:
            work.users.set_password(user_id, "new")
            work.commit()
        with store() as work:
            assert work.users.local_by_name("ann").password_hash == "new"

    def test_sessions_are_open_until_they_end_or_expire(self, store: Store) -> None:
        user_id = add_user(store)
        with store() as work:
            work.users.start_session(user_id, "s", LATER)
            work.commit()
        with store() as work:
            assert work.users.session_is_open(user_id, "s", NOW)
            assert work.users.of_session(user_id, "s", NOW).username == "ann"
            for user, name, moment in (
                (user_id, "s", LATER),
                (user_id + 1, "s", NOW),
                (user_id, "t", NOW),
            ):
                assert not work.users.session_is_open(user, name, moment)
                assert work.users.of_session(user, name, moment) is None
            work.users.end_session(user_id + 1, "s")
            assert work.users.session_is_open(user_id, "s", NOW)
            work.users.end_session(user_id, "s")
            work.users.end_session(user_id, "s")
            assert not work.users.session_is_open(user_id, "s", NOW)

    def test_expired_sessions_are_forgotten(self, store: Store) -> None:
        user_id = add_user(store)
        with store() as work:
            work.users.start_session(user_id, "old", NOW)
            work.users.start_session(user_id, "new", LATER)
            work.users.forget_sessions(LATER)
            assert not work.users.session_is_open(user_id, "old", NOW - timedelta(minutes=1))
            assert work.users.session_is_open(user_id, "new", NOW)

    def test_a_keycloak_user_is_added_once(self, store: Store) -> None:
        with store() as work:
            work.users.add_local("ann", "hash")
            first = work.users.ensure_keycloak("ann")
            work.commit()
        with store() as work:
            assert work.users.ensure_keycloak("ann") == first
            assert work.users.by_id(first.id) == first
            work.commit()

    def test_first_sign_ins_at_once_add_one_user(self, store: Store) -> None:
        def sign_in(_: int) -> int:
            with store() as work:
                user = work.users.ensure_keycloak("ann")
                work.commit()
            return int(user.id)

        with ThreadPoolExecutor(8) as pool:
            assert len(set(pool.map(sign_in, range(16)))) == 1

    def test_ssh_credentials_are_replaced_whole(self, store: Store) -> None:
        old, new = SshCredentials(b"c1", b"k1"), SshCredentials(b"c2", b"k2")
        with store() as work:
            user = work.users.ensure_keycloak("ann")
            work.users.ensure_keycloak("bob")
            assert work.users.with_ssh() == []
            assert work.users.set_ssh(user.id, old)
            work.commit()
        with store() as work:
            assert [(u.id, u.ssh) for u in work.users.with_ssh()] == [(user.id, old)]
            assert not work.users.set_ssh(user.id, new, instead_of=new)
            assert work.users.set_ssh(user.id, new, instead_of=old)
            assert work.users.by_id(user.id).ssh == new
            assert not work.users.set_ssh(user.id + 100, new)
            work.commit()
        with store() as work:
            assert work.users.set_ssh(user.id, None)
            assert work.users.with_ssh() == []
            assert work.users.by_id(user.id).ssh is None

    def test_the_newest_refresh_token_is_replaced_once_it_is_old_enough(self, store: Store) -> None:
        user_id = add_user(store)
        with store() as work:
            work.users.start_session(user_id, "s", at(10), at(100))
            work.commit()
        # Minute, generation that is shown, generation in force afterwards.
        for minute, shown, good in (
            (0, 0, 1), (0, 0, 1), (0, 1, 1), (1, 0, 1), (2, 1, 2), (3, 1, 2), (3, 2, 2), (9, 1, 3),
        ):  # fmt: skip
            with store(one_change=True) as work:
                renewed = work.users.renew_session(user_id, "s", renewal(minute, shown))
                work.commit()
            assert renewed == RenewedSession(good, at(minute + 10)), (minute, shown)
        with store() as work:
            for shown in (0, 2, 4, -1):
                assert work.users.renew_session(user_id, "s", renewal(9, shown)) is None
            assert work.users.session_is_open(user_id, "s", at(18))

    def test_a_session_is_not_renewed_beyond_its_end(self, store: Store) -> None:
        user_id = add_user(store)
        with store() as work:
            work.users.start_session(user_id, "s", at(10), at(15))
            work.users.start_session(user_id, "old", at(10))
            for minute, expires in ((1, at(11)), (8, at(15)), (14, at(15))):
                renewed = work.users.renew_session(user_id, "s", renewal(minute, 0))
                assert renewed is not None
                assert renewed.expires == expires
            assert work.users.renew_session(user_id, "s", renewal(15, 0)) is None
            # One without an end gets that of its first renewal.
            first = work.users.renew_session(user_id, "old", renewal(1, 0, ends=at(12)))
            second = work.users.renew_session(user_id, "old", renewal(9, 0, ends=at(200)))
            assert (first, second) == (RenewedSession(1, at(11)), RenewedSession(2, at(12)))

    def test_only_an_open_session_of_this_user_is_renewed(self, store: Store) -> None:
        ann, bob = add_user(store), add_user(store, "bob")
        with store() as work:
            for name in ("s", "over", "out"):
                work.users.start_session(ann, name, at(1 if name == "over" else 10))
            work.users.sign_out(ann, "out", at(0))
            for owner, name in ((bob, "s"), (ann, "over"), (ann, "out"), (ann, "none")):
                assert work.users.renew_session(owner, name, renewal(1, 0)) is None
            assert not work.users.session_is_open(bob, "s", at(0))

    def test_a_token_that_was_replaced_ends_the_session(self, store: Store) -> None:
        ann, bob = add_user(store), add_user(store, "bob")
        with store() as work:
            for name in ("s", "t"):
                work.users.start_session(ann, name, at(10))
            work.users.renew_session(ann, "s", renewal(0, 0))
            work.users.renew_session(ann, "s", renewal(2, 1))
            for owner, name, shown in ((ann, "s", 2), (ann, "s", 1), (bob, "s", 0), (ann, "t", 0)):
                assert not work.users.end_replayed_session(owner, name, shown)
            assert work.users.session_is_open(ann, "s", NOW)
            assert work.users.end_replayed_session(ann, "s", 0)
            assert not work.users.end_replayed_session(ann, "s", 0)
            assert not work.users.session_is_open(ann, "s", NOW)
            assert work.users.session_is_open(ann, "t", NOW)
            assert not work.users.signed_out(ann, "s")

    def test_that_a_user_signed_out_is_remembered(self, store: Store) -> None:
        ann, bob = add_user(store), add_user(store, "bob")
        with store() as work:
            work.users.start_session(ann, "s", at(10))
            work.users.start_session(ann, "t", at(10))
            work.users.sign_out(bob, "s", NOW)
            assert work.users.session_is_open(ann, "s", NOW)
            for name in ("s", "s", "forgotten"):
                work.users.sign_out(ann, name, NOW)
            work.commit()
        with store() as work:
            for name in ("s", "forgotten"):
                assert work.users.signed_out(ann, name)
                assert not work.users.signed_out(bob, name)
                # By a clock that is behind, too.
                assert not work.users.session_is_open(ann, name, NOW - timedelta(hours=1))
                assert work.users.of_session(ann, name, NOW - timedelta(hours=1)) is None
                assert not work.users.extend_session(ann, name, NOW - timedelta(hours=1), at(20))
                work.users.end_session(ann, name)
            assert not work.users.signed_out(ann, "t")
            # Nobody is there to remember it of.
            work.users.sign_out(bob + 1000, "nobody", NOW)
            assert not work.users.signed_out(bob + 1000, "nobody")
            assert work.directory.named("ann", NOW)[0].open_sessions == 1
            assert work.directory.end_sessions(ann) == 1
            work.users.forget_sessions(at(1), NOW)
            assert work.users.signed_out(ann, "s")
            work.users.forget_sessions(at(1), at(1))
            assert not work.users.signed_out(ann, "s")
            work.users.sign_out(ann, "s", NOW)
            work.directory.remove(ann)
            assert not work.users.signed_out(ann, "s")

    def test_an_open_session_is_extended_a_closed_one_is_not(self, store: Store) -> None:
        user_id = add_user(store)
        with store() as work:
            work.users.start_session(user_id, "a", LATER)
            assert work.users.extend_session(user_id, "a", NOW, LATER + timedelta(hours=1))
            assert work.users.session_is_open(user_id, "a", LATER)
            assert not work.users.extend_session(user_id + 1, "a", NOW, LATER)
            assert not work.users.extend_session(user_id, "b", NOW, LATER)
            after = LATER + timedelta(hours=1)
            assert not work.users.extend_session(user_id, "a", after, after + timedelta(hours=1))

    def test_all_sessions_of_one_user_end(self, store: Store) -> None:
        ann, bob = add_user(store), add_user(store, "bob")
        with store() as work:
            for owner, name in ((ann, "a1"), (ann, "a2"), (bob, "b")):
                work.users.start_session(owner, name, LATER)
            assert work.directory.end_sessions(ann) == 2
            assert [
                work.users.session_is_open(owner, name, NOW)
                for owner, name in ((ann, "a1"), (ann, "a2"), (bob, "b"))
            ] == [False, False, True]
