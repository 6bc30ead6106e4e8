"""What runs: the bus and its rules, the workers, the clock, the API, the channels.

This is the composer: constructs say what a thing is, this file says what talks to what and, at the
end, what each function may do.
"""

from aws_cdk import Aws, IStackSynthesizer, Stack, Tags
from aws_cdk import aws_apigatewayv2 as apigw
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import grants
from infra.constructs.email_channel import EmailChannel
from infra.constructs.event_bus import FACTS_IN, SOURCE, Bus
from infra.constructs.function_maker import FunctionMaker
from infra.constructs.http_api import ReguaHttpApi
from infra.constructs.identity import Identity
from infra.constructs.messaging_channel import MessagingChannel
from infra.constructs.mutual_tls_domain import MutualTlsDomain
from infra.constructs.python_function import FunctionProfile, PythonFunction
from infra.constructs.scheduled import Clock
from infra.constructs.shared_layers import SharedLayers
from infra.constructs.worker import Worker, dead_letter_queue
from infra.outputs import emit, pascal
from infra.retention import log_retention
from infra.settings import (
    EMULATED_API_ID,
    RECEIPTS_BATCH,
    SEND_TIMEOUT_SECONDS,
    StackSettings,
)
from infra.stacks.doors import Doors
from infra.stacks.pages import Pages
from infra.stacks.storage import (
    BY_ACCOUNT,
    BY_DAY,
    DUE,
    LISTED,
    OPEN,
    StorageStack,
)
from infra.variables import Variables

CHANNELS = ("email", "sms", "whatsapp", "voice")
"""Each has a queue and a sender of its own."""


class FunctionsStack(Stack):
    """Everything without data of its own, except the API's client credentials."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: StackSettings,
        storage: StorageStack,
        synthesizer: IStackSynthesizer | None,
    ) -> None:
        super().__init__(scope, id_, synthesizer=synthesizer)
        self._settings = settings
        self._storage = storage
        self._profile = FunctionProfile(
            runtime=settings.runtime,
            architecture=settings.architecture,
            log_retention=log_retention(settings.log_retention_days),
            log_level=settings.log_level,
            removal_policy=settings.removal_policy,
        )
        self._layers = SharedLayers(
            self,
            "Layers",
            runtime=settings.runtime,
            architecture=settings.architecture,
            stage=settings.stage.value,
            vendor=settings.vendor_layer,
            documents=settings.documents_layer,
            evidence=settings.evidence_layer,
            imports=settings.imports_layer,
            page=settings.page_layer,
        )
        self._make = FunctionMaker(
            settings, self._profile, (self._layers.regua, self._layers.vendor)
        )
        self.undelivered = dead_letter_queue(self, "Undelivered")
        self._channel = Bus(
            self,
            "Bus",
            archive_days=None if settings.emulated else settings.archive_days,
        )
        self.bus = self._channel.bus
        self._told = Variables(settings, storage, self.bus)

        self.workers = self._workers()
        self.api_function = self._api_function()
        self.pages = Pages(
            self,
            make=self._make,
            shared=self._layers,
            storage=storage,
            told=self._told,
            bus=self.bus,
            hits=self.workers["hits"].queue,
        )
        self.seal_evidence = self._seal_evidence()
        self.issue_report = self._issue_report()
        self.clock = Clock(
            self,
            "Clock",
            function=self.workers["shards"].handler.function,
            enabled=settings.clock_enabled,
        )
        self.seal_clock = Clock(
            self,
            "SealClock",
            function=self.seal_evidence.function,
            enabled=settings.clock_enabled,
            minutes=5,
            kind="seal",
            description="Seal what is new among the evidence",
            dead_letters=self.clock.dead_letters,
        )
        self.doors = Doors(
            self,
            "Doors",
            make=self._make,
            shared=self._layers,
            storage=storage,
            told=self._told,
            bus=self.bus,
            undelivered=self.undelivered,
            clock_dead_letters=self.clock.dead_letters,
        )
        self.workers |= self.doors.workers
        self.email = EmailChannel(
            self,
            "Email",
            domain=settings.sender_domain,
            key=storage.key,
            receipts=self.workers["receipts"].queue,
            undeliverable=self.undelivered,
            removal_policy=settings.removal_policy,
        )
        self.messaging = MessagingChannel(
            self,
            "Messaging",
            key=storage.key,
            receipts=self.workers["receipts"].queue,
            undeliverable=self.undelivered,
            emulated=settings.emulated,
        )
        self.identity = Identity(
            self,
            "Identity",
            clients=settings.api_clients,
            domain_prefix=settings.auth_domain_prefix,
            console_urls=settings.console_urls,
            mfa_required=settings.mfa_required,
            removal_policy=settings.removal_policy,
            deletion_protection=not settings.ephemeral,
        )
        self.http = self._http()
        self._route_events()
        self._bind_late()
        self._grant()
        self._emit()

    # What exists -------------------------------------------------------------------------------

    def _workers(self) -> dict[str, Worker]:
        return {
            "shards": self._make.worker(
                self,
                "evaluate_ruler",
                "shards",
                timeout=120,
                environment=self._told.stores() | self._told.time_travel(),
            ),
            **{channel: self._sender(channel) for channel in CHANNELS},
            "hits": self._make.worker(
                self,
                "record_hits",
                "hits",
                timeout=30,
                environment=self._told.stores() | self._told.evidence() | self._told.tracking(),
                batch_size=RECEIPTS_BATCH,
                delay_seconds=self._settings.hits_delay_seconds,
            ),
            "receipts": self._make.worker(
                self,
                "track_delivery",
                "receipts",
                timeout=30,
                batch_size=RECEIPTS_BATCH,
                environment=self._told.stores()
                | self._told.evidence()
                | self._told.time_travel()
                | self._told.doubt()
                | {
                    "REGUA_SNS_SIGNATURES": "emulated" if self._settings.emulated else "required",
                },
            ),
            "ingest": self._make.worker(
                self,
                "ingest",
                "ingest",
                timeout=60,
                environment=self._told.stores()
                | self._told.time_travel()
                | {"REGUA_QUARANTINE_BUCKET": self._storage.quarantine.bucket_name},
            ),
        }

    def _sender(self, channel: str) -> Worker:
        """Build one channel's sender: a queue of its own, so that a slow one delays no other."""
        return self._make.worker(
            self,
            f"send_{channel}",
            channel,
            timeout=SEND_TIMEOUT_SECONDS,
            max_concurrency=self._settings.concurrency_of(channel),
            environment=self._told.stores()
            | self._told.evidence()
            | self._told.time_travel()
            | self._told.tracking()
            | self._told.doubt(),
        )

    def _api_function(self) -> PythonFunction:
        return self._make.function(
            self,
            "api",
            timeout=29,
            memory_mb=512,
            environment=self._told.stores()
            | self._told.exchange()
            | self._told.time_travel()
            | self._told.files()
            | self._told.tracking()
            | self._told.private_targets(),
        )

    def _seal_evidence(self) -> PythonFunction:
        """Build the function that seals: two runs at once do no harm, so none is reserved."""
        return self._make.function(
            self,
            "seal_evidence",
            layers=(self._layers.evidence,),
            timeout=300,
            memory_mb=1024,
            environment=self._told.seals() | {"REGUA_SEAL_HEADS": str(self._settings.seal_heads)},
        )

    def _issue_report(self) -> PythonFunction:
        """Build the function that issues reports; the API waits for it no longer than this."""
        return self._make.function(
            self,
            "issue_report",
            layers=(self._layers.evidence,),
            timeout=29,
            memory_mb=2048,
            environment=self._told.tables()
            | self._told.exchange()
            | self._told.shards()
            | self._told.evidence()
            | self._told.seals()
            | {"REGUA_SIGNER_SECRET_ARN": self._storage.signer_secret_arn},
        )

    def _http(self) -> ReguaHttpApi:
        http = ReguaHttpApi(
            self,
            "Http",
            functions={
                each.name: each.function
                for each in (
                    self.api_function,
                    self.issue_report,
                    *self.pages.functions,
                    *self.doors.functions,
                )
            },
            issuer=self.identity.issuer,
            audience=self.identity.audience,
            throttle_rate=self._settings.throttle_rate,
            throttle_burst=self._settings.throttle_burst,
            log_retention=log_retention(self._settings.log_retention_days),
            removal_policy=self._settings.removal_policy,
        )
        if self._settings.emulated:
            Tags.of(http.api).add("ms-custom-id", EMULATED_API_ID)
        if self._settings.custom_domain and self._settings.certificate_arn:
            self._custom_domain(http, self._settings.custom_domain, self._settings.certificate_arn)
        self.hooks_base_url = self._hooks_base_url(http)
        return http

    def _hooks_base_url(self, http: ReguaHttpApi) -> str:
        """Say where others post to us: where certificates are asked for, if that was set up."""
        settings = self._settings
        if not (
            settings.hooks_domain
            and settings.hooks_certificate_arn
            and settings.hooks_truststore_uri
        ):
            return self._public_base_url(http)
        domain = MutualTlsDomain(
            self,
            "HooksDomain",
            api=http.api,
            domain=settings.hooks_domain,
            certificate_arn=settings.hooks_certificate_arn,
            truststore_uri=settings.hooks_truststore_uri,
        )
        emit(self, "regua", "hooks_domain_target", domain.alias_target)
        return domain.url

    def _custom_domain(self, http: ReguaHttpApi, name: str, certificate_arn: str) -> None:
        domain = apigw.DomainName(
            self,
            "Domain",
            domain_name=name,
            certificate=acm.Certificate.from_certificate_arn(self, "Certificate", certificate_arn),
        )
        apigw.ApiMapping(self, "DomainMapping", api=http.api, domain_name=domain, stage=http.stage)
        emit(self, "regua", "custom_domain_target", domain.regional_domain_name)

    # What talks to what ------------------------------------------------------------------------

    def _route_events(self) -> None:
        """Send every event to a queue: what a function called by a rule drops is lost."""
        self._rule(
            "Facts",
            "Facts from the creditor's systems",
            events.EventPattern(
                source=events.Match.anything_but(SOURCE), detail_type=list(FACTS_IN)
            ),
            self.workers["ingest"].queue,
        )
        for channel in CHANNELS:
            self._rule(
                f"{pascal(channel)}Due",
                f"Contacts decided for {channel}",
                events.EventPattern(
                    source=[SOURCE],
                    account=[Aws.ACCOUNT_ID],
                    detail_type=["ContactDue"],
                    detail={"data": {"channel": [channel]}},
                ),
                self.workers[channel].queue,
            )

    def _rule(
        self, id_: str, description: str, pattern: events.EventPattern, queue: sqs.Queue
    ) -> None:
        events.Rule(
            self,
            id_,
            event_bus=self.bus,
            description=description,
            event_pattern=pattern,
            targets=[targets.SqsQueue(queue, dead_letter_queue=self.undelivered)],
        )

    def _bind_late(self) -> None:
        """Add the variables that name things made after the function."""
        shards, email = self.workers["shards"], self.workers["email"]
        for asks in (shards.handler, self.api_function):
            asks.function.add_environment("REGUA_SHARD_QUEUE_URL", shards.queue.queue_url)
        for sends in (email.handler, self.doors.admin):
            sends.function.add_environment(
                "REGUA_CONFIGURATION_SET", self.email.configuration_set.configuration_set_name
            )
        for variable, value in (
            ("REGUA_USER_POOL_ID", self.identity.pool.user_pool_id),
            ("REGUA_API_ID", self.http.api.api_id),
            ("REGUA_AUTHORIZER_ID", self.http.authorizer.authorizer_id),
        ):
            self.doors.admin.function.add_environment(variable, value)
        self._bind_doors()
        self.pages.bind(
            tracking_base_url=self.tracking_base_url, charges=self.workers["charges"].queue
        )
        email.handler.function.add_environment("REGUA_DKIM_PREFIX", self._storage.dkim_prefix)
        topics = (self.email.topic, self.messaging.texts, self.messaging.whatsapp)
        self.workers["receipts"].handler.function.add_environment(
            "REGUA_TOPIC_ARNS", ",".join(topic.topic_arn for topic in topics)
        )
        for channel in ("sms", "voice"):
            self.workers[channel].handler.function.add_environment(
                "REGUA_CONFIGURATION_SET", self.messaging.configuration_set_name
            )
        for channel in CHANNELS:
            self.workers[channel].handler.function.add_environment(
                "REGUA_TRACKING_BASE_URL", self.tracking_base_url
            )
        for names in (self.issue_report, self.api_function):
            names.function.add_environment("REGUA_TRACKING_BASE_URL", self.tracking_base_url)

    def _bind_doors(self) -> None:
        """Tell the API and the ingest of the queues behind the doors."""
        for asks, variable, queue in (
            (self.api_function, "REGUA_WEBHOOK_QUEUE_URL", "webhooks"),
            (self.api_function, "REGUA_IMPORT_QUEUE_URL", "imports"),
            (self.api_function, "REGUA_CHARGE_QUEUE_URL", "charges"),
            (self.workers["ingest"].handler, "REGUA_CHARGE_QUEUE_URL", "charges"),
            (self.workers["shards"].handler, "REGUA_CHARGE_QUEUE_URL", "charges"),
        ):
            asks.function.add_environment(variable, self.doors.queue_url(queue))
        self.api_function.function.add_environment("REGUA_HOOKS_BASE_URL", self.hooks_base_url)

    @property
    def tracking_base_url(self) -> str:
        """Say where pixel, click and unsubscribe links point, without a slash at the end."""
        return self._public_base_url(self.http)

    def _public_base_url(self, http: ReguaHttpApi) -> str:
        if self._settings.tracking_base_url:
            return self._settings.tracking_base_url
        if self._settings.custom_domain:
            return f"https://{self._settings.custom_domain}"
        return http.api.api_endpoint

    # Who may do what ---------------------------------------------------------------------------

    def _grant(self) -> None:
        self._grant_evaluate_ruler(self.workers["shards"].handler)
        for channel in CHANNELS:
            self._grant_sender(self.workers[channel].handler)
        grants.send_mail(self.workers["email"].handler, self.email)
        grants.read_dkim_keys(self.workers["email"].handler, self._storage.dkim_prefix)
        grants.send_texts(self.workers["sms"].handler, self.messaging)
        grants.make_calls(self.workers["voice"].handler, self.messaging)
        grants.send_whatsapp(self.workers["whatsapp"].handler)
        for queue_name in ("hits", "receipts"):
            self._grant_tracker(self.workers[queue_name].handler)
        self._grant_hits(self.workers["hits"].handler)
        self._grant_replies(self.workers["receipts"].handler)
        self._grant_ingest(self.workers["ingest"].handler)
        self._grant_api(self.api_function)
        self._grant_seal_evidence(self.seal_evidence)
        self._grant_issue_report(self.issue_report)
        self._grant_admin(self.doors.admin)
        if not self._settings.emulated:
            self._protect_bus()

    def _protect_bus(self) -> None:
        """Keep our source to the functions that publish: who forges it sends mail as a creditor."""
        readers = (
            *self.pages.silent,
            self.seal_evidence,
            self.issue_report,
            *(self.workers[name].handler for name in ("feed", "webhooks")),
            *self.doors.functions,
        )
        publishers = [each for each in self.functions if each not in readers]
        self._channel.keep_our_name([each.role for each in publishers])
        self._channel.hear(self._settings.event_accounts)

    def _grant_evaluate_ruler(self, who: PythonFunction) -> None:
        portfolio, messages = self._storage.portfolio, self._storage.messages
        grants.read_items(who, portfolio)
        grants.query_index(who, portfolio, DUE, OPEN)
        grants.put_items(who, portfolio)
        grants.update_items(who, portfolio)
        grants.read_items(who, messages)
        grants.update_items(who, messages)
        grants.publish(who, self.bus)
        grants.delete_items(who, portfolio)  # an agreement that ends settles debts
        grants.send(who, self.workers["shards"].queue)
        grants.send(who, self.workers["charges"].queue)
        grants.encrypt(who, self._storage.key, "dynamodb")

    def _grant_sender(self, who: PythonFunction) -> None:
        """Grant what every sender needs, whatever its channel."""
        portfolio, messages = self._storage.portfolio, self._storage.messages
        grants.read_items(who, portfolio)
        grants.put_items(who, portfolio)
        grants.read_items(who, messages)
        grants.update_items(who, messages)
        grants.read_secret(who, self._storage.tracking_secret_arn)
        grants.publish(who, self.bus)
        grants.prove(who, self._storage, emulated=self._settings.emulated)
        grants.decrypt(who, self._storage.key, "secretsmanager")

    def _grant_tracker(self, who: PythonFunction) -> None:
        portfolio, messages = self._storage.portfolio, self._storage.messages
        grants.read_items(who, messages)
        grants.update_items(who, messages)
        grants.append_items(who, messages)
        grants.read_items(who, portfolio)
        grants.put_items(who, portfolio)
        grants.publish(who, self.bus)
        grants.prove(who, self._storage, emulated=self._settings.emulated)

    def _grant_hits(self, who: PythonFunction) -> None:
        """Grant the key under which addresses get their pseudonyms."""
        grants.read_secret(who, self._storage.tracking_secret_arn)
        grants.decrypt(who, self._storage.key, "secretsmanager")

    def _grant_replies(self, who: PythonFunction) -> None:
        """Grant what customers' answers need: whose a number is, and to write back on WhatsApp."""
        grants.query_index(who, self._storage.messages, BY_ACCOUNT)
        grants.send_whatsapp(who)

    def _grant_ingest(self, who: PythonFunction) -> None:
        grants.write_invoices(who, self._storage.portfolio, self.bus)
        grants.add_objects(who, self._storage.quarantine)
        grants.send(who, self.workers["charges"].queue)
        grants.encrypt(who, self._storage.key, "dynamodb", "s3")

    def _grant_api(self, who: PythonFunction) -> None:
        grants.write_invoices(who, self._storage.portfolio, self.bus)
        grants.read_items(who, self._storage.messages)
        grants.update_items(who, self._storage.messages)  # a hold ends what is planned and unsent
        grants.query_index(who, self._storage.portfolio, OPEN, LISTED)
        grants.batch_get_items(who, self._storage.portfolio)
        grants.query_index(who, self._storage.messages, BY_DAY, BY_ACCOUNT)
        grants.use_exchange(who, self._storage.exchange)
        grants.batch_get_items(who, self._storage.exchange)
        grants.read_objects(who, self._storage.files, "inbound/", "imports/")
        grants.add_objects(who, self._storage.files, "uploads/*")
        grants.list_objects(who, self._storage.files)
        for queue in ("shards", "webhooks", "imports", "charges"):
            grants.send(who, self.workers[queue].queue)
        grants.read_secret(who, self._storage.tracking_secret_arn)  # previews of the page
        grants.encrypt(who, self._storage.key, "dynamodb", "s3")
        grants.decrypt(who, self._storage.key, "secretsmanager")

    def _grant_seal_evidence(self, who: PythonFunction) -> None:
        grants.read_items(who, self._storage.messages)
        grants.append_items(who, self._storage.messages)
        grants.keep_objects(who, self._storage.evidence, "seals/")
        grants.sign(who, self._storage.signing_key)
        grants.read_secret(who, self._storage.tsa_secret_arn)
        grants.encrypt(who, self._storage.key, "dynamodb", "s3")
        grants.decrypt(who, self._storage.key, "secretsmanager")

    def _grant_issue_report(self, who: PythonFunction) -> None:
        grants.read_items(who, self._storage.portfolio)
        grants.batch_get_items(who, self._storage.portfolio)
        grants.read_items(who, self._storage.messages)
        grants.query_index(who, self._storage.messages, BY_ACCOUNT)
        grants.put_items(who, self._storage.messages)
        grants.read_objects(who, self._storage.evidence, "raw/", "seals/")
        grants.keep_objects(who, self._storage.evidence, "reports/")
        grants.use_exchange(who, self._storage.exchange)
        grants.sign(who, self._storage.signing_key)
        grants.unwrap_master_keys(
            who, self._storage.evidence_master_key, emulated=self._settings.emulated
        )
        grants.read_secret(who, self._storage.tsa_secret_arn)
        grants.read_secret(who, self._storage.signer_secret_arn)
        grants.encrypt(who, self._storage.key, "dynamodb", "s3")
        grants.decrypt(who, self._storage.key, "secretsmanager")

    def _grant_admin(self, who: PythonFunction) -> None:
        """Grant what sets up tenants: their documents, clients, people and sender domains."""
        grants.read_items(who, self._storage.portfolio)
        grants.put_items(who, self._storage.portfolio)
        grants.update_items(who, self._storage.portfolio)
        grants.delete_items(who, self._storage.portfolio)
        grants.manage_pool(who, self.identity.pool)
        grants.admit_clients(who, self.http.api.api_id, self.http.authorizer.authorizer_id)
        grants.manage_identities(who, self.email)
        grants.make_dkim_keys(who, self._storage.dkim_prefix)
        grants.use_exchange(who, self._storage.exchange)
        grants.encrypt(who, self._storage.key, "dynamodb", "secretsmanager")

    # What others need to know ------------------------------------------------------------------

    def _emit(self) -> None:
        for function in self.functions:
            emit(self, "function", function.name, function.function.function_name)
        for name, worker in self.workers.items():
            emit(self, "queue", name, worker.queue.queue_url)
            emit(self, "queue", f"{name}_dlq", worker.dead_letters.queue_url)
        emit(self, "queue", "clock_dlq", self.clock.dead_letters.queue_url)
        emit(self, "queue", "undelivered", self.undelivered.queue_url)
        for name, clock in self.doors.clocks.items():
            emit(self, "schedule", name, clock.schedule.schedule_name)
        self._emit_clients()
        values = {
            "bus_name": self.bus.event_bus_name,
            "api_id": self.http.api.api_id,
            "api_url": self.http.api.api_endpoint,
            "tracking_base_url": self.tracking_base_url,
            "user_pool_id": self.identity.pool.user_pool_id,
            "token_url": f"{self.identity.domain.base_url()}/oauth2/token",
            "configuration_set": self.email.configuration_set.configuration_set_name,
            "messaging_configuration_set": self.messaging.configuration_set_name,
            "receipts_topic_arn": self.email.topic.topic_arn,
            "texts_topic_arn": self.messaging.texts.topic_arn,
            "whatsapp_topic_arn": self.messaging.whatsapp.topic_arn,
            "sender_domain": self._settings.sender_domain,
            "schedule_name": self.clock.schedule.schedule_name,
            "seal_schedule_name": self.seal_clock.schedule.schedule_name,
            "hooks_base_url": self.hooks_base_url,
        }
        for name, value in values.items():
            emit(self, "regua", name, value)
        if not self._settings.emulated:
            for record in self.email.dns_records:
                emit(self, record.label, "name", record.name)
                emit(self, record.label, "value", record.value)

    def _emit_clients(self) -> None:
        for name, client in self.identity.clients.items():
            emit(self, "client", name, client.user_pool_client_id)
        emit(self, "operator", "client_id", self.identity.operator.user_pool_client_id)
        if self.identity.console is not None:
            emit(self, "console", "client_id", self.identity.console.user_pool_client_id)

    @property
    def functions(self) -> list[PythonFunction]:
        """Every function of the deployment."""
        workers = [worker.handler for worker in self.workers.values()]
        return [
            *workers,
            self.api_function,
            *self.pages.functions,
            self.seal_evidence,
            self.issue_report,
            *self.doors.functions,
        ]
