"""The boleto behind the page's link: for who may see the invoice there, and for nobody else."""

from dataclasses import dataclass
from datetime import datetime

from regua.application.customer_page.case import Cases
from regua.application.customer_page.showing import state_of
from regua.application.render_boleto import PrintedBoleto, RenderBoleto
from regua.domain.errors import Conflict, InvalidInput, NotFound
from regua.domain.ids import DispatchId


@dataclass(frozen=True, slots=True)
class BoletoOnPage:
    """Print the boleto of an invoice that a page shows as one to pay."""

    cases: Cases
    render: RenderBoleto

    def __call__(self, dispatch_id: DispatchId, ref: str, *, now: datetime) -> PrintedBoleto | None:
        """Return the boleto as a PDF; None when there is none to pay, for whatever reason.

        The page says which reason, so that this address says nothing about any invoice.

        Args:
            dispatch_id: the message whose page it is; who asks has answered its question.
            ref: names the invoice (`regua.application.customer_page.case.ref_of`).
            now: an aware instant.
        """
        try:
            case = self.cases.shown(dispatch_id, now)
            invoice = case.invoice_of(ref)
            if not state_of(case, invoice).is_payable:
                return None
            return self.render(case.creditor, invoice.external_id, case.today)
        except (NotFound, Conflict, InvalidInput):
            return None
