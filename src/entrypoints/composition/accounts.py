"""Joins what `application.accounts` needs."""

from dependency_injector import providers

from application.accounts.change_password import ChangePassword
from application.accounts.cluster_accounts import ClusterAccounts
from application.accounts.sign_in import RegisterUser, Sessions
from application.accounts.sign_in_with_keycloak import CertifyUser, SignInWithKeycloak
from application.accounts.ssh_credentials import StoredSshCredentials
from entrypoints.composition.foundation import Foundation
from entrypoints.composition.sign_in import make_certificate_service, make_identity_provider


class Accounts(Foundation):
    """Sign-in, passwords, and the users' ways into clusters."""

    ssh_credentials = providers.Factory(
        StoredSshCredentials,
        Foundation.unit_of_work.provider,
        Foundation.secret_box,
        Foundation.certificate_reader,
        Foundation.clock,
    )
    accounts = providers.Factory(ClusterAccounts, Foundation.unit_of_work.provider, ssh_credentials)
    register_user = providers.Factory(
        RegisterUser, Foundation.unit_of_work.provider, Foundation.hasher, Foundation.clock
    )
    sessions = providers.Factory(
        Sessions,
        Foundation.unit_of_work.provider,
        Foundation.hasher,
        Foundation.tokens,
        Foundation.clock,
        Foundation.settings.provided.session_terms,
    )
    change_password = providers.Factory(
        ChangePassword,
        Foundation.unit_of_work.provider,
        Foundation.hasher,
        sessions,
        Foundation.clock,
    )
    sign_in_with_keycloak = providers.Singleton(
        SignInWithKeycloak,
        Foundation.unit_of_work.provider,
        providers.Singleton(make_identity_provider, Foundation.settings, Foundation.clock),
        sessions,
        providers.Factory(
            CertifyUser,
            providers.Singleton(make_certificate_service, Foundation.settings),
            ssh_credentials,
        ),
    )
