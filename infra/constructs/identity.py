"""Who may call the API: machines with a secret and scopes, people with a role, and an operator.

Which role has which scope is checked by the functions (`regua.domain.access`); a person's token
has every scope of the console.
"""

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from infra.outputs import pascal

RESOURCE_SERVER = "regua"
PLATFORM = "platform.admin"
"""The scope that no tenant's machine and no person has."""
ROLES = {
    "admin": "Everything a creditor may do, its people and machines included",
    "analyst": "Rulers, imports and plans; reads what there is",
    "collector": "Works on invoices, customers and agreements",
    "auditor": "Reads, and issues evidence reports",
}
SESSION_HOURS = 12
INVITATION_SUBJECT = "Seu acesso à Régua"
INVITATION = """<p>Olá!</p>
<p>Você foi convidado(a) a usar a Régua. Entre com o e-mail <b>{username}</b> e a senha provisória
<b>{####}</b>, válida por 7 dias. No primeiro acesso, escolha uma nova senha.</p>
<p>Se você não esperava este convite, basta ignorar esta mensagem.</p>"""

SCOPES = {
    "invoices.read": "Read invoices and their timelines",
    "invoices.write": "Register invoices, payments, cancellations, holds, promises and disputes",
    "customers.read": "Read customers",
    "customers.write": "Register customers, holds and results of contacts",
    "rulers.read": "Read rulers and offers, simulate rulers, read what experiments brought",
    "rulers.write": "Write rulers, who follows which, and what is offered to settle debts",
    "reconciliation.read": "Read the daily reconciliation",
    "evidence.read": "Read messages, their evidence and issued reports",
    "evidence.write": "Issue evidence reports",
    "evidence.erase": "Make what is personal in a customer's evidence unreadable, for ever",
    "events.read": "Read the feed of events and acknowledge them",
    "hooks.read": "Read the doors through which other systems post to us",
    "hooks.write": "Open and shut doors for other systems, and give them other keys",
    "webhooks.read": "Read webhooks and what became of deliveries",
    "webhooks.write": "Register webhooks, rotate their secrets and have events delivered again",
    "creditor.read": "Read the creditor's own document, its sender domains and its page",
    "creditor.write": "Change the creditor's own document and page, and claim sender domains",
    "clients.write": "Make, list and delete API clients",
    "users.write": "Invite people, change their roles and send them away",
    "imports.read": "Read imports, what became of every row, and mappings",
    "imports.write": "Upload files, start and stop imports, and write mappings",
    "plans.read": "Read recurring plans",
    "plans.write": "Write and end recurring plans",
    "agreements.read": "Read what customers are offered, and agreements",
    "agreements.write": "Make agreements for customers, approve, refuse and cancel them",
    "platform.admin": "Set up tenants; for whoever runs the deployment and for no tenant",
}


def scope_name(scope: str) -> str:
    """Return a scope as it appears in a token.

    >>> scope_name("invoices.read")
    'regua/invoices.read'
    """
    return f"{RESOURCE_SERVER}/{scope}"


class Identity(Construct):
    """A user pool: machines by client credentials, people by invitation, and one operator."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        clients: tuple[str, ...],
        domain_prefix: str | None,
        removal_policy: RemovalPolicy,
        deletion_protection: bool,
        console_urls: tuple[str, ...] = (),
        mfa_required: bool = True,
    ) -> None:
        """Build the pool.

        Args:
            scope: where it belongs.
            id_: its name there.
            clients: names of machines that are made with the deployment.
            domain_prefix: of the sign-in page and the token endpoint.
            removal_policy: what becomes of the pool when its stack goes.
            deletion_protection: whether the pool refuses to go.
            console_urls: where people return to after they signed in or out; without any there is
                no client for people.
            mfa_required: whether people need a second factor, or may have one.
        """
        super().__init__(scope, id_)
        self.pool = self._pool(
            removal_policy, mfa_required=mfa_required, deletion_protection=deletion_protection
        )
        self.domain = self.pool.add_domain(
            "Domain",
            cognito_domain=cognito.CognitoDomainOptions(
                domain_prefix=domain_prefix or f"regua-{Aws.ACCOUNT_ID}"
            ),
        )
        granted = self._scopes()
        tenants = [each for name, each in granted.items() if name != PLATFORM]
        self.clients = {name: self._machine(f"Client{pascal(name)}", tenants) for name in clients}
        self.operator = self._machine("Operator", [granted[PLATFORM]])
        self.console = self._console(tenants, console_urls) if console_urls else None
        for precedence, (name, description) in enumerate(ROLES.items(), start=1):
            cognito.CfnUserPoolGroup(
                self,
                f"Role{pascal(name)}",
                user_pool_id=self.pool.user_pool_id,
                group_name=name,
                description=description,
                precedence=precedence,
            )

    @property
    def issuer(self) -> str:
        """Say who signs the tokens."""
        return f"https://cognito-idp.{Aws.REGION}.{Aws.URL_SUFFIX}/{self.pool.user_pool_id}"

    @property
    def audience(self) -> list[str]:
        """Say whose tokens the API takes from the first moment; `admin` adds those it makes."""
        people = [] if self.console is None else [self.console]
        made = [*self.clients.values(), self.operator, *people]
        return [client.user_pool_client_id for client in made]

    def _pool(
        self, removal_policy: RemovalPolicy, *, mfa_required: bool, deletion_protection: bool
    ) -> cognito.UserPool:
        """Build the pool: nobody signs up, and a user's name is its e-mail address."""
        return cognito.UserPool(
            self,
            "Pool",
            self_sign_up_enabled=False,
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            auto_verify=cognito.AutoVerifiedAttrs(email=True),
            mfa=cognito.Mfa.REQUIRED if mfa_required else cognito.Mfa.OPTIONAL,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            user_invitation=cognito.UserInvitationConfig(
                email_subject=INVITATION_SUBJECT, email_body=INVITATION
            ),
            removal_policy=removal_policy,
            deletion_protection=deletion_protection,
            password_policy=cognito.PasswordPolicy(
                min_length=16,
                require_digits=True,
                require_lowercase=True,
                require_uppercase=True,
                require_symbols=True,
                temp_password_validity=Duration.days(7),
            ),
        )

    def _scopes(self) -> dict[str, cognito.OAuthScope]:
        """Register the scopes, and return what lets a client have each."""
        scopes = {
            name: cognito.ResourceServerScope(scope_name=name, scope_description=description)
            for name, description in SCOPES.items()
        }
        server = self.pool.add_resource_server(
            "Scopes", identifier=RESOURCE_SERVER, scopes=list(scopes.values())
        )
        return {
            name: cognito.OAuthScope.resource_server(server, each) for name, each in scopes.items()
        }

    def _machine(self, id_: str, scopes: list[cognito.OAuthScope]) -> cognito.UserPoolClient:
        """Build a client with a secret; nobody signs in through it."""
        return self.pool.add_client(
            id_,
            generate_secret=True,
            auth_flows=cognito.AuthFlow(user_srp=False),
            prevent_user_existence_errors=True,
            access_token_validity=Duration.hours(1),
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(client_credentials=True), scopes=scopes
            ),
        )

    def _console(
        self, scopes: list[cognito.OAuthScope], urls: tuple[str, ...]
    ) -> cognito.UserPoolClient:
        """Build the client of people: in a browser, so without a secret; the code needs PKCE."""
        return self.pool.add_client(
            "Console",
            generate_secret=False,
            auth_flows=cognito.AuthFlow(user_srp=True),
            prevent_user_existence_errors=True,
            enable_token_revocation=True,
            access_token_validity=Duration.hours(1),
            id_token_validity=Duration.hours(1),
            refresh_token_validity=Duration.hours(SESSION_HOURS),
            supported_identity_providers=[cognito.UserPoolClientIdentityProvider.COGNITO],
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                scopes=[cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL, *scopes],
                callback_urls=list(urls),
                logout_urls=list(urls),
            ),
        )
