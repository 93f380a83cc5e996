from datetime import timedelta

import pytest
from falcon.testing import Result

from application.accounts.sign_in import SentTokens
from application.accounts.sign_in_with_keycloak import CertifyUser, SignInWithKeycloak
from domain.errors import NotAllowed, NotAuthenticated, SshCredentialsMissing, Unavailable
from tests.unit.adapters.auth.certificates import FROM, make_pair
from tests.unit.adapters.http.conftest import Browser, Service


def post(browser: Browser, token: str = "t", name: str = "ann") -> Result:
    headers = {"Authorization": f"Bearer {token}"}
    return browser("POST", "/auth/keycloak", {"username": name}, headers=headers)


@pytest.fixture
def keycloak(service: Service) -> Service:
    service.identities.tokens = {"t": "ann", "b": "bob"}
    service.clock.moment = FROM + timedelta(days=1)
    return service


def user_id(service: Service, name: str = "ann") -> int:
    with service.store() as work:
        return work.users.ensure_keycloak(name).id


def test_first_sign_in_adds_the_user_and_opens_a_session(keycloak: Service) -> None:
    browser = Browser(keycloak)
    result = post(browser)
    assert result.status_code == 202
    now = int(keycloak.clock.now().timestamp() * 1000)
    assert type(result.json["access_exp"]) is int
    assert now < result.json["access_exp"] <= now + 3_600_000
    cookie = result.cookies["access_token"]
    assert (cookie.http_only, cookie.path, cookie.same_site) == (True, "/", "Lax")
    status = browser("GET", "/auth/status").json
    assert (status["username"], status["source"]) == ("ann", "keycloak")
    assert "t" not in result.cookies["access_token"].value.split(":")


def test_a_local_user_of_the_same_name_is_somebody_else(keycloak: Service) -> None:
    local = Browser(keycloak).sign_in("ann")
    job_id = local.submit()
    other = Browser(keycloak)
    post(other)
    assert other("GET", "/user/simulations").json["simulations"] == []
    assert other("GET", "/jobs", params={"job_id": job_id}).status_code in (403, 404)


def test_the_body_can_not_name_somebody_else(keycloak: Service) -> None:
    browser = Browser(keycloak)
    assert post(browser, name="bob").status_code == 403
    assert "access_token" not in browser.cookies
    with keycloak.store() as work:
        assert not work.users.state.users


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotAuthenticated("expired"), 401),
        (NotAllowed("no access"), 403),
        (Unavailable("can't be reached"), 503),
    ],
)
def test_refusals(keycloak: Service, error: Exception, status: int) -> None:
    keycloak.identities.tokens["t"] = error
    browser = Browser(keycloak)
    result = post(browser)
    assert (result.status_code, result.json["message"]) == (status, str(error))
    assert "access_token" not in browser.cookies
    assert Browser(keycloak).sign_in("local")("GET", "/auth/status").status_code == 200


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer  ", "Basic dDp0", "t"])
def test_without_a_bearer_token_there_is_no_token(keycloak: Service, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    result = Browser(keycloak)("POST", "/auth/keycloak", {"username": "ann"}, headers=headers)
    assert (result.status_code, result.json["message"]) == (401, "No token provided")


def test_names_that_are_no_names_are_refused(keycloak: Service) -> None:
    for name in ("a\nb", " ann", "x" * 300):
        keycloak.identities.tokens["t"] = name
        assert post(Browser(keycloak), name=name).status_code == 403


def test_signing_in_again_goes_on_with_the_session_and_logout_ends_all_of_it(
    keycloak: Service,
) -> None:
    browser = Browser(keycloak)
    post(browser)
    first = Browser(keycloak)
    first.cookies = dict(browser.cookies)
    keycloak.clock.moment += timedelta(minutes=5)
    post(browser)
    assert browser("DELETE", "/auth/keycloak").status_code == 200
    assert not browser.cookies
    assert first("GET", "/auth/status").status_code == 401


def test_a_session_that_was_ended_stays_ended(keycloak: Service) -> None:
    browser = Browser(keycloak)
    post(browser)
    old = Browser(keycloak)
    old.cookies = dict(browser.cookies)
    browser("DELETE", "/auth/keycloak")
    again = Browser(keycloak)
    again.cookies = dict(old.cookies)
    assert post(again).status_code == 202
    assert again("GET", "/auth/status").status_code == 200
    assert old("GET", "/auth/status").status_code == 401


def test_a_session_in_use_is_one_session_for_days(keycloak: Service) -> None:
    browser = Browser(keycloak)
    for _ in range(3 * 86400 // 200):
        answer = post(browser)
        assert answer.json["access_exp"] == int((keycloak.clock.now().timestamp() + 600) * 1000)
        keycloak.clock.advance(200)
    assert browser("GET", "/auth/status").status_code == 200
    assert len(keycloak.store.state.sessions) == 1


def test_one_that_keycloak_does_not_vouch_for_any_more_ends_with_a_word(
    keycloak: Service,
) -> None:
    browser = Browser(keycloak)
    cookie = post(browser).cookies["access_token"]
    assert cookie.expires is not None
    assert cookie.expires - keycloak.clock.now() > timedelta(days=300)
    keycloak.clock.advance(600)
    for path, message in (
        ("/user/simulations", "Your session has ended: sign in again"),
        ("/clusters", "Your session has ended: sign in again"),
        # Polled; and the frontend asks for no refresh but at log-outs and page loads.
        ("/jobs/batch?job_id=x", "No token provided"),
        ("/auth/refresh", "No token provided"),
    ):
        result = browser("GET", path)
        assert (result.status_code, result.json) == (401, {"message": message})
    assert post(browser).status_code == 202
    assert browser("GET", "/auth/status").status_code == 200


def test_another_user_gets_another_session(keycloak: Service) -> None:
    browser = Browser(keycloak)
    post(browser)
    ann = dict(browser.cookies)
    post(browser, "b", "bob")
    assert browser("GET", "/auth/status").json["username"] == "bob"
    browser.cookies = ann
    assert browser("GET", "/auth/status").json["username"] == "ann"


def test_without_keycloak_sign_in_says_so(keycloak: Service) -> None:
    certify = CertifyUser(None, keycloak.credentials)
    sessions = keycloak.use_cases.sessions
    with pytest.raises(Unavailable, match="not configured"):
        SignInWithKeycloak(keycloak.store, None, sessions, certify)("t", "ann", SentTokens())
    assert Browser(keycloak)("DELETE", "/auth/keycloak").status_code == 200


def test_the_certificate_is_fetched_with_the_token_and_kept(keycloak: Service) -> None:
    pair = keycloak.certificates.pair = make_pair("ann")
    result = post(Browser(keycloak))
    assert keycloak.certificates.asked == ["t"]
    assert keycloak.credentials.for_user(user_id(keycloak)) == pair
    assert "PRIVATE" not in result.text


def test_a_fresh_certificate_is_not_fetched_again(keycloak: Service) -> None:
    keycloak.certificates.pair = make_pair("ann")
    browser = Browser(keycloak)
    post(browser)
    post(browser)
    assert len(keycloak.certificates.asked) == 1


def test_a_failing_certificate_service_stops_nobody_and_wipes_nothing(keycloak: Service) -> None:
    assert post(Browser(keycloak)).status_code == 202
    with pytest.raises(SshCredentialsMissing):
        keycloak.credentials.for_user(user_id(keycloak))
    good = keycloak.certificates.pair = make_pair("ann")
    post(Browser(keycloak))
    keycloak.clock.moment = FROM + timedelta(days=300)
    for bad in (None, make_pair("bob")):
        keycloak.certificates.pair = bad
        assert post(Browser(keycloak)).status_code == 202
        assert keycloak.credentials.for_user(user_id(keycloak)) == good
    assert len(keycloak.certificates.asked) == 4
