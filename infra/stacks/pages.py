"""The pages that anybody may open, and the pixel: what answers them, and what that may do.

A part of the functions' stack, made in its scope: each function is where it would be without this
module, so nothing that is deployed is replaced.
"""

from aws_cdk import aws_events as events
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import grants
from infra.constructs.function_maker import FunctionMaker
from infra.constructs.python_function import PythonFunction
from infra.constructs.shared_layers import SharedLayers
from infra.stacks.storage import StorageStack
from infra.variables import Variables


class Pages:
    """Functions that answer without a token; ``render_boleto`` answers the API as well."""

    def __init__(
        self,
        scope: Construct,
        *,
        make: FunctionMaker,
        shared: SharedLayers,
        storage: StorageStack,
        told: Variables,
        bus: events.IEventBus,
        hits: sqs.Queue,
    ) -> None:
        self._scope, self._make, self._shared = scope, make, shared
        self._storage, self._told, self._bus, self._hits = storage, told, bus, hits
        self._at_most = make.settings.public_reserved_concurrency
        self._links = told.tracking() | {"REGUA_PAGE_DAYS": str(make.settings.page_days)}
        self.track_open = self._track_open()
        self.render_boleto = self._render_boleto()
        self.confirm_reading = self._confirm_reading()
        self.customer_page = self._customer_page()
        self.verify_evidence = self._verify_evidence()

    @property
    def functions(self) -> list[PythonFunction]:
        """Return all of them."""
        return [*self.silent, self.confirm_reading, self.customer_page]

    @property
    def silent(self) -> list[PythonFunction]:
        """Return those that announce no facts on the bus."""
        return [self.track_open, self.render_boleto, self.verify_evidence]

    # What exists -------------------------------------------------------------------------------

    def _track_open(self) -> PythonFunction:
        """Build the public function: standard library only, so no vendor layer to load."""
        return PythonFunction(
            self._scope,
            "TrackOpen",
            name="track_open",
            profile=self._make.profile,
            layers=[self._shared.regua],
            timeout=self._make.settings.timeout(15),
            memory_mb=256,
            reserved_concurrency=self._at_most,
            environment=self._told.time_travel()
            | self._told.tracking()
            | {"REGUA_HITS_QUEUE_URL": self._hits.queue_url},
        )

    def _render_boleto(self) -> PythonFunction:
        """Build the function that prints: the only one with the libraries that draw."""
        told = self._told
        return self._make.function(
            self._scope,
            "render_boleto",
            layers=(self._shared.documents,),
            timeout=15,
            memory_mb=1024,
            environment=told.tables()
            | told.shards()
            | told.exchange()
            | told.time_travel()
            | self._links,
        )

    def _confirm_reading(self) -> PythonFunction:
        """Build the page where a recipient confirms that they read a message."""
        told = self._told
        return self._make.function(
            self._scope,
            "confirm_reading",
            timeout=15,
            memory_mb=512,
            reserved_concurrency=self._at_most,
            environment=told.stores() | told.evidence() | told.time_travel() | told.tracking(),
        )

    def _customer_page(self) -> PythonFunction:
        """Build the page that every message leads to."""
        told = self._told
        return self._make.function(
            self._scope,
            "customer_page",
            layers=(self._shared.page,),
            timeout=20,
            memory_mb=1024,
            reserved_concurrency=self._at_most,
            environment=told.stores()
            | told.exchange()
            | told.evidence()
            | told.time_travel()
            | self._links,
        )

    def _verify_evidence(self) -> PythonFunction:
        """Build the public page that recomputes reports; who asks is as unknown as who opens."""
        return self._make.function(
            self._scope,
            "verify_evidence",
            layers=(self._shared.evidence,),
            timeout=29,
            memory_mb=1024,
            reserved_concurrency=self._at_most,
            environment=self._told.seals(),
        )

    # What is known once everything exists ------------------------------------------------------

    def bind(self, *, tracking_base_url: str, charges: sqs.Queue) -> None:
        """Add the variables that name things made after the functions, and say who may do what."""
        page = self.customer_page
        page.function.add_environment("REGUA_TRACKING_BASE_URL", tracking_base_url)
        page.function.add_environment("REGUA_CHARGE_QUEUE_URL", charges.queue_url)
        grants.send(page, charges)
        grants.send(self.track_open, self._hits)
        self._grant_render_boleto(self.render_boleto)
        self._grant_confirm_reading(self.confirm_reading)
        self._grant_customer_page(page)
        self._grant_verify_evidence(self.verify_evidence)
        for who in (self.track_open, self.render_boleto, self.confirm_reading, page):
            grants.read_secret(who, self._storage.tracking_secret_arn)
            grants.decrypt(who, self._storage.key, "secretsmanager")

    def _grant_render_boleto(self, who: PythonFunction) -> None:
        grants.read_items(who, self._storage.portfolio)
        grants.read_items(who, self._storage.messages)
        grants.update_items(who, self._storage.exchange)  # every call is counted
        grants.encrypt(who, self._storage.key, "dynamodb")

    def _grant_confirm_reading(self, who: PythonFunction) -> None:
        grants.read_items(who, self._storage.portfolio)
        grants.read_items(who, self._storage.messages)
        grants.update_items(who, self._storage.messages)
        grants.publish(who, self._bus)
        self._grant_evidence(who)

    def _grant_customer_page(self, who: PythonFunction) -> None:
        """Grant what the customer's acts need: accounts, what is planned, agreements, evidence."""
        grants.write_invoices(who, self._storage.portfolio, self._bus)
        grants.read_items(who, self._storage.messages)
        grants.update_items(who, self._storage.messages)
        grants.get_items(who, self._storage.exchange)  # drafts of a creditor's page
        grants.read_objects(who, self._storage.evidence, "raw/")  # whom a message went to
        self._grant_evidence(who)

    def _grant_evidence(self, who: PythonFunction) -> None:
        grants.prove(who, self._storage, emulated=self._make.settings.emulated)

    def _grant_verify_evidence(self, who: PythonFunction) -> None:
        grants.get_reports(who, self._storage.messages)
        grants.read_objects(who, self._storage.evidence, "reports/")
        grants.read_public_key(who, self._storage.signing_key)
        grants.read_secret(who, self._storage.tsa_secret_arn)
        grants.decrypt(who, self._storage.key, "dynamodb", "s3", "secretsmanager")
