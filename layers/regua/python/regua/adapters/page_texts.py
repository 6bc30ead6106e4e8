"""The words of the customer's page, in Brazilian Portuguese and in English, by key.

Both catalogues have the same keys and placeholders. A placeholder is a Portuguese word in braces;
nothing else in a text is special, and a text is never markup. A creditor may put its own words in
the place of those in `REPLACEABLE`, under ``page.pt.<key>`` or ``page.en.<key>``; who is writing,
what an act means and what the law asks for stay as they are here.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

from regua.adapters import pt_br
from regua.domain.placeholders import names_in
from regua.domain.time_zones import SAO_PAULO

Language = Literal["pt", "en"]
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")

PT: Mapping[str, str] = MappingProxyType(
    {
        # The frame of every page
        "frame.title": "Mensagem de {credor}",
        "frame.language": "English",
        "frame.preview": "Prévia: os dados desta página são inventados e nada pode ser enviado.",
        "frame.preview_land": "Ver a página antes da confirmação",
        "frame.preview_show": "Ver a página depois da confirmação",
        "frame.help": "Precisa de ajuda?",
        "frame.help_text": "Fale com {credor}:",
        "frame.email": "E-mail",
        "frame.phone": "Telefone",
        "frame.who": "Quem enviou",
        "frame.logged": (
            "Ao enviar um formulário desta página, registramos a data, a hora, o endereço IP e o "
            "navegador usado."
        ),
        "frame.back": "Voltar",
        "frame.moment": "{dia} às {hora}",
        # Before the question
        "land.lead": "{credor} enviou uma mensagem a você {canal}.",
        "land.why": (
            "Para proteger os seus dados, o conteúdo só aparece depois de uma confirmação rápida."
        ),
        "land.cpf": "Últimos {quantos} números do seu CPF",
        "land.cpf_hint": "No CPF 123.456.789-09, por exemplo, são 8909.",
        "land.cnpj": "{quantos} caracteres antes da barra do CNPJ",
        "land.cnpj_hint": "No CNPJ 12.345.678/0001-95, por exemplo, são 5678.",
        "land.button": "Ver a mensagem",
        "land.safety": (
            "Nunca pedimos senhas, códigos recebidos por mensagem ou dados completos de cartão."
        ),
        "land.contact_only": (
            "O conteúdo desta mensagem não está disponível por aqui. Por favor, use os contatos "
            "abaixo."
        ),
        "land.disowned": (
            "Recebemos o aviso de que esta mensagem chegou à pessoa errada. Por isso, nada mais é "
            "mostrado aqui. Agradecemos por avisar."
        ),
        "land.session_over": (
            "Por segurança, a página foi fechada depois de um tempo. Confirme novamente para "
            "continuar: nada foi enviado."
        ),
        "land.wrong": "Os números não conferem com o cadastro. Confira e tente novamente.",
        "land.wrong_cnpj": "Os caracteres não conferem com o cadastro. Confira e tente novamente.",
        "land.left.one": "Você ainda pode tentar mais 1 vez hoje.",
        "land.left.many": "Você ainda pode tentar mais {quantos} vezes hoje.",
        "land.locked": (
            "Por segurança, não é possível confirmar por aqui agora. Tente novamente amanhã ou "
            "fale com {credor} pelos contatos abaixo."
        ),
        "land.locked_link": (
            "Por segurança, este link não aceita mais confirmações. Fale com {credor} pelos "
            "contatos abaixo."
        ),
        "by.email": "por e-mail",
        "by.sms": "por SMS",
        "by.whatsapp": "pelo WhatsApp",
        "by.voice": "por telefone",
        # What is owed
        "show.hello": "Olá, {cliente}!",
        "show.hello_nameless": "Olá!",
        "show.lead": "Veja abaixo o valor de hoje e escolha como prefere pagar.",
        "show.lead_resting": "Veja abaixo como está cada fatura.",
        "show.total": "Total para pagar hoje",
        "show.invoices.one": "1 fatura",
        "show.invoices.many": "{quantos} faturas",
        "show.valid": "Vale até {dia}",
        "show.paid_title": "Tudo certo: não há nada a pagar aqui.",
        "show.paid_lead": "Agradecemos o pagamento.",
        "show.nothing_lead": "Não há nada a pagar neste momento.",
        "show.invoice": "Fatura {fatura}",
        "show.instalment": "Acordo: parcela {numero}",
        "show.down_payment": "Acordo: entrada",
        "show.also": "Outras faturas em aberto",
        "show.due": "Vencimento",
        "show.postponed": "{dia} (prorrogado para {outro}, dia útil)",
        "show.breakdown": "Como chegamos a este valor",
        "show.original": "Valor original",
        "show.fine": "Multa",
        "show.interest": "Juros de mora",
        "show.rebate": "Abatimento",
        "show.discount": "Desconto por antecipação",
        "show.already_paid": "Já pago",
        "show.today": "Total hoje",
        "status.late.one": "1 dia em atraso",
        "status.late.many": "{quantos} dias em atraso",
        "status.today": "Vence hoje",
        "status.last_day": "Último dia sem acréscimos",
        "status.ahead": "A vencer",
        "status.in_time": "No prazo",
        "state.paid": "Paga",
        "state.paid_text": "Pagamento recebido em {dia}. Obrigado!",
        "state.paid_undated": "Pagamento recebido. Obrigado!",
        "state.cancelled": "Cancelada",
        "state.cancelled_text": "Esta fatura foi cancelada: não há nada a pagar.",
        "state.disputed": "Em análise",
        "state.disputed_text": (
            "Recebemos a sua contestação. As mensagens sobre esta fatura estão suspensas até a "
            "resposta de {credor}."
        ),
        "state.promised": "Pagamento combinado",
        "state.promised_text": "Você informou que vai pagar até {dia}.",
        "state.in_transit": "Pagamento em conferência",
        "state.in_transit_text": (
            "Você informou que já pagou. O pagamento está sendo conferido; não é preciso pagar de "
            "novo."
        ),
        "state.debit_scheduled": "Débito agendado",
        "state.debit_scheduled_text": (
            "O pagamento desta fatura está agendado no seu Pix Automático: não é preciso pagar de "
            "outra forma."
        ),
        "state.held": "Em pausa",
        "state.held_text": "As mensagens sobre esta fatura estão em pausa até {dia}.",
        "state.held_undated": "As mensagens sobre esta fatura estão em pausa.",
        "state.in_agreement": "Incluída no acordo",
        "state.in_agreement_text": (
            "Esta fatura faz parte do seu acordo: pague somente as parcelas dele."
        ),
        # Paying
        "pay.title": "Como pagar",
        "pay.title_in_transit": "Ainda não pagou? Veja como pagar",
        "pay.pix": "Pix",
        "pay.pix_hint": (
            "Copie o código e cole no aplicativo do seu banco, na opção Pix copia e cola."
        ),
        "pay.pix_code": "Código Pix copia e cola",
        "pay.pix_copy": "Copiar código Pix",
        "pay.pix_fixed": "O código já vem com o valor de {total}.",
        "pay.pix_asked": "O valor atualizado aparece no aplicativo do seu banco.",
        "pay.qr": "QR Code Pix da fatura {fatura}",
        "pay.qr_text": "Ou aponte a câmera do aplicativo do seu banco para o QR Code.",
        "pay.boleto": "Boleto",
        "pay.boleto_line": "Linha digitável",
        "pay.boleto_copy": "Copiar linha digitável",
        "pay.bank_adds": (
            "A linha digitável traz o valor original. A multa e os juros são acrescentados pelo "
            "banco na hora do pagamento."
        ),
        "pay.boleto_pdf": "Abrir o boleto em PDF",
        "pay.copied": "Copiado.",
        "pay.other": "Outras formas de pagamento no site de {credor}",
        "pay.none": "Para receber os dados de pagamento desta fatura, fale com {credor}.",
        "pay.check": (
            "Antes de confirmar, confira no aplicativo do seu banco se o recebedor é {credor}, "
            "{documento}. Se aparecer outro nome, não pague e fale com a gente."
        ),
        "pay.settling": "Depois do pagamento, a confirmação pode levar alguns dias úteis.",
        # An agreement that is running
        "agreement.title": "Seu acordo",
        "agreement.proposed": (
            "O seu pedido de acordo de {dia} está em análise por {credor}. Nada precisa ser pago "
            "até a resposta, prevista para até {outro}."
        ),
        "agreement.proposed_undated": (
            "O seu pedido de acordo de {dia} está em análise por {credor}. Nada precisa ser pago "
            "até a resposta."
        ),
        "agreement.active": "Acordo feito em {dia}. Pague cada parcela até o vencimento.",
        "agreement.fulfilled": "Acordo cumprido. Agradecemos os pagamentos!",
        "agreement.breached": (
            "O acordo de {dia} foi encerrado por falta de pagamento. O que você pagou foi "
            "descontado das faturas."
        ),
        "agreement.refused": (
            "O pedido de acordo de {dia} não foi aprovado. As faturas continuam como estavam."
        ),
        "agreement.lapsed": (
            "O pedido de acordo de {dia} não foi respondido no prazo. As faturas continuam como "
            "estavam."
        ),
        "agreement.cancelled": (
            "O acordo de {dia} foi cancelado. O que você pagou foi descontado das faturas."
        ),
        "agreement.total": "Total do acordo",
        "agreement.discount": "Desconto",
        "agreement.table": "Parcelas do acordo",
        "agreement.number": "Parcela",
        "agreement.column": "Nº",
        "agreement.down_payment": "Entrada",
        "agreement.due": "Vencimento",
        "agreement.amount": "Valor",
        "agreement.paid": "Paga",
        "agreement.to_pay": "A pagar",
        "agreement.pay_now": "Pagar",
        # What is offered
        "offer.title": "Negociar",
        "offer.lead": "Se preferir, veja condições para acertar o que está em atraso.",
        "offer.once": "À vista: {total}",
        "offer.spread": "De {de} a {ate} parcelas: {total}",
        "offer.fixed": "Em {ate} parcelas: {total}",
        "offer.saving": "desconto de {desconto}",
        "offer.valid": "Condições válidas até {dia}.",
        "offer.button": "Simular um acordo",
        # The simulator
        "deal.title": "Simular um acordo",
        "deal.lead": "Escolha as condições e veja o resultado. Simular não compromete você a nada.",
        "deal.owed": "Valor hoje sem acordo",
        "deal.instalments": "Número de parcelas",
        "deal.instalments_hint": "De {de} a {ate}.",
        "deal.down_payment": "Entrada",
        "deal.down_payment_none": "Com estas parcelas não há entrada.",
        "deal.down_payment_optional": "Com estas parcelas: sem entrada, ou de {de} a {ate}.",
        "deal.down_payment_required": "Com estas parcelas: de {de} a {ate}.",
        "deal.adjusted": "Ajustamos a sua escolha ao que é possível nestas condições.",
        "deal.first_due": "Primeiro pagamento em",
        "deal.button": "Simular",
        "deal.quick": "Sugestões",
        "deal.result": "Resultado da simulação",
        "deal.total": "Total do acordo",
        "deal.saving": "Desconto",
        "deal.table": "Pagamentos do acordo",
        "deal.breach.one": (
            "Se uma parcela ficar sem pagamento por mais de 1 dia, o acordo termina e voltam a "
            "valer as faturas originais, com o que você já pagou descontado."
        ),
        "deal.breach.many": (
            "Se uma parcela ficar sem pagamento por mais de {quantos} dias, o acordo termina e "
            "voltam a valer as faturas originais, com o que você já pagou descontado."
        ),
        "deal.approval": (
            "Este acordo depende da aprovação de {credor}. Até a resposta, as faturas ficam em "
            "pausa."
        ),
        "deal.terms": "Termos do acordo",
        "deal.accept": "Li e aceito os termos do acordo",
        "deal.accept_button": "Fazer o acordo",
        "deal.accept_approval": "Pedir o acordo",
        "deal.none": "No momento não há condições de acordo disponíveis por aqui.",
        # Other acts
        "acts.title": "Outras opções",
        "acts.which": "Qual fatura?",
        "confirm.title": "Confirmar que li a mensagem",
        "confirm.text": (
            "A confirmação apenas registra que você leu a mensagem. Não significa concordar com o "
            "conteúdo dela."
        ),
        "confirm.button": "Confirmo que li",
        "confirm.done": "Leitura confirmada em {momento}.",
        "paid.title": "Já paguei",
        "paid.text": (
            "Avise quando e como pagou. As mensagens sobre a fatura ficam em pausa enquanto o "
            "pagamento é conferido."
        ),
        "paid.on": "Data do pagamento",
        "paid.method": "Forma de pagamento",
        "paid.proof": "Comprovante (opcional)",
        "paid.proof_hint": "PDF, PNG ou JPEG de até {tamanho} MB.",
        "paid.button": "Avisar que já paguei",
        "promise.title": "Combinar uma data para pagar",
        "promise.text": (
            "Diga até quando pretende pagar. O valor continua sendo atualizado até o pagamento."
        ),
        "promise.on": "Vou pagar até",
        "promise.on_hint": "Até {dia}.",
        "promise.button": "Combinar a data",
        "dispute.title": "Não reconheço esta cobrança",
        "dispute.text": (
            "Conte o motivo. As mensagens sobre a fatura ficam suspensas até a resposta."
        ),
        "dispute.reason": "Motivo",
        "dispute.words": "Quer explicar melhor? (necessário em “Outro motivo”)",
        "dispute.words_hint": "Até {quantos} caracteres. Não inclua senhas nem dados de cartão.",
        "dispute.button": "Enviar contestação",
        "not_me.title": "Esta mensagem não é para mim",
        "not_me.text": (
            "Se a mensagem chegou a você por engano, avise: deixaremos de escrever para este "
            "contato e este link deixará de mostrar informações."
        ),
        "not_me.button": "Não sou eu",
        "prefer.title": "Preferências de contato",
        "prefer.text": "Diga como e quando prefere receber as nossas mensagens.",
        "prefer.channel": "Prefiro receber por",
        "prefer.any_channel": "Sem preferência",
        "prefer.hour": "Melhor horário",
        "prefer.any_hour": "Sem preferência",
        "prefer.stop": "Não quero mais receber por",
        "prefer.stop_hint": (
            "Deixar de receber mensagens não cancela nem quita as faturas em aberto."
        ),
        "prefer.button": "Salvar preferências",
        "again.title": "Receber a segunda via por e-mail",
        "again.text": "Enviaremos novamente a mensagem ao e-mail que está no seu cadastro.",
        "again.button": "Enviar segunda via",
        "channel.email": "E-mail",
        "channel.sms": "SMS",
        "channel.whatsapp": "WhatsApp",
        "channel.voice": "Telefone",
        "method.pix": "Pix",
        "method.boleto": "Boleto",
        "method.card": "Cartão",
        "method.debit": "Débito em conta",
        "method.cash": "Dinheiro",
        "method.transfer": "Transferência",
        "method.other": "Outra forma",
        "reason.unknown_purchase": "Não fiz esta compra ou contratação",
        "reason.wrong_amount": "O valor está errado",
        "reason.not_delivered": "Não recebi o produto ou o serviço",
        "reason.already_paid": "Já paguei",
        "reason.cancelled": "Já cancelei",
        "reason.other": "Outro motivo",
        "choose": "Escolha uma opção",
        # What is wrong with a form
        "error.title": "Confira os campos abaixo",
        "error.digits": "Digite os {quantos} caracteres pedidos.",
        "error.ref": "Escolha a fatura.",
        "error.on": "Informe a data do pagamento: entre a emissão da fatura e hoje.",
        "error.promise_on": "Escolha uma data entre hoje e o último dia indicado.",
        "error.method": "Escolha a forma de pagamento.",
        "error.proof": "Envie um arquivo PDF, PNG ou JPEG dentro do tamanho indicado.",
        "error.reason": "Escolha o motivo.",
        "error.words": "Conte o que aconteceu, dentro do tamanho indicado.",
        "error.channel": "Escolha um dos canais da lista que você não pediu para parar.",
        "error.hour": "Escolha um dos horários da lista.",
        "error.stop": "Escolha entre os canais da lista.",
        "error.accept": "Para fazer o acordo, marque que leu e aceita os termos.",
        "error.key": "As condições mudaram desde a simulação. Confira as de agora.",
        "error.form": "Não foi possível ler o formulário. Por favor, preencha novamente.",
        "error.conflict": (
            "A situação mudou enquanto esta página estava aberta. Confira como está agora."
        ),
        "error.csrf": (
            "A página ficou aberta por muito tempo, ou o navegador não aceita cookies. Confira os "
            "dados e envie mais uma vez."
        ),
        # Receipts
        "receipt.confirm_reading": "Leitura confirmada",
        "receipt.say_paid": "Aviso de pagamento registrado",
        "receipt.promise": "Data combinada",
        "receipt.promise_noted": "Data anotada",
        "receipt.dispute": "Contestação registrada",
        "receipt.not_me": "Obrigado por avisar",
        "receipt.prefer": "Preferências salvas",
        "receipt.send_again": "Segunda via a caminho",
        "receipt.settle": "Acordo registrado",
        "receipt.settle_proposed": "Pedido de acordo registrado",
        "receipt.confirm_reading_text": (
            "Registramos que a mensagem foi lida. Isso não significa concordar com o conteúdo dela."
        ),
        "receipt.say_paid_text": (
            "Vamos conferir o pagamento. Enquanto isso, as mensagens sobre a fatura ficam em pausa."
        ),
        "receipt.say_paid_late_text": (
            "O pagamento já deveria ter chegado e ainda não foi localizado. {credor} vai "
            "procurá-lo. Enquanto isso, as mensagens sobre a fatura podem continuar; se puder, "
            "envie também o comprovante."
        ),
        "receipt.promise_text": (
            "Obrigado. As mensagens sobre a fatura ficam em pausa até a data combinada."
        ),
        "receipt.promise_noted_text": (
            "Obrigado. Anotamos a data informada, mas as mensagens sobre a fatura podem continuar."
        ),
        "receipt.dispute_text": (
            "{credor} vai analisar o que você informou. Até a resposta, as mensagens sobre a "
            "fatura ficam suspensas."
        ),
        "receipt.not_me_text": (
            "{credor} deixará de escrever para este contato sobre este assunto. Este link não "
            "mostra mais informações."
        ),
        "receipt.prefer_text": "Vamos seguir o que você escolheu a partir de agora.",
        "receipt.send_again_text": (
            "A segunda via será enviada ao e-mail que está no seu cadastro. Pode levar alguns "
            "minutos."
        ),
        "receipt.settle_text": (
            "O acordo está feito. As faturas incluídas ficam em pausa enquanto as parcelas são "
            "pagas em dia."
        ),
        "receipt.settle_proposed_text": (
            "{credor} vai analisar o pedido. Até a resposta, as faturas incluídas ficam em pausa."
        ),
        "receipt.protocol": "Protocolo",
        "receipt.at": "Registrado em",
        "receipt.brasilia": "{momento} (horário de Brasília)",
        "receipt.invoice": "Fatura",
        "receipt.keep": "Guarde este comprovante: você pode imprimir ou salvar esta página.",
        "receipt.print": "Imprimir",
        "receipt.back": "Voltar à mensagem",
        "receipt.pay_next": "Ver as parcelas e pagar",
        "fact.on": "Data informada",
        "fact.until": "Em pausa até",
        "fact.amount": "Valor",
        "fact.total": "Total do acordo",
        "fact.discount": "Desconto",
        "fact.method": "Forma de pagamento",
        "fact.reason": "Motivo",
        "fact.channel": "Canal preferido",
        "fact.hour": "Horário preferido",
        "fact.stopped": "Canais encerrados",
        "fact.instalments": "Pagamentos",
        "fact.proof": "Comprovante",
        "fact.sent": "Enviado",
        "fact.terms": "Código dos termos aceitos (SHA-256)",
        "fact.agreement": "Acordo",
        # Pages without a message
        "none.not_found": "Link não encontrado",
        "none.not_found_text": (
            "Não reconhecemos este link. Por favor, abra novamente a mensagem que você recebeu e "
            "confira se o endereço está completo."
        ),
        "none.expired": "Link expirado",
        "none.expired_text": (
            "Por segurança, este link deixou de valer depois de um tempo. Por favor, use o link da "
            "mensagem mais recente ou os contatos de quem enviou."
        ),
        "none.unknown": "Página não encontrada",
        "none.unknown_text": "Esta página não existe. Volte à mensagem e escolha uma das opções.",
        "none.not_allowed": "Pedido não reconhecido",
        "none.not_allowed_text": "Abra o link da mensagem no seu navegador.",
        "none.refused": "Pedido recusado",
        "none.refused_text": (
            "Por segurança, só aceitamos formulários enviados por esta própria página. Abra o link "
            "da mensagem e tente novamente."
        ),
        "none.too_large": "Envio grande demais",
        "none.too_large_text": (
            "O que foi enviado passa do tamanho permitido. Volte, escolha um arquivo menor e tente "
            "novamente."
        ),
        "none.preview": "Prévia",
        "none.preview_text": "Nesta prévia, os formulários não podem ser enviados.",
        "none.unavailable": "Tente novamente em instantes",
        "none.unavailable_text": (
            "Não foi possível concluir o seu pedido agora. Por favor, tente novamente em alguns "
            "instantes: repetir o pedido não registra nada em dobro."
        ),
    }
)
"""Brazilian Portuguese."""

EN: Mapping[str, str] = MappingProxyType(
    {
        # The frame of every page
        "frame.title": "Message from {credor}",
        "frame.language": "Português",
        "frame.preview": "Preview: the data on this page is invented and nothing can be sent.",
        "frame.preview_land": "See the page before the check",
        "frame.preview_show": "See the page after the check",
        "frame.help": "Need help?",
        "frame.help_text": "Contact {credor}:",
        "frame.email": "E-mail",
        "frame.phone": "Telephone",
        "frame.who": "Who wrote to you",
        "frame.logged": (
            "When you send a form of this page, we record the date, the time, the IP address and "
            "the browser used."
        ),
        "frame.back": "Back",
        "frame.moment": "{dia}, {hora}",
        # Before the question
        "land.lead": "{credor} sent you a message {canal}.",
        "land.why": "To protect your data, its content only appears after a quick check.",
        "land.cpf": "Last {quantos} digits of your CPF",
        "land.cpf_hint": "Of the CPF 123.456.789-09, for example, these are 8909.",
        "land.cnpj": "{quantos} characters before the slash of the CNPJ",
        "land.cnpj_hint": "Of the CNPJ 12.345.678/0001-95, for example, these are 5678.",
        "land.button": "See the message",
        "land.safety": "We never ask for passwords, codes sent to you or complete card data.",
        "land.contact_only": (
            "The content of this message is not available here. Please use the contacts below."
        ),
        "land.disowned": (
            "We were told that this message reached the wrong person, so nothing more is shown "
            "here. Thank you for telling us."
        ),
        "land.session_over": (
            "For your safety, the page was closed after some time. Please check again to go on: "
            "nothing was sent."
        ),
        "land.wrong": "The digits do not match our records. Please check them and try again.",
        "land.wrong_cnpj": (
            "The characters do not match our records. Please check them and try again."
        ),
        "land.left.one": "You can try 1 more time today.",
        "land.left.many": "You can try {quantos} more times today.",
        "land.locked": (
            "For your safety, checking is not possible here now. Please try again tomorrow or "
            "contact {credor} below."
        ),
        "land.locked_link": (
            "For your safety, this link takes no more checks. Please contact {credor} below."
        ),
        "by.email": "by e-mail",
        "by.sms": "by text message",
        "by.whatsapp": "on WhatsApp",
        "by.voice": "by telephone",
        # What is owed
        "show.hello": "Hello, {cliente}!",
        "show.hello_nameless": "Hello!",
        "show.lead": "See today's amount below and choose how you would like to pay.",
        "show.lead_resting": "See below where each invoice stands.",
        "show.total": "Total to pay today",
        "show.invoices.one": "1 invoice",
        "show.invoices.many": "{quantos} invoices",
        "show.valid": "Valid until {dia}",
        "show.paid_title": "All done: there is nothing to pay here.",
        "show.paid_lead": "Thank you for your payment.",
        "show.nothing_lead": "There is nothing to pay at the moment.",
        "show.invoice": "Invoice {fatura}",
        "show.instalment": "Agreement: instalment {numero}",
        "show.down_payment": "Agreement: down payment",
        "show.also": "Other open invoices",
        "show.due": "Due date",
        "show.postponed": "{dia} (moved to {outro}, a business day)",
        "show.breakdown": "How this amount is made up",
        "show.original": "Original amount",
        "show.fine": "Late fine",
        "show.interest": "Late interest",
        "show.rebate": "Rebate",
        "show.discount": "Discount for paying early",
        "show.already_paid": "Already paid",
        "show.today": "Total today",
        "status.late.one": "1 day late",
        "status.late.many": "{quantos} days late",
        "status.today": "Due today",
        "status.last_day": "Last day without charges",
        "status.ahead": "Not due yet",
        "status.in_time": "In time",
        "state.paid": "Paid",
        "state.paid_text": "Payment received on {dia}. Thank you!",
        "state.paid_undated": "Payment received. Thank you!",
        "state.cancelled": "Cancelled",
        "state.cancelled_text": "This invoice was cancelled: there is nothing to pay.",
        "state.disputed": "Under review",
        "state.disputed_text": (
            "We received your dispute. Messages about this invoice are suspended until {credor} "
            "answers."
        ),
        "state.promised": "Payment arranged",
        "state.promised_text": "You told us that you will pay by {dia}.",
        "state.in_transit": "Payment being checked",
        "state.in_transit_text": (
            "You told us that you have paid. The payment is being checked; there is no need to pay "
            "again."
        ),
        "state.debit_scheduled": "Debit scheduled",
        "state.debit_scheduled_text": (
            "The payment of this invoice is scheduled by your Pix Automático: there is no need to "
            "pay in another way."
        ),
        "state.held": "Paused",
        "state.held_text": "Messages about this invoice are paused until {dia}.",
        "state.held_undated": "Messages about this invoice are paused.",
        "state.in_agreement": "Part of the agreement",
        "state.in_agreement_text": (
            "This invoice is part of your agreement: please pay only its instalments."
        ),
        # Paying
        "pay.title": "How to pay",
        "pay.title_in_transit": "Not paid yet? See how to pay",
        "pay.pix": "Pix",
        "pay.pix_hint": "Copy the code and paste it in your bank's app, under Pix copia e cola.",
        "pay.pix_code": "Pix code to copy and paste",
        "pay.pix_copy": "Copy Pix code",
        "pay.pix_fixed": "The code already carries the amount of {total}.",
        "pay.pix_asked": "Your bank's app shows the amount of the day.",
        "pay.qr": "Pix QR code of invoice {fatura}",
        "pay.qr_text": "Or point the camera of your bank's app at the QR code.",
        "pay.boleto": "Boleto",
        "pay.boleto_line": "Boleto number",
        "pay.boleto_copy": "Copy boleto number",
        "pay.bank_adds": (
            "The boleto number carries the original amount. The bank adds late fine and interest "
            "when you pay."
        ),
        "pay.boleto_pdf": "Open the boleto as PDF",
        "pay.copied": "Copied.",
        "pay.other": "Other ways to pay on the site of {credor}",
        "pay.none": "To receive the payment data of this invoice, contact {credor}.",
        "pay.check": (
            "Before you confirm, check in your bank's app that the recipient is {credor}, "
            "{documento}. If another name appears, do not pay and contact us."
        ),
        "pay.settling": "After paying, confirmation may take a few business days.",
        # An agreement that is running
        "agreement.title": "Your agreement",
        "agreement.proposed": (
            "Your request for an agreement of {dia} is being reviewed by {credor}. Nothing has to "
            "be paid until the answer, expected by {outro}."
        ),
        "agreement.proposed_undated": (
            "Your request for an agreement of {dia} is being reviewed by {credor}. Nothing has to "
            "be paid until the answer."
        ),
        "agreement.active": "Agreement made on {dia}. Please pay each instalment by its due date.",
        "agreement.fulfilled": "Agreement fulfilled. Thank you for your payments!",
        "agreement.breached": (
            "The agreement of {dia} ended because a payment was missing. What you paid was taken "
            "off the invoices."
        ),
        "agreement.refused": (
            "The request for an agreement of {dia} was not approved. The invoices stand as before."
        ),
        "agreement.lapsed": (
            "The request for an agreement of {dia} was not answered in time. The invoices stand as "
            "before."
        ),
        "agreement.cancelled": (
            "The agreement of {dia} was cancelled. What you paid was taken off the invoices."
        ),
        "agreement.total": "Total of the agreement",
        "agreement.discount": "Discount",
        "agreement.table": "Instalments of the agreement",
        "agreement.number": "Instalment",
        "agreement.column": "No.",
        "agreement.down_payment": "Down payment",
        "agreement.due": "Due date",
        "agreement.amount": "Amount",
        "agreement.paid": "Paid",
        "agreement.to_pay": "To pay",
        "agreement.pay_now": "Pay",
        # What is offered
        "offer.title": "Settle",
        "offer.lead": "If you prefer, see the conditions to settle what is overdue.",
        "offer.once": "At once: {total}",
        "offer.spread": "In {de} to {ate} instalments: {total}",
        "offer.fixed": "In {ate} instalments: {total}",
        "offer.saving": "discount of {desconto}",
        "offer.valid": "Conditions valid until {dia}.",
        "offer.button": "Simulate an agreement",
        # The simulator
        "deal.title": "Simulate an agreement",
        "deal.lead": "Choose the conditions and see the result. Simulating binds you to nothing.",
        "deal.owed": "Today's amount without an agreement",
        "deal.instalments": "Number of instalments",
        "deal.instalments_hint": "From {de} to {ate}.",
        "deal.down_payment": "Down payment",
        "deal.down_payment_none": "With these instalments there is no down payment.",
        "deal.down_payment_optional": "With these instalments: none, or from {de} to {ate}.",
        "deal.down_payment_required": "With these instalments: from {de} to {ate}.",
        "deal.adjusted": "We adjusted your choice to what is possible under these conditions.",
        "deal.first_due": "First payment on",
        "deal.button": "Simulate",
        "deal.quick": "Suggestions",
        "deal.result": "Result of the simulation",
        "deal.total": "Total of the agreement",
        "deal.saving": "Discount",
        "deal.table": "Payments of the agreement",
        "deal.breach.one": (
            "If an instalment is unpaid for more than 1 day, the agreement ends and the original "
            "invoices apply again, less what you have paid."
        ),
        "deal.breach.many": (
            "If an instalment is unpaid for more than {quantos} days, the agreement ends and the "
            "original invoices apply again, less what you have paid."
        ),
        "deal.approval": (
            "This agreement needs the approval of {credor}. The invoices are paused until the "
            "answer."
        ),
        "deal.terms": "Terms of the agreement (in Portuguese)",
        "deal.accept": "I have read and accept the terms of the agreement",
        "deal.accept_button": "Make the agreement",
        "deal.accept_approval": "Ask for the agreement",
        "deal.none": "There are no conditions for an agreement here at the moment.",
        # Other acts
        "acts.title": "Other options",
        "acts.which": "Which invoice?",
        "confirm.title": "Confirm that I read the message",
        "confirm.text": (
            "This only records that you read the message. It does not mean that you agree with it."
        ),
        "confirm.button": "I confirm that I read it",
        "confirm.done": "Reading confirmed on {momento}.",
        "paid.title": "I have already paid",
        "paid.text": (
            "Tell us when and how you paid. Messages about the invoice are paused while the "
            "payment is checked."
        ),
        "paid.on": "Date of payment",
        "paid.method": "How you paid",
        "paid.proof": "Proof of payment (optional)",
        "paid.proof_hint": "PDF, PNG or JPEG of at most {tamanho} MB.",
        "paid.button": "Say that I have paid",
        "promise.title": "Arrange a date to pay",
        "promise.text": (
            "Tell us by when you intend to pay. The amount is updated until the payment."
        ),
        "promise.on": "I will pay by",
        "promise.on_hint": "Until {dia}.",
        "promise.button": "Arrange the date",
        "dispute.title": "I do not recognise this charge",
        "dispute.text": (
            "Tell us why. Messages about the invoice are suspended until you are answered."
        ),
        "dispute.reason": "Reason",
        "dispute.words": "Would you like to explain? (needed for “Another reason”)",
        "dispute.words_hint": "At most {quantos} characters. No passwords or card data, please.",
        "dispute.button": "Send the dispute",
        "not_me.title": "This message is not for me",
        "not_me.text": (
            "If the message reached you by mistake, tell us: we will stop writing to this contact "
            "and this link will show nothing more."
        ),
        "not_me.button": "This is not me",
        "prefer.title": "Contact preferences",
        "prefer.text": "Tell us how and when you prefer to receive our messages.",
        "prefer.channel": "I prefer to be contacted by",
        "prefer.any_channel": "No preference",
        "prefer.hour": "Best time",
        "prefer.any_hour": "No preference",
        "prefer.stop": "I no longer want to be contacted by",
        "prefer.stop_hint": "Stopping messages neither cancels nor settles open invoices.",
        "prefer.button": "Save preferences",
        "again.title": "Receive a second copy by e-mail",
        "again.text": "We will send the message again to the e-mail address on file.",
        "again.button": "Send a second copy",
        "channel.email": "E-mail",
        "channel.sms": "Text message",
        "channel.whatsapp": "WhatsApp",
        "channel.voice": "Telephone",
        "method.pix": "Pix",
        "method.boleto": "Boleto",
        "method.card": "Card",
        "method.debit": "Direct debit",
        "method.cash": "Cash",
        "method.transfer": "Bank transfer",
        "method.other": "Another way",
        "reason.unknown_purchase": "I did not buy or order this",
        "reason.wrong_amount": "The amount is wrong",
        "reason.not_delivered": "I did not receive the product or service",
        "reason.already_paid": "I have already paid",
        "reason.cancelled": "I have cancelled",
        "reason.other": "Another reason",
        "choose": "Choose an option",
        # What is wrong with a form
        "error.title": "Please check the fields below",
        "error.digits": "Type the {quantos} characters that are asked for.",
        "error.ref": "Choose the invoice.",
        "error.on": "Give the date of payment: between the invoice's issue and today.",
        "error.promise_on": "Choose a date between today and the last day shown.",
        "error.method": "Choose how you paid.",
        "error.proof": "Send a PDF, PNG or JPEG file within the size shown.",
        "error.reason": "Choose the reason.",
        "error.words": "Tell us what happened, within the length shown.",
        "error.channel": "Choose one of the channels listed that you did not ask to stop.",
        "error.hour": "Choose one of the times listed.",
        "error.stop": "Choose among the channels listed.",
        "error.accept": "To make the agreement, tick that you have read and accept the terms.",
        "error.key": "The conditions changed after the simulation. Please check the present ones.",
        "error.form": "The form could not be read. Please fill it in again.",
        "error.conflict": (
            "Something changed while this page was open. Please check how things stand now."
        ),
        "error.csrf": (
            "The page was open for a long time, or the browser takes no cookies. Please check the "
            "data and send it again."
        ),
        # Receipts
        "receipt.confirm_reading": "Reading confirmed",
        "receipt.say_paid": "Payment notice recorded",
        "receipt.promise": "Date arranged",
        "receipt.promise_noted": "Date noted",
        "receipt.dispute": "Dispute recorded",
        "receipt.not_me": "Thank you for telling us",
        "receipt.prefer": "Preferences saved",
        "receipt.send_again": "Second copy on its way",
        "receipt.settle": "Agreement recorded",
        "receipt.settle_proposed": "Request for an agreement recorded",
        "receipt.confirm_reading_text": (
            "We recorded that the message was read. It does not mean that you agree with it."
        ),
        "receipt.say_paid_text": (
            "We will check the payment. Messages about the invoice are paused meanwhile."
        ),
        "receipt.say_paid_late_text": (
            "The payment should have arrived by now and has not been found. {credor} will look "
            "for it. Messages about the invoice may go on meanwhile; if you can, send the proof as "
            "well."
        ),
        "receipt.promise_text": (
            "Thank you. Messages about the invoice are paused until the date arranged."
        ),
        "receipt.promise_noted_text": (
            "Thank you. We noted the date, but messages about the invoice may go on."
        ),
        "receipt.dispute_text": (
            "{credor} will look into what you told us. Messages about the invoice are suspended "
            "until the answer."
        ),
        "receipt.not_me_text": (
            "{credor} will stop writing to this contact about this matter. This link shows nothing "
            "more."
        ),
        "receipt.prefer_text": "We will follow what you chose from now on.",
        "receipt.send_again_text": (
            "The second copy will be sent to the e-mail address on file. It may take a few minutes."
        ),
        "receipt.settle_text": (
            "The agreement is made. The invoices it covers are paused while the instalments are "
            "paid in time."
        ),
        "receipt.settle_proposed_text": (
            "{credor} will review the request. The invoices it covers are paused until the answer."
        ),
        "receipt.protocol": "Reference number",
        "receipt.at": "Recorded on",
        "receipt.brasilia": "{momento} (Brasília time)",
        "receipt.invoice": "Invoice",
        "receipt.keep": "Keep this receipt: you can print or save this page.",
        "receipt.print": "Print",
        "receipt.back": "Back to the message",
        "receipt.pay_next": "See the instalments and pay",
        "fact.on": "Date given",
        "fact.until": "Paused until",
        "fact.amount": "Amount",
        "fact.total": "Total of the agreement",
        "fact.discount": "Discount",
        "fact.method": "How it was paid",
        "fact.reason": "Reason",
        "fact.channel": "Preferred channel",
        "fact.hour": "Preferred time",
        "fact.stopped": "Channels stopped",
        "fact.instalments": "Payments",
        "fact.proof": "Proof of payment",
        "fact.sent": "Sent",
        "fact.terms": "Code of the accepted terms (SHA-256)",
        "fact.agreement": "Agreement",
        # Pages without a message
        "none.not_found": "Link not found",
        "none.not_found_text": (
            "We do not know this link. Please open the message you received again and check that "
            "the address is complete."
        ),
        "none.expired": "Link expired",
        "none.expired_text": (
            "For your safety, this link stopped working after some time. Please use the link in "
            "the latest message or contact whoever sent it."
        ),
        "none.unknown": "Page not found",
        "none.unknown_text": "This page does not exist. Go back to the message and choose again.",
        "none.not_allowed": "Request not understood",
        "none.not_allowed_text": "Open the link of the message in your browser.",
        "none.refused": "Request refused",
        "none.refused_text": (
            "For your safety, we only take forms sent by this very page. Open the link of the "
            "message and try again."
        ),
        "none.too_large": "Too large",
        "none.too_large_text": (
            "What was sent is larger than allowed. Go back, choose a smaller file and try again."
        ),
        "none.preview": "Preview",
        "none.preview_text": "In this preview, forms cannot be sent.",
        "none.unavailable": "Please try again in a moment",
        "none.unavailable_text": (
            "Your request could not be completed now. Please try again in a moment: repeating it "
            "records nothing twice."
        ),
    }
)
"""English, for whoever does not read Portuguese."""

CATALOGUES: Mapping[Language, Mapping[str, str]] = MappingProxyType({"pt": PT, "en": EN})

REPLACEABLE = frozenset(
    {
        "frame.help_text",
        "land.lead",
        "land.why",
        "show.hello",
        "show.lead",
        "show.lead_resting",
        "show.paid_title",
        "show.paid_lead",
        "show.nothing_lead",
        "pay.pix_hint",
        "pay.other",
        "pay.none",
        "offer.title",
        "offer.lead",
        "offer.button",
        "deal.lead",
        "paid.text",
        "promise.text",
        "dispute.text",
        "prefer.text",
        "again.text",
    }
)
"""Keys that a creditor may word itself. The others identify, explain the law or confirm an act."""


class Texts:
    """The words of one page: a language, and a creditor's own words before ours.

    Args:
        language: of the page.
        own: a creditor's texts by full key (``page.pt.<key>``); keys that are not replaceable are
            ignored.
    """

    def __init__(self, language: Language, own: Mapping[str, str] | None = None) -> None:
        self.language: Language = language
        self._own = own or {}

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with its placeholders filled; a value is never looked into again.

        Raises:
            KeyError: there is no such key, or a placeholder of ours has no value.
        """
        ours = CATALOGUES[self.language][key]
        text = self._own.get(f"page.{self.language}.{key}", ours) if key in REPLACEABLE else ours
        missing = names_in(ours) - values.keys()
        if missing:
            raise KeyError(f"{key}: {', '.join(sorted(missing))}")
        return _PLACEHOLDER.sub(lambda m: str(values.get(m[1], m[0])), text)

    def day(self, day: date) -> str:
        """Write a day; in English by the month's name, for orders of numbers differ.

        >>> Texts("pt").day(date(2026, 11, 3)), Texts("en").day(date(2026, 11, 3))
        ('03/11/2026', '3 Nov 2026')
        """
        if self.language == "pt":
            return pt_br.full_date(day)
        return f"{self.short_day(day)} {day.year}"

    def short_day(self, day: date) -> str:
        """Write a near day without its year.

        >>> Texts("pt").short_day(date(2026, 11, 3)), Texts("en").short_day(date(2026, 11, 3))
        ('03/11', '3 Nov')
        """
        if self.language == "pt":
            return pt_br.short_date(day)
        return f"{day.day} {_MONTHS[day.month - 1]}"

    def moment(self, at: datetime) -> str:
        """Write an instant as a clock on a Brazilian wall shows it.

        >>> from datetime import UTC
        >>> Texts("pt").moment(datetime(2026, 11, 10, 12, 5, 9, tzinfo=UTC))
        '10/11/2026 às 09:05'
        """
        local = at.astimezone(ZoneInfo(SAO_PAULO))
        return self("frame.moment", dia=self.day(local.date()), hora=f"{local:%H:%M}")

    def count(self, key: str, number: int, **values: object) -> str:
        """Return the singular or the plural of a text; its number is ``{quantos}``.

        >>> Texts("pt").count("show.invoices", 2)
        '2 faturas'
        """
        return self(f"{key}.{'one' if number == 1 else 'many'}", quantos=number, **values)
