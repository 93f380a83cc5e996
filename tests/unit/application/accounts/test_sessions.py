"""Sessions with real tokens, on hosts whose clocks and keys differ."""

from datetime import timedelta

import jwt
import pytest

from adapters.auth.jwt_tokens import JwtTokenIssuer, _token_key
from application.accounts.session_terms import SessionTerms
from application.accounts.sign_in import SentTokens, Session, Sessions
from domain.errors import NotAuthenticated, RefreshTokenReplayed
from tests.contracts.persistence import add_user
from tests.fakes.execution import FixedClock
from tests.fakes.persistence import FakeStore
from tests.fakes.security import PlainPasswordHasher

FIRST, SECOND = "the first secret key of a test", "the second secret key of a test"
THIRD = 200
"""Seconds after which the frontend asks for new tokens."""


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


def sessions(
    store: FakeStore, clock: FixedClock, *keys: str, terms: SessionTerms | None = None
) -> Sessions:
    tokens = JwtTokenIssuer(clock, *(keys or (FIRST,)))
    return Sessions(store, PlainPasswordHasher(), tokens, clock, terms or SessionTerms())


def opened(store: FakeStore, made: Sessions) -> Session:
    user_id = add_user(store)
    with store() as work:
        session = made.open(work, user_id)
        work.commit()
    return session


def test_the_secret_key_is_changed_under_sessions_in_use(
    store: FakeStore, clock: FixedClock
) -> None:
    session = opened(store, sessions(store, clock, FIRST))
    both = sessions(store, clock, SECOND, FIRST)
    for _ in range(50):
        clock.advance(THIRD)
        session = both.refresh(session.refresh.text)
        assert both.user(session.access.text).username == "ann"
    second = sessions(store, clock, SECOND)
    assert second.user(session.access.text).username == "ann"
    session = second.refresh(session.refresh.text)
    with pytest.raises(NotAuthenticated, match="sign in again"):
        sessions(store, clock, FIRST).refresh(session.refresh.text)


def test_tokens_of_the_program_before_are_good_until_they_expire(
    store: FakeStore, clock: FixedClock
) -> None:
    made = sessions(store, clock)
    session = opened(store, made)
    old = {}
    for kind, seconds in (("access", 600), ("refresh", 7200)):
        key, audience = _token_key(FIRST), {"audience": kind, "issuer": "yaptide"}
        text = getattr(session, kind).text
        options = {"verify_exp": False, "verify_iat": False}
        claims = jwt.decode(text, key, ["HS256"], options, **audience)
        # It knew nothing of generations, and said everything else as it is said now.
        assert claims.pop("gen") == 0
        assert claims["exp"] - claims["iat"] == seconds
        assert claims.keys() == {"iss", "aud", "sub", "iat", "exp", "sid"}
        old[kind] = jwt.encode(claims, key, "HS256")
    assert made.enter(SentTokens(**old)).user.username == "ann"
    clock.advance(THIRD)
    renewed = made.refresh(old["refresh"])
    clock.advance(7200 - THIRD - 1)
    made.refresh(old["refresh"])
    clock.advance(1)
    with pytest.raises(NotAuthenticated, match="has ended"):
        made.refresh(old["refresh"])
    assert renewed.refresh.expires > clock.now()


@pytest.mark.parametrize("skew", [-25, 25])
def test_hosts_whose_clocks_differ_share_sessions(
    store: FakeStore, clock: FixedClock, skew: float
) -> None:
    other_clock = FixedClock(clock.moment + timedelta(seconds=skew))
    hosts = [sessions(store, clock), sessions(store, other_clock)]
    session = opened(store, hosts[0])
    for turn in range(200):
        for moved in (clock, other_clock):
            moved.advance(THIRD)
        # Two tabs at the same moment, by either host; the answers come in either order.
        shown = session.refresh.text
        answers = [hosts[turn % 2].refresh(shown), hosts[1 - turn % 2].refresh(shown)]
        session = answers[turn // 2 % 2]
        for host in hosts:
            assert host.user(session.access.text).username == "ann"
    hosts[0].log_out(SentTokens(refresh=session.refresh.text))
    for host in hosts:
        with pytest.raises(NotAuthenticated, match="No token provided"):
            host.user(session.access.text)
        with pytest.raises(NotAuthenticated, match="No token provided"):
            host.refresh(session.refresh.text)


def test_a_replay_is_told_from_a_session_that_is_over(store: FakeStore, clock: FixedClock) -> None:
    made = sessions(store, clock)
    first = session = opened(store, made)
    for _ in range(2):
        clock.advance(THIRD)
        session = made.refresh(session.refresh.text)
    with pytest.raises(RefreshTokenReplayed) as replayed:
        made.refresh(first.refresh.text)
    assert [replayed.value.user_id] == list(store.state.users)
    for text in (first.refresh.text, session.refresh.text):
        with pytest.raises(NotAuthenticated) as over:
            made.refresh(text)
        assert not isinstance(over.value, RefreshTokenReplayed)


@pytest.mark.parametrize(("access", "overlap"), [(600, 60), (120, 60), (10, 5), (86400, 60)])
def test_an_old_token_stays_good_for_a_minute_or_half_of_a_shorter_life(
    access: float, overlap: float
) -> None:
    assert SessionTerms(access=timedelta(seconds=access)).overlap == timedelta(seconds=overlap)


def test_terms_are_those_that_were_set(store: FakeStore, clock: FixedClock) -> None:
    seconds = timedelta(seconds=1)
    made = sessions(store, clock, terms=SessionTerms(30 * seconds, 60 * seconds, 100 * seconds))
    session = opened(store, made)
    begun = clock.now()
    for after, access, refresh in ((0, 30, 60), (20, 50, 80), (50, 80, 100), (90, 120, 100)):
        clock.moment = begun + after * seconds
        session = made.refresh(session.refresh.text)
        assert session.access.expires == begun + access * seconds
        assert session.refresh.expires == begun + refresh * seconds


def test_a_session_ends_with_its_refresh_token(store: FakeStore, clock: FixedClock) -> None:
    clock.moment += timedelta(microseconds=700_000)
    made = sessions(store, clock, terms=SessionTerms(longest=timedelta(hours=3)))
    session = opened(store, made)
    for _ in range(2):
        clock.moment = session.refresh.expires - timedelta(microseconds=300_000)
        session = made.refresh(session.refresh.text)
        (kept,) = store.state.sessions.values()
        assert kept.expires == session.refresh.expires
    clock.moment = session.refresh.expires
    for sent in (SentTokens(access=session.access.text), SentTokens(refresh=session.refresh.text)):
        with pytest.raises(NotAuthenticated, match="has ended"):
            made.enter(sent)
