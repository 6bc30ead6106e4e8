"""What a customer means by a text message, read by rule: words that count, and why they count.

Brazilian customers write without accents, with one letter wrong, "n" for "não", "paraaar" and an
emoji; all of it is read. A negated wish is no wish ("não quero parar"), and a comma ends what a
negation reaches ("não, já paguei"). When several things are said, the one that protects the
customer most is the intent and the others are named beside it: a request to stop always wins.

Some words count anywhere ("já paguei"), some only where they are all that is said: "sair" is a
request, "vou sair agora" is none. A question or a "não" at the end leaves a payment in doubt
("já foi pago?", "paguei não"). Nothing is learnt and nothing is guessed: what matches no rule
is OTHER, for a person to read. The phrases are ours.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from typing import NamedTuple

from regua.domain.phrases import PhraseBook, choices, words_of

MAX_CHARACTERS = 4096
"""What WhatsApp takes; what comes after is not read."""
SHORTEST_CORRECTED = 6
"""Only words of so many letters are recognised with one letter wrong."""
_LONG_MESSAGE_WORDS = 25


class Intent(StrEnum):
    """What a reply asks for. Add intents; never rename or reuse one."""

    STOP = "stop"
    NOT_ME = "not_me"
    PAID = "paid"
    NEGOTIATE = "negotiate"
    HUMAN = "human"
    SECOND_COPY = "second_copy"
    OTHER = "other"


PRIORITY = tuple(Intent)
"""Which of several counts, the first first: what protects the customer, then what says most.

"Boleto" alone asks for a second copy; in "quero parcelar o boleto" and "paguei o boleto" it is
only what the rest is about, so it comes last.
"""


class Confidence(StrEnum):
    """How sure a reading is."""

    EXACT = "exact"
    """A button, or a clause that says nothing else."""
    CLEAR = "clear"
    """The words stand there as they are."""
    DOUBTFUL = "doubtful"
    """A person must see it as well.

    A letter was corrected, something else was asked too, the message is long, a payment is asked
    after or taken back, or it tells of a death or asks to erase data.
    """


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message means, and by which words of it, accents and capitals aside."""

    intent: Intent
    confidence: Confidence
    words: tuple[str, ...] = ()
    """Each phrase that counted for the intent; the button's code where one was pressed."""
    also: tuple[Intent, ...] = ()
    """What else was said, by priority."""


# ── phrases ─────────────────────────────────────────────────────────────────────────────────────

_ANYWHERE: Mapping[Intent, str] = {
    Intent.STOP: """
{parar,parem,pare,para,deixar,deixem,deixe,deixa} de {me ,nos ,}{receber,enviar,mandar,mandarem,enviarem,ligar,ligarem,incomodar,perturbar,encher,escrever}
{parar,pare,parem} {com ,de ,}{o ,os ,a ,as ,}{sms,mensagem,mensagens,envio,envios,avisos,lembretes,ligacoes,cobrancas}
{parar,parem,pare,para} de me cobrar
{parem com,pare com,para com,parar com,parem,pare,parar} {isso,essas mensagens,as mensagens,esses sms,as ligacoes,essas ligacoes,os avisos,os lembretes}
{quero,queria,gostaria de,desejo,prefiro,como faco para,como faco pra,favor,pode} {parar,sair,descadastrar,me descadastrar}
{quero,gostaria de} que {parem,pare}
{sair,saia} {da,dessa,desta,de} {lista,sua lista,listagem,grupo}
{remover,remova,retirar,retire,tirar,excluir,exclua} {meu ,o meu ,este ,}{numero ,telefone ,contato ,nome ,}{da,do,dessa,desta} {lista,sua lista,cadastro}
me {tira,tire,tirem,retire,retirem,remova,remove,removam,exclua,exclui,excluam} {da,dessa,desta,daqui,desse,deste,disso,disto,dai}
{tira,tire,tirem,tirar,retire,retirem,retirar,remova,remove,removam,remover,exclua,exclui,excluam,excluir,apaga,apague,apaguem,apagar,deleta,delete,deletem,deletar,bloqueia,bloqueie,bloqueiem,bloquear} {o ,}meu {numero,telefone,contato,celular,nome,cadastro}
{exclua,exclui,excluam,excluir,apaga,apague,apaguem,apagar,deleta,delete,deletem,deletar,remova,remove,removam,remover} {os ,}meus dados
{revogo,revogar,retiro,retirar,cancelo,cancelar} {o ,}{meu ,}consentimento
{revogo,revogar} {a ,}{minha ,}autorizacao
me {bloqueia,bloqueie,bloqueiem}
cancelar {o ,a ,as ,os ,meu ,minha ,este ,esse ,}{recebimento,inscricao,envio,envios,mensagens,sms,avisos,notificacoes,lembretes,cadastro de mensagens}
{cancela,cancele,cancelem} {o ,a ,as ,os ,meu ,minha ,este ,esse ,essas ,}{recebimento,inscricao,envio,envios,mensagens,sms,avisos,notificacoes,lembretes,isso}
{descadastrar,descadastre,descadastra,descadastro,descadastrem}
descadastre me
unsubscribe
opt out
stop
{nao,nao mais,nunca mais} {me ,mim ,nos ,}{mande,manda,mandem,mandar,mandarem,envie,envia,enviem,enviar,enviarem,ligue,ligar,liguem,escreva,escrevam,perturbe,perturbem,incomode,incomodem,contate,contatem,encha,encham,chame,chamem,procure,procurem}
{nao,nao mais,nunca mais} {me,nos} {cobre,cobrem,cobrar,cobrarem}
nao me cobra mais
nao {cobrem,cobrar} mais
nao {quero,desejo,gostaria de,pretendo,preciso,autorizo,aceito} {mais ,}{receber,ser incomodado,ser incomodada,ser contatado,ser contatada,mensagem,mensagens,sms,contato,nada de voces,essas mensagens,ligacoes,que mandem,que me mandem,que liguem,que me liguem,que enviem}
nao {autorizo,permito} {o ,esse ,este ,mais ,}{contato,contatos,envio,mensagens,uso}
{chega,basta} de {mensagem,mensagens,sms,cobranca,ligar,ligacao,ligacoes,mandar}
me {deixa,deixe,deixem} em paz
me {esquece,esquecam,esqueca}
{vou,irei} denunciar
{vou,irei} te bloquear
{vou,irei} bloquear {voces,esse numero,este numero,o numero}
""",  # noqa: E501 - a table
    Intent.NOT_ME: """
nao sou eu
nao {sou,e} {o ,a ,}{titular,responsavel,cliente,devedor,devedora,dono,dona,essa pessoa,esta pessoa,quem voces procuram,quem voce procura,esse cliente,proprietario}
nao {sou,e} {o ,a ,seu ,dona ,o seu ,a dona ,o senhor ,a senhora ,}{NAME}
nao sou {o,a}
{numero,telefone,celular,contato,zap,whatsapp} nao e {mais ,}{do,da,de} {seu ,dona ,}{NAME}
{esse,este} {numero,telefone,celular,contato,zap,whatsapp} nao e {mais ,}{do,da,de,dele,dela}
{faleceu,falecido,falecida,foi a obito,veio a obito,certidao de obito,atestado de obito}
{ele,ela,pai,mae,marido,mulher,esposo,esposa,avo,irmao,irma,filho,filha,tio,tia,sogro,sogra,titular,cliente,pessoa,senhor,senhora,dono,dona} {ja ,}morreu
{NAME} {ja ,}morreu
{ele,ela} {ja ,}{esta ,ta }{morto,morta}
nao sou {o,a} {mais ,}{senhor,senhora,sr,sra,dona,seu}
nao me chamo
{meu,o meu} nome nao e
nao e {comigo,para mim,pra mim,meu nome,meu numero,meu cpf,o meu nome,esse o numero,este o numero,esse numero,este numero,essa pessoa,esta pessoa,mais dele,mais dela,dele,dela,desta pessoa,dessa pessoa}
nao {e ,}mais {o ,}{telefone,numero,celular,contato} {dele,dela,dessa,desta,desse,de}
{numero,telefone,contato,celular,pessoa,zap,destinatario,destino,cliente} {esta ,ta ,}{errado,errada,incorreto,incorreta,equivocado}
{errou,erraram} {de ,o ,}{numero,telefone,pessoa,contato}
{numero,telefone,chip,celular,linha} {mudou,trocou} de {dono,titular,pessoa}
{esse,este,o} {numero,telefone,celular} {agora ,}{e ,}{de outra pessoa,meu agora,de outro,nao pertence,nao e mais}
{nao pertence,pertence} {mais ,}a {outra pessoa,outro,essa pessoa,esta pessoa,ele,ela}
nao {conheco,conhecemos,sei quem e} {essa,esta,esse,este,nenhum,nenhuma,ninguem,a pessoa,quem e,o titular,ele,ela,o senhor,a senhora,o cliente,a cliente}
nao sei quem e
desconheco {essa,esta,esse,este,a,o,tal} {pessoa,nome,cliente,titular,senhor,senhora}
{por,e,foi,e um,deve ser,deve ser um} engano
{mensagem,mandou,mandaram,enviou,enviaram,ligou,ligaram,contato} {por ,para a pessoa ,pra pessoa ,}{engano,errada}
{ele,ela,essa pessoa,esta pessoa,esse cliente} nao {mora,trabalha,vive} {mais ,}aqui
{ninguem,nao tem ninguem} {aqui ,}{com esse nome,com este nome}
{wrong number,numero equivocado}
""",  # noqa: E501 - a table
    Intent.PAID: """
{ja,eu,hoje,ontem} {foi ,esta ,ta ,estao ,eu ,}{paguei,pagos,pagas,quitei,quitada,quitado,transferi,depositei}
{ja foi,ja esta,ja ta,foi,esta,ta,estao,foram,ja estao,ja foram} {tudo ,}{pago,paga,pagos,pagas,quitado,quitada,quitados,quitadas,liquidado,liquidada}
ja {foi ,esta ,ta ,}{pago,paga,pagamos}
paguei
pagamos
{efetuei,fiz,realizei,efetuamos,fizemos,realizamos} {o ,um ,esse ,este ,ja o ,}{pagamento,pix,deposito,transferencia}
pagamento {ja ,}{foi ,esta ,ta ,}{feito,realizado,efetuado,efetivado,concluido,enviado,confirmado}
pix {ja ,}{foi ,}{feito,realizado,enviado}
{pago,paga} {ontem,anteontem,semana passada,faz,desde,mes passado}
{tudo,conta,fatura,boleto,parcela,mensalidade} {pago,paga,quitado,quitada}
{segue,seguem,aqui esta,enviei,mandei,anexo,em anexo,envio,to enviando,estou enviando,olha,tenho} {o ,em anexo o ,aqui o ,abaixo o ,os ,meu ,um ,}{comprovante,comprovantes,recibo}
{comprovante,recibo} {de pagamento,do pagamento,do pix,em anexo,anexo,anexado,enviado}
quitei
dei baixa
acabei de {pagar,quitar,fazer o pix,transferir,fazer o pagamento,efetuar o pagamento}
{ja ,}{fiz,mandei} o pix
""",  # noqa: E501 - a table
    Intent.NEGOTIATE: """
{negociar,negocia,negociacao,negociacoes,renegociar,renegociacao,negociarmos}
{parcelar,parcelamento,parcelado,parcelamos,parcelo,parcelem,parcelarem}
{dividir,pagar} {isso ,o valor ,a conta ,}em {duas,tres,quatro,cinco,seis,dez,doze,2,3,4,5,6,8,10,12,partes,parcelas,mais,x,2x,3x,4x,5x,6x,10x,12x,varias}
{fazer,faz,fazem,propor,proposta de,quero,queria,aceita,aceitam,um,novo} {um ,}{acordo,acordos}
acordo para {pagar,pagamento}
{desconto,descontos,descontinho}
{abatimento,abater}
{condicao,condicoes} {de pagamento,melhor,melhores,especial,especiais,para pagar,pra pagar}
{mais prazo,prazo maior,estender o prazo,prorrogar,prorrogacao,adiar,adiamento,nova data,outra data}
{tem,teria,tem como,da,da para,da pra,podem,pode} {um ,}{prazo}
{mudar,alterar,trocar} {a ,}data {de ,do ,}{vencimento,pagamento}
nao {tenho,estou com,to com} {como,condicoes,condicao,dinheiro} {de ,para ,pra ,}{pagar,tudo}
nao {consigo,posso,vou conseguir,vou poder,terei como,da para,da pra} pagar
{tirar,isentar,retirar,sem} {os ,a ,}{juros,multa}
{proposta,contraproposta}
{entrada} de {r,reais}
""",  # noqa: E501 - a table
    Intent.HUMAN: """
{falar,conversar,fala} com {um ,uma ,o ,a ,algum ,alguma ,}{atendente,pessoa,pessoas,humano,gente,alguem,voces,voce,responsavel,gerente,supervisor,supervisora,operador,operadora,consultor,consultora,financeiro,setor,representante,funcionario,atendimento}
{atendente,atendentes,atendimento humano,atendimento,ouvidoria}
{quero,preciso,gostaria de,posso} {de ,}{ajuda,suporte,falar,atendimento}
{me ,}{liga,ligue,ligar,liguem,ligam} {para mim,pra mim,de volta,me,aqui}
{podem,pode} me {ligar,atender,ajudar,explicar}
me {ligue,liga,liguem,ligar,atenda,ajude,ajuda}
{qual,qual e,passa,me passa,tem} {o ,um ,}{telefone,numero para contato,numero de contato,whatsapp} {de ,para ,pra ,}{contato,voces,falar,atendimento,ligar}
""",  # noqa: E501 - a table
    Intent.SECOND_COPY: """
{segunda,2,2a,2o} via
{2via,2avia}
{boleto,boletos,boletinho}
{codigo,codigos} {de barras,de barra,do boleto,pix,do pix,para pagar,pra pagar,de pagamento,para pagamento}
{codigo,codigos}
linha digitavel
{chave,qr code,qrcode,qr} {do ,}{pix}
{qr code,qrcode}
copia e cola
pix
{mande,manda,envie,envia,reenvie,mandar,enviar,reenviar,mandem,enviem,quero,queria,preciso,cade,qual,passa,passe,nao recebi,nao chegou,perdi,nao achei,nao encontrei,nao tenho} {me a ,me ,a ,o ,uma ,minha ,meu ,a minha ,o meu ,da ,do ,essa ,}{fatura,conta,nota,link,carne,mensalidade}
nao {tenho,estou com} {o ,o meu ,meu ,}{boleto,pix,codigo}
{dados,link,forma,formas} {de ,do ,para ,pra ,para o ,}{pagamento,pagar,transferencia,deposito}
{como,onde} {eu ,que eu ,posso ,faco para ,faco pra ,consigo ,e que eu ,fazer para ,}{pago,pagar,paga}
{quero,queria,vou querer,gostaria de} pagar
link {venceu,expirou,nao abre,nao funciona}
""",  # noqa: E501 - a table
}
_ALONE: Mapping[Intent, str] = {
    Intent.STOP: """
{parar,pare,para,parem,parou,parei,para tudo,para com isso,pare com isso}
{sair,sai,saia,sair fora}
{cancelar,cancela,cancele,cancelem,cancelado}
{fim,chega,basta,remover,remova,excluir,exclua,desinscrever,quit,end,cancel}
{bloquear,bloqueia,bloqueie,bloqueiem,vou bloquear}
{nao autorizo,nao autorizo mais,nao permito,nao dou consentimento}
{nao quero,nao quero mais,nao desejo,nao tenho interesse,sem interesse}
""",
    Intent.NOT_ME: """
{morreu,ja morreu}
{engano,errado,numero errado,desconheco,nao conheco,nao sou,nao sou nao,nao e comigo,pessoa errada}
""",
    Intent.PAID: """
{pago,paga,quitado,quitada,comprovante,recibo,ja era pago,ok pago,ja pago,feito,pagamento}
{o comprovante,meu comprovante,comprovante pix,pix feito,pix enviado,ja fiz,ja foi,ja mandei}
""",
    Intent.NEGOTIATE: """
{acordo,proposta,prazo,juros,condicoes,simulacao}
""",
    Intent.HUMAN: """
{humano,pessoa,gerente,suporte,ajuda,falar,alguem,telefone,socorro,financeiro}
""",
    Intent.SECOND_COPY: """
{fatura,link,conta,carne,a fatura,minha fatura,pagar,a conta,2}
""",
}
"""What counts only where nothing else is said in the clause, courtesies aside."""

_HARMLESS = """
parar de pagar
{parar,pare,parem} {com ,}{os ,a ,as ,}{juros,multa,multas}
{quero ,queria ,gostaria de ,desejo ,prefiro ,como faco para ,como faco pra ,pode ,}sair {da divida,das dividas,dessa divida,do vermelho,do serasa,do spc,do aperto,do sufoco,da inadimplencia}
nao {me ,}{mandar,enviar} {o ,a ,um ,uma ,}{boleto,comprovante,pix,fatura,codigo,segunda via,conta,link,dinheiro}
nao me {cobre,cobrem,cobrar} {mais ,}{os ,a ,}{juros,multa}
{tira,tire,tirem,tirar,retire,retirem,retirar,remova,remover,exclua,excluir} {o ,}meu nome {do,da} {serasa,spc,protesto,negativacao,cartorio,boa vista}
nao sou {o unico,a unica,a favor,o tipo,o que,o mesmo,a mesma,o primeiro,a primeira,o culpado,a culpada,o problema,a ultima,o ultimo}
{esse,este} numero nao e {do,da,de} {meu ,minha ,}{boleto,fatura,contrato,pedido,protocolo,conta,cpf,nota}
{sair,saindo} {agora,hoje,amanha,cedo,de casa,do trabalho,de ferias,de viagem}
{para,pra} {de sol,mim}
acordo com
de acordo
conforme acordo
{numero,codigo} {do,de} {cliente,contrato,pedido,protocolo,cpf}
{ja ,}nao paguei
nao {foi ,esta ,ta ,}{pago,paga}
"""  # noqa: E501 - a table
"""What hides the words inside it."""

_NAMES = frozenset(
    words_of(
        "joao jose antonio francisco carlos paulo pedro lucas luiz luis marcos gabriel rafael "
        "daniel marcelo bruno eduardo felipe rodrigo fernando ricardo andre fabio leonardo gustavo "
        "guilherme tiago thiago mateus matheus diego anderson alexandre roberto sergio jorge "
        "claudio mario maria ana francisca antonia adriana juliana marcia fernanda patricia aline "
        "sandra camila amanda bruna jessica leticia julia luciana vanessa mariana gabriela vera "
        "larissa claudia beatriz rita sonia renata eliane simone cristina carla paula tereza teresa"
    )
)
"""First names, the most frequent ones: what NAME stands for in a phrase. Never corrected to."""

_STOPS = frozenset({"parar", "pare", "parem", "sair"})
"""What a short clause begins with that asks to stop, whatever follows: "parar 123"."""
_NO_STOP_GOES_ON = frozenset(words_of("de do da dos das no na para pra que e se"))
"""What follows such a word that begins something else: "parar de trabalhar"."""
_STOP_WORDS = 3

_TAKEN_BACK = frozenset({"nao", "nada", "nunca", "nenhum", "nenhuma"})
_ASKING = frozenset({"se", "sera"})
_FOR_A_PERSON = frozenset(
    words_of("faleceu falecido falecida obito morreu morto morta dados consentimento")
)
"""What of a protective phrase somebody must see to besides: a death, the customer's data."""
_VAGUE = frozenset({"nao sou o", "nao sou a"})
"""Phrases that any word may follow."""

_COURTESIES = frozenset(
    words_of(
        "por favor pf pfv porfavor obrigado obrigada obg grato grata ola oi bom boa dia "
        "tarde noite quero queria gostaria mais agora ja me isso isto esse ok sim tudo bem "
        "aqui voces voce gentileza desde imediatamente urgente entao ai ta moca moco amigo amiga "
        "senhor senhora e a o da do das dos com um uma para"
    )
)
_ABBREVIATED = {
    **dict.fromkeys(("n", "nn", "naum", "num", "nem"), "nao"),
    **dict.fromkeys(("vc", "vcs"), "voces"),
    **dict.fromkeys(("q", "qe"), "que"),
    **dict.fromkeys(("pgto", "pagto", "pgt"), "pagamento"),
    **dict.fromkeys(("msg", "mensage"), "mensagem"),
    **dict.fromkeys(("msgs", "mgs"), "mensagens"),
    **dict.fromkeys(("pg", "pgo"), "pago"),
    **dict.fromkeys(("tah", "tava"), "ta"),
    **dict.fromkeys(("nr", "nro", "tel"), "numero"),
    **dict.fromkeys(("jah", "jaa"), "ja"),
    **dict.fromkeys(("tbm", "tb"), "tambem"),
}
_REAL_WORDS = frozenset(
    words_of(
        "pague paguem pagou pagar pagarei pagaria peguei pegamos pagamento pagamentos parcela "
        "parcelas parcial segundo segundos segunda acorda acordei pessoal numeros enviarei "
        "mandarei cancelado cancelou recebi receberei contato contatos continua errada desconta "
        "descontado engana enganar enganou recebido atendeu atender atendido negocio negocios "
        "correu cobram cobrei cobrado conta contas numero moramos falamos ligarei bloqueado "
        "bloqueou"
    )
)
"""Words that are themselves, however near they come to one that counts."""

_NEGATIONS = frozenset({"nao", "nunca", "jamais", "nenhum", "nenhuma", "sem"})
_BETWEEN = frozenset(
    words_of(
        "a o as os um uma de do da eu me mais ainda quero queria vou foi esta ta estou to preciso "
        "pretendo consegui pude posso gostaria que tinha havia tenho desejo ter pedi disse era e "
        "fiz quis vamos falei sei se nada nenhum"
    )
)
"""What may stand between a negation and what it negates."""
_MAX_BETWEEN = 4

_CLAUSE_ENDS = re.compile(
    r"([.,;:!?\n\r…|/()\[\]\"“”]+|\s[-–—]+\s|\b(?:mas|porem|porém|pois)\b)", re.IGNORECASE
)
_SPELT_OUT = re.compile(r"\b(?:[^\W\d_][ .*-]{1,3}){2,}[^\W\d_]\b")
_DRAWN_OUT = re.compile(r"([a-z])\1{2,}")
_BUTTON = re.compile(r"[^a-z0-9]+")
_BUTTONS: Mapping[str, Intent] = {
    code: intent
    for intent, codes in {
        Intent.STOP: "stop parar sair cancelar descadastrar opt_out optout unsubscribe",
        Intent.NOT_ME: "not_me nao_sou_eu numero_errado engano wrong_number",
        Intent.PAID: "paid paguei ja_paguei pago comprovante",
        Intent.NEGOTIATE: "negotiate negociar parcelar acordo",
        Intent.HUMAN: "human agent atendente falar ajuda atendimento",
        Intent.SECOND_COPY: "second_copy segunda_via boleto pix codigo pagar pay",
    }.items()
    for code in codes.split()
}


# ── reading ─────────────────────────────────────────────────────────────────────────────────────


def read_reply(text: str, payload: str | None = None) -> Reading:
    """Read what a customer wrote, or the button that was pressed.

    A button's code is the intent's, up to a colon ("NEGOCIAR:01J9"); one that is not known is read
    by its title.

    >>> read_reply("NÃO QUERO PARAR, só a 2ª via").intent
    <Intent.SECOND_COPY: 'second_copy'>
    >>> read_reply("ja pagei, parem de mandar mensagem!!")
    Reading(intent=<Intent.STOP: 'stop'>, confidence=<Confidence.DOUBTFUL: 'doubtful'>, \
words=('parem de mandar',), also=(<Intent.PAID: 'paid'>,))
    """
    pressed = intent_of_button(payload)
    if pressed is not None:
        return Reading(pressed, Confidence.EXACT, (_button_code(payload or ""),))
    found = list(_found(text[:MAX_CHARACTERS]))
    intents = [intent for intent in PRIORITY if any(hit.intent is intent for hit in found)]
    if not intents:
        return Reading(Intent.OTHER, Confidence.CLEAR)
    chosen, *others = intents
    hits = [hit for hit in found if hit.intent is chosen]
    words = tuple(dict.fromkeys(hit.words for hit in hits))
    return Reading(chosen, _confidence(text, hits, others), words, tuple(others))


def intent_of_button(payload: str | None) -> Intent | None:
    """Return the intent that a button's payload names; None when there is none, or no such one.

    >>> intent_of_button("NEGOCIAR:01J9ZK3")
    <Intent.NEGOTIATE: 'negotiate'>
    """
    return None if payload is None else _BUTTONS.get(_button_code(payload))


def _button_code(payload: str) -> str:
    plain = " ".join(words_of(payload.partition(":")[0].replace("_", " ")))
    return _BUTTON.sub("_", plain)


class _Hit(NamedTuple):
    """A phrase that counts, and how surely it is the one."""

    intent: Intent
    words: str
    is_all: bool
    """Whether nothing else is said in its clause."""
    is_corrected: bool
    is_doubted: bool
    """Whether it is asked or taken back, or somebody must see to it."""


class _Word(NamedTuple):
    """A word as it counts, and whether a letter was corrected to get there."""

    text: str
    is_corrected: bool


class _Clause(NamedTuple):
    """What is said in one go, and whether a question mark ends it."""

    words: list[_Word]
    is_asked: bool


@cache
def _book() -> PhraseBook[Intent]:
    names = ",".join(sorted(_NAMES))
    pages = (
        (intent, lines.replace("{NAME}", f"{{{names}}}")) for intent, lines in _ANYWHERE.items()
    )
    return PhraseBook(pages, harmless=_HARMLESS)


@cache
def _harmless() -> PhraseBook[bool]:
    return PhraseBook([(True, _HARMLESS)])


@cache
def _alone() -> Mapping[tuple[str, ...], Intent]:
    """Return, for everything that counts alone, what is left of it without courtesies."""
    tables = (_ALONE, _ANYWHERE)
    return {
        tuple(words_of(reading)): intent
        for table in tables
        for intent in reversed(PRIORITY[:-1])
        for line in table[intent].splitlines()
        for reading in choices(line)
        if reading and (table is _ALONE or " " not in reading)
    }


@cache
def _vocabulary() -> Mapping[int, tuple[str, ...]]:
    """Return every long word of every phrase, by length."""
    pages = (*_ANYWHERE.values(), *_ALONE.values())
    lines = (line for page in pages for line in page.splitlines())
    known = {word for line in lines for word in words_of(line.replace("{", " ").replace("}", " "))}
    long = sorted(word for word in known if len(word) >= SHORTEST_CORRECTED)
    lengths = {len(word) for word in long}
    return {n: tuple(word for word in long if len(word) == n) for n in lengths}


@cache
def _known() -> frozenset[str]:
    pages = (*_ANYWHERE.values(), *_ALONE.values(), _HARMLESS)
    words = {word for page in pages for word in words_of(page)}
    return frozenset(words | _REAL_WORDS | _NAMES | _COURTESIES | _BETWEEN | set(_ABBREVIATED))


def _found(text: str) -> Iterator[_Hit]:
    """Yield every phrase that counts, clause by clause."""
    clauses = list(_clauses(text))
    for place, clause in enumerate(clauses):
        words = [word.text for word in clause.words]
        after = [word.text for following in clauses[place + 1 :][:1] for word in following.words]
        is_asked = clause.is_asked or after == ["nao"]
        alone = _all_of(words)
        if alone is not None:
            is_corrected = any(word.is_corrected for word in clause.words)
            is_doubted = _is_doubted(alone, words, 0, len(words), is_asked=is_asked)
            yield _Hit(alone, " ".join(words), True, is_corrected, is_doubted)
            continue
        hits = list(_phrases(clause.words, words, is_asked=is_asked))
        if _is_short_stop(words) and all(hit.intent is not Intent.STOP for hit in hits):
            hits.append(_Hit(Intent.STOP, words[0], False, False, False))
        yield from _without_subjects(hits)


def _phrases(clause: Sequence[_Word], words: Sequence[str], *, is_asked: bool) -> Iterator[_Hit]:
    for intent, first, last in _book().find(words):
        if words[first] in _NEGATIONS or not _is_negated(words, first):
            is_corrected = any(word.is_corrected for word in clause[first:last])
            is_all = _COURTESIES.issuperset((*words[:first], *words[last:]))
            is_doubted = _is_doubted(intent, words, first, last, is_asked=is_asked)
            yield _Hit(intent, " ".join(words[first:last]), is_all, is_corrected, is_doubted)


def _is_doubted(
    intent: Intent, words: Sequence[str], first: int, last: int, *, is_asked: bool
) -> bool:
    """Tell whether a phrase that counts is asked or taken back, or somebody must see to it."""
    phrase = words[first:last]
    if intent is Intent.PAID:
        rest = [word for word in words[last:] if word not in _COURTESIES]
        is_taken_back = rest[-1:] == ["nao"] or not _TAKEN_BACK.isdisjoint(words[last : last + 1])
        return is_asked or is_taken_back or not _ASKING.isdisjoint(words[:first])
    if intent in {Intent.STOP, Intent.NOT_ME}:
        return " ".join(phrase) in _VAGUE or not _FOR_A_PERSON.isdisjoint(phrase)
    return False


def _is_short_stop(words: Sequence[str]) -> bool:
    """Tell whether a clause is a word that asks to stop and little more: "sair lista"."""
    return (
        words[0] in _STOPS
        and len(words) <= _STOP_WORDS
        and _NO_STOP_GOES_ON.isdisjoint(words[1:2])
        and _NEGATIONS.isdisjoint(words)
        and next(_harmless().find(words), None) is None
    )


def _without_subjects(hits: Sequence[_Hit]) -> Iterator[_Hit]:
    """Leave out what a clause is only about: the "boleto" of "paguei o boleto"."""
    says_more = any(hit.intent is not Intent.SECOND_COPY for hit in hits)
    for hit in hits:
        is_subject = hit.intent is Intent.SECOND_COPY and " " not in hit.words
        if not (says_more and is_subject):
            yield hit


def _clauses(text: str) -> Iterator[_Clause]:
    plain = _SPELT_OUT.sub(_joined, unicodedata.normalize("NFKC", text))
    pieces = [*_CLAUSE_ENDS.split(plain), ""]
    for part, end in zip(pieces[::2], pieces[1::2], strict=True):
        words = [_read(_DRAWN_OUT.sub(r"\1", word)) for word in words_of(part)]
        if words:
            yield _Clause(words, is_asked="?" in end)


def _joined(letters: re.Match[str]) -> str:
    """Put together a word spelt out, "P A R A R", where it is one that counts alone."""
    word = "".join(words_of(letters[0]))
    return word if (word,) in _alone() else letters[0]


@lru_cache(maxsize=4096)
def _read(word: str) -> _Word:
    """Return a word as it counts: written out, or with its one wrong letter put right."""
    word = _ABBREVIATED.get(word, word)
    if word in _known() or len(word) < SHORTEST_CORRECTED - 1:
        return _Word(word, is_corrected=False)
    near = (
        known
        for length in (len(word), len(word) + 1, len(word) - 1)
        for known in _vocabulary().get(length, ())
        if _is_one_letter_off(word, known)
    )
    found = min(near, key=lambda known: ((known,) not in _alone(), known), default=None)
    return _Word(word if found is None else found, is_corrected=found is not None)


def _is_one_letter_off(one: str, other: str) -> bool:
    """Tell whether one letter is wrong, missing, too many, or changed places with the next."""
    short, long = sorted((one, other), key=len)
    at = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) != len(long):
        return len(long) - len(short) == 1 and short[at:] == long[at + 1 :]
    is_swapped = short[at : at + 2] == long[at : at + 2][::-1] and short[at + 2 :] == long[at + 2 :]
    return one != other and (short[at + 1 :] == long[at + 1 :] or is_swapped)


def _all_of(words: Sequence[str]) -> Intent | None:
    """Return what a clause asks that says nothing else, whatever is repeated in it."""
    said = tuple(dict.fromkeys(words))
    known = _alone()
    is_courtesy = [word in _COURTESIES for word in said]
    firsts = range(len(said)) if all(is_courtesy) else range(is_courtesy.index(False) + 1)
    for first in firsts:
        for last in range(len(said), first, -1):
            if said[first:last] in known:
                return known[said[first:last]]
            if not is_courtesy[last - 1]:
                break
    return known.get(tuple(word for word in said if word not in _COURTESIES))


def _is_negated(words: Sequence[str], first: int) -> bool:
    """Tell whether a negation reaches a phrase that begins at a place."""
    for place in range(first - 1, max(-1, first - 2 - _MAX_BETWEEN), -1):
        if words[place] in _NEGATIONS:
            return True
        if words[place] not in _BETWEEN:
            return False
    return False


def _confidence(text: str, hits: Sequence[_Hit], others: Sequence[Intent]) -> Confidence:
    is_long = len(words_of(text[:MAX_CHARACTERS])) > _LONG_MESSAGE_WORDS
    if others or is_long or all(h.is_corrected or h.is_doubted for h in hits):
        return Confidence.DOUBTFUL
    is_all = any(h.is_all and not h.is_corrected and not h.is_doubted for h in hits)
    return Confidence.EXACT if is_all else Confidence.CLEAR
