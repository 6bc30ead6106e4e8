"""Who may call the API: machines with a client id, a secret and the scopes they were given."""

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_cognito as cognito
from constructs import Construct

RESOURCE_SERVER = "regua"

SCOPES = {
    "invoices.read": "Read invoices and their timelines",
    "invoices.write": "Register invoices, payments, cancellations, holds, promises and disputes",
    "customers.read": "Read customers",
    "customers.write": "Register customers, holds and results of contacts",
    "rulers.read": "Read rulers, simulate them and read what experiments brought",
    "rulers.write": "Write rulers and who follows which",
    "reconciliation.read": "Read the daily reconciliation",
    "evidence.read": "Read messages, their evidence and issued reports",
    "evidence.write": "Issue evidence reports",
    "evidence.erase": "Make what is personal in a customer's evidence unreadable, for ever",
}


def scope_name(scope: str) -> str:
    """Return a scope as it appears in a token.

    >>> scope_name("invoices.read")
    'regua/invoices.read'
    """
    return f"{RESOURCE_SERVER}/{scope}"


class Identity(Construct):
    """A user pool without users: OAuth 2.0 client credentials only."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        clients: tuple[str, ...],
        domain_prefix: str | None,
        removal_policy: RemovalPolicy,
        deletion_protection: bool,
    ) -> None:
        super().__init__(scope, id_)
        self.pool = cognito.UserPool(
            self,
            "Pool",
            self_sign_up_enabled=False,
            removal_policy=removal_policy,
            deletion_protection=deletion_protection,
            password_policy=cognito.PasswordPolicy(
                min_length=16,
                require_digits=True,
                require_lowercase=True,
                require_uppercase=True,
                require_symbols=True,
            ),
        )
        scopes = [
            cognito.ResourceServerScope(scope_name=name, scope_description=description)
            for name, description in SCOPES.items()
        ]
        server = self.pool.add_resource_server("Scopes", identifier=RESOURCE_SERVER, scopes=scopes)
        self.domain = self.pool.add_domain(
            "Domain",
            cognito_domain=cognito.CognitoDomainOptions(
                domain_prefix=domain_prefix or f"regua-{Aws.ACCOUNT_ID}"
            ),
        )
        self.clients = {
            name: self.pool.add_client(
                f"Client{name.title().replace('-', '').replace('_', '')}",
                generate_secret=True,
                auth_flows=cognito.AuthFlow(),
                prevent_user_existence_errors=True,
                access_token_validity=Duration.hours(1),
                o_auth=cognito.OAuthSettings(
                    flows=cognito.OAuthFlows(client_credentials=True),
                    scopes=[cognito.OAuthScope.resource_server(server, each) for each in scopes],
                ),
            )
            for name in clients
        }

    @property
    def issuer(self) -> str:
        """Say who signs the tokens."""
        return f"https://cognito-idp.{Aws.REGION}.{Aws.URL_SUFFIX}/{self.pool.user_pool_id}"
