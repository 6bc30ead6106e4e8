"""The doors besides the API: files, what others post to us, what we post to others, Pix, plans.

A part of the functions' stack, which connects it with the API, the bus and the clocks.
"""

from aws_cdk import Aws
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import grants
from infra.constructs.event_bus import SOURCE
from infra.constructs.function_maker import FunctionMaker
from infra.constructs.python_function import PythonFunction
from infra.constructs.scheduled import Clock
from infra.constructs.shared_layers import SharedLayers
from infra.constructs.worker import Worker
from infra.stacks.storage import BY_ACCOUNT, OPEN, WAITING, StorageStack
from infra.variables import Variables

FEED_BATCH = 100
"""Facts in one invocation: each creditor's are one transaction."""
FEED_WRITERS = 2
"""One creditor's feed has one head: more writers would only wait for each other."""
_LOOKS = 20
"""Endpoints that are served at once: one that is slow holds one of them for its time."""
UPLOADS = "uploads/"
"""Where files come in; nothing else in the bucket starts an import."""
_INTERNAL = ("ContactDue", "PaymentReceiptDue")
"""Facts that are told to nobody outside."""


class Doors(Construct):
    """Workers behind the doors, each with a queue of its own."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        make: FunctionMaker,
        shared: SharedLayers,
        storage: StorageStack,
        told: Variables,
        bus: events.IEventBus,
        undelivered: sqs.Queue,
        clock_dead_letters: sqs.Queue,
    ) -> None:
        super().__init__(scope, id_)
        self._make, self._shared, self._storage, self._bus = make, shared, storage, bus
        self._told, self._undelivered = told, undelivered
        self.workers = self._workers()
        self.receive_webhook = make.function(
            self,
            "receive_webhook",
            timeout=15,
            memory_mb=512,
            environment=told.exchange()
            | told.files()
            | {"REGUA_INBOUND_QUEUE_URL": self.queue_url("inbound")},
            reserved_concurrency=make.settings.public_reserved_concurrency,
        )
        self.admin = make.function(
            self,
            "admin",
            timeout=29,
            memory_mb=512,
            environment=told.exchange()
            | {
                "REGUA_PORTFOLIO_TABLE": storage.portfolio.table_name,
                "REGUA_SENDER_DOMAINS": make.settings.sender_domain,
                "REGUA_DKIM_PREFIX": storage.dkim_prefix,
                "REGUA_SECRETS_KEY_ARN": storage.key.key_arn,
            },
        )
        ticked = {name: worker.handler for name, worker in self.workers.items()}
        ticked["admin"] = self.admin
        self.clocks = {
            name: Clock(
                self,
                f"{id_}Clock",
                function=ticked[name].function,
                enabled=make.settings.clock_enabled,
                minutes=minutes,
                kind=kind,
                description=description,
                dead_letters=clock_dead_letters,
            )
            for name, id_, minutes, kind, description in (
                ("webhooks", "Webhooks", 1, "tick", "Try again what endpoints did not take"),
                ("inbound", "Sweep", 15, "sweep_pix", "Ask for payments that nobody told of"),
                ("recurring", "Recurring", 60, "recurring", "Issue the invoices of plans"),
                ("admin", "Admit", 15, "admit", "Let in the clients that a deployment dropped"),
            )
        }
        self._bind_queues()
        self._route()
        self._grant()

    def queue_url(self, name: str) -> str:
        """Return the address of a worker's queue."""
        return self.workers[name].queue.queue_url

    @property
    def functions(self) -> list[PythonFunction]:
        """Return the functions that are no worker's."""
        return [self.receive_webhook, self.admin]

    # What exists -------------------------------------------------------------------------------

    def _workers(self) -> dict[str, Worker]:
        make, told = self._make, self._told
        return {
            "feed": make.worker(
                self,
                "feed_events",
                "feed",
                timeout=60,
                batch_size=FEED_BATCH,
                max_concurrency=FEED_WRITERS,
                environment=told.exchange(),
            ),
            "webhooks": make.worker(
                self,
                "deliver_webhooks",
                "webhooks",
                timeout=60,
                batch_size=1,
                max_concurrency=max(_LOOKS, make.settings.worker_concurrency),
                environment=told.exchange() | told.private_targets(),
            ),
            "imports": make.worker(
                self,
                "run_import",
                "imports",
                timeout=600,
                memory_mb=1024,
                batch_size=1,
                layers=(self._shared.imports,),
                environment=told.stores() | told.exchange() | told.files() | told.time_travel(),
            ),
            "inbound": make.worker(
                self,
                "process_webhook",
                "inbound",
                timeout=60,
                environment=told.stores()
                | told.exchange()
                | told.files()
                | told.psp()
                | told.time_travel(),
            ),
            "charges": make.worker(
                self,
                "make_charges",
                "charges",
                timeout=60,
                environment=told.stores() | told.psp() | told.time_travel(),
            ),
            "recurring": make.worker(
                self,
                "issue_recurring",
                "recurring",
                timeout=60,
                environment=told.stores() | told.exchange() | told.psp() | told.time_travel(),
            ),
            "thanks": make.worker(
                self,
                "thank_payer",
                "thanks",
                timeout=60,
                delay_seconds=make.settings.thanks_delay_seconds,
                environment=told.stores() | told.time_travel(),
            ),
        }

    def _bind_queues(self) -> None:
        """Tell functions of queues that are made with another one."""
        for name, variable, queue in (
            ("feed", "REGUA_WEBHOOK_QUEUE_URL", "webhooks"),
            ("webhooks", "REGUA_WEBHOOK_QUEUE_URL", "webhooks"),
            ("imports", "REGUA_IMPORT_QUEUE_URL", "imports"),
            ("imports", "REGUA_CHARGE_QUEUE_URL", "charges"),
            ("inbound", "REGUA_INBOUND_QUEUE_URL", "inbound"),
            ("inbound", "REGUA_CHARGE_QUEUE_URL", "charges"),
            ("recurring", "REGUA_CHARGE_QUEUE_URL", "charges"),
            ("recurring", "REGUA_RECURRING_QUEUE_URL", "recurring"),
        ):
            self.workers[name].handler.function.add_environment(variable, self.queue_url(queue))

    # What talks to what ------------------------------------------------------------------------

    def _route(self) -> None:
        """Send facts, and news of uploads, to their queues."""
        events.Rule(
            self,
            "FactsOut",
            event_bus=self._bus,
            description="Facts that subscribers are told of",
            event_pattern=events.EventPattern(
                source=[SOURCE],
                account=[Aws.ACCOUNT_ID],
                detail_type=events.Match.anything_but(*_INTERNAL),
            ),
            targets=[self._to("feed")],
        )
        events.Rule(
            self,
            "Paid",
            event_bus=self._bus,
            description="Invoices whose payers may be thanked",
            event_pattern=events.EventPattern(
                source=[SOURCE],
                account=[Aws.ACCOUNT_ID],
                detail_type=["InvoicePaid", "PaymentReceiptDue"],
            ),
            targets=[self._to("thanks")],
        )
        events.Rule(
            self,
            "Uploaded",
            description="Files that came in",
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={
                    "bucket": {"name": [self._storage.files.bucket_name]},
                    "object": {"key": events.Match.prefix(UPLOADS)},
                },
            ),
            targets=[self._to("imports")],
        )

    def _to(self, queue: str) -> targets.SqsQueue:
        return targets.SqsQueue(self.workers[queue].queue, dead_letter_queue=self._undelivered)

    # Who may do what ---------------------------------------------------------------------------

    def _grant(self) -> None:
        storage = self._storage
        feed = self.workers["feed"].handler
        self._grant_exchange(feed)
        grants.batch_get_items(feed, storage.exchange)
        grants.send(feed, self.workers["webhooks"].queue)
        webhooks = self.workers["webhooks"].handler
        self._grant_exchange(webhooks)
        grants.batch_get_items(webhooks, storage.exchange)
        grants.query_index(webhooks, storage.exchange, WAITING)
        grants.send(webhooks, self.workers["webhooks"].queue)
        for name in ("imports", "inbound", "charges", "recurring"):
            grants.write_invoices(self.workers[name].handler, storage.portfolio, self._bus)
        for name in ("imports", "inbound", "recurring"):
            self._grant_exchange(self.workers[name].handler)
        for name in ("inbound", "recurring"):
            self._grant_attending(self.workers[name].handler)
        self._grant_doors()
        self._grant_imports(self.workers["imports"].handler)
        inbound, recurring = self.workers["inbound"].handler, self.workers["recurring"].handler
        grants.query_index(recurring, storage.exchange, WAITING)
        for queue in ("charges", "recurring"):
            grants.send(recurring, self.workers[queue].queue)
        for queue in ("charges", "inbound"):
            grants.send(inbound, self.workers[queue].queue)
        for who in (inbound, recurring, self.workers["charges"].handler):
            grants.read_psp_secrets(who, storage.psp_prefix)
            grants.encrypt(who, storage.key, "dynamodb", "s3")
            grants.decrypt(who, storage.key, "secretsmanager")
        thanks = self.workers["thanks"].handler
        grants.read_items(thanks, storage.portfolio)
        grants.put_items(thanks, storage.portfolio)
        grants.delete_items(thanks, storage.portfolio)
        grants.read_items(thanks, storage.messages)
        grants.update_items(thanks, storage.messages)
        grants.query_index(thanks, storage.messages, BY_ACCOUNT)
        grants.publish(thanks, self._bus)
        grants.encrypt(thanks, storage.key, "dynamodb")

    def _grant_doors(self) -> None:
        """Grant what takes and reads what others posted."""
        storage, inbound = self._storage, self.workers["inbound"]
        takes = self.receive_webhook
        grants.get_items(takes, storage.exchange)
        grants.add_objects(takes, storage.files, "inbound/*")
        grants.send(takes, inbound.queue)
        grants.encrypt(takes, storage.key, "dynamodb", "s3")
        grants.query_index(inbound.handler, storage.portfolio, OPEN)
        grants.keep_objects(inbound.handler, storage.files, "inbound/")
        grants.add_objects(inbound.handler, storage.files, "rejected/*")

    def _grant_imports(self, who: PythonFunction) -> None:
        """Grant what reads files and tells what became of their rows."""
        storage = self._storage
        grants.batch_get_items(who, storage.portfolio)
        grants.batch_get_items(who, storage.exchange)
        grants.append_items(who, storage.exchange)
        grants.read_objects(who, storage.files, UPLOADS)
        grants.keep_objects(who, storage.files, "imports/")
        grants.end_uploads(who, storage.files, "imports/")
        for queue in ("imports", "charges"):
            grants.send(who, self.workers[queue].queue)
        grants.encrypt(who, storage.key, "dynamodb", "s3")

    def _grant_attending(self, who: PythonFunction) -> None:
        """Grant what holds and their ends need: a hold ends what is planned and unsent."""
        grants.read_items(who, self._storage.messages)
        grants.update_items(who, self._storage.messages)
        grants.query_index(who, self._storage.messages, BY_ACCOUNT)

    def _grant_exchange(self, who: PythonFunction) -> None:
        """Grant what goes through the doors, and the key that it is encrypted with."""
        grants.use_exchange(who, self._storage.exchange)
        grants.encrypt(who, self._storage.key, "dynamodb")
