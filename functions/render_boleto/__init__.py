"""render_boleto: GET /v1/invoices/{external_id}/boleto.pdf."""
