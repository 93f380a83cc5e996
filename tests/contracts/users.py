"""What every store of users must do. Subclasses give `store`."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from domain.errors import UserExists
from domain.users import SshCredentials
from tests.contracts.persistence import LATER, NOW, Store, add_user


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
