"""What no message to a customer may say, as data: phrases in Portuguese by the rule they break.

Data only; `regua.domain.wording` decides. One phrase a line, choices in braces; accents, capitals
and punctuation do not matter, endings do. The lists are ours: the law forbids threats, deceit and
humiliation and names no words. A phrase belongs here when an honest message never needs it; where
an honest message may, the phrase is longer (a bill may be "mandado por e-mail") or the finding only
warns.
"""

from dataclasses import dataclass
from enum import StrEnum

from regua.domain.rules import Rule


class Seen(StrEnum):
    """Where a group of words is looked for."""

    ANYWHERE = "anywhere"
    EXPOSED = "exposed"
    """What others may read or hear: subject, sender name, voicemail, and the whole of an SMS."""
    DISCREET = "discreet"
    """Subject, sender name and voicemail: nothing of the debt at all. An SMS must name it."""
    WHATSAPP = "whatsapp"
    UTILITY = "utility"
    """WhatsApp templates of the category UTILITY."""


@dataclass(frozen=True, slots=True, eq=False)
class WordGroup:
    """Phrases that break one rule. ``refuses`` tells whether finding one refuses the message."""

    rule: Rule
    seen: Seen
    phrases: str
    refuses: bool = True


THREAT = Rule(
    "wording.threat",
    "No message threatens: prison, police, visits, family, neighbours, employer, or one's goods.",
    "CDC (Lei 8.078/1990) art. 42 and art. 71",
)
PRESSURE = Rule(
    "wording.pressure",
    "No message presses: last chances, consequences, orders to act at once, blocking of accounts.",
    "CDC art. 42 and art. 71 (coercion); refused by Meta too (ajuda.vya.digital, secondary)",
)
MISLEADING = Rule(
    "wording.misleading",
    "No message poses as a court, a notary or an authority, or claims what the law does not do.",
    "CDC art. 42 and art. 71 (false or misleading statements)",
)
RIDICULE = Rule(
    "wording.ridicule",
    "No message insults, shames or ridicules.",
    "CDC art. 42 and art. 71",
)
DISCLOSURE = Rule(
    "wording.disclosure",
    "No word of debt stands where others may read or hear it: subject, sender, voicemail, SMS.",
    "CDC art. 42 (exposure); our convention for which places count: a lock screen shows an SMS",
)
DISCLOSED_DETAIL = Rule(
    "wording.disclosure.detail",
    "Subject, sender name and voicemail tell nothing of a delay, its charges, listing or amount.",
    "CDC art. 42 (exposure); our convention for the words",
)
LEGAL_STEP = Rule(
    "wording.legal_step",
    "Announcing legal steps or a listing is lawful only while it is true: read the text again.",
    "CDC art. 42 and art. 71 (a right announced is no threat, a pretended one is)",
)
WHATSAPP_LEGAL_STEP = Rule(
    "wording.whatsapp.legal_step",
    "A WhatsApp template does not threaten legal action.",
    "WhatsApp template guidelines, as quoted for Twilio error 63040",
)
WHATSAPP_MARKETING = Rule(
    "wording.whatsapp.marketing",
    "A UTILITY template carries no offer: a discount or a coupon makes it MARKETING.",
    "Meta's template categories, as quoted by YCloud (transaction and coupon = marketing)",
)

HARMLESS = """
débito automático
débito em conta
{cartão,cartões,função,cartão de crédito e,crédito e,crédito ou} {de ,}débito
débito {e,ou} crédito
"""
"""Phrases that hide the words inside them: ways to pay, not debts."""

_REFUSED = (
    WordGroup(
        THREAT,
        Seen.ANYWHERE,
        """
polícia
delegacia
boletim de ocorrência
pris{ão,ões}
{será,serão,ser,vai ser,pode ser,poderá ser} pres{o,a,os,as}
deti{do,da,dos,das}
detenção
{vai,irá,ir,vão,parar,acabar} {para a,pra,na} cadeia
{ameaça,ameaças,ameaçamos,ameaçar}
{vamos,iremos,passaremos,passar,ir,indo} {à,a,até,até a,na,em,para,para a} {sua,tua} {casa,residência}
estamos a caminho da sua {casa,residência}
porta da sua casa
bater na sua porta
{seu,seus,sua,suas} {vizinho,vizinhos,vizinha,vizinhas}
{seu,sua} {chefe,patrão,patroa,empregador,empregadora}
{ligar,ligaremos,ligamos,ir,iremos,vamos,aparecer,apareceremos,cobrar,procurar,comparecer} {no,ao,para o,até o,em} seu {trabalho,emprego,local de trabalho}
{contar,contaremos,avisar,avisaremos,informar,informaremos,cobrar,cobraremos,falar,falaremos} {para ,para a ,com ,com a ,a ,aos ,da ,}sua família
{contar,contaremos,avisar,avisaremos,informar,informaremos,cobrar,cobraremos,falar,falaremos} {para ,para os ,com ,com os ,a ,aos ,dos ,os ,}seus {familiares,parentes,amigos,colegas,pais,filhos}
todos {vão,irão} saber
todos ficarão sabendo
todo mundo {vai,irá} {saber,ficar sabendo}
{expor,exporemos,divulgar,divulgaremos,publicar,publicaremos} {o ,a ,}{seu,sua} {nome,foto,dívida,situação,caso}
sabemos onde {você,o senhor,a senhora} {mora,trabalha,vive}
vamos {te,lhe} {achar,encontrar,pegar,procurar}
vamos atrás de {você,vocês}
vai se arrepender
não {terá,vai ter} {paz,sossego}
{tomar,tomaremos,levar,levaremos} {os ,}{seus,sua,seu} {bens,casa,carro,móveis,salário}
perder {a ,os ,o ,}{sua,seus,seu} {casa,bens,carro,emprego,salário}
penhora{,s,r,remos,do,da,dos,das}
{bloquear,bloquearemos,bloqueio} {de ,do ,da ,das ,o ,a ,as ,}{seu,sua,suas} {salário,conta bancária,contas bancárias,bens,contas}
por bem ou por mal
custe o que custar
não adianta {fugir,se esconder,esconder}
""",  # noqa: E501 - a table
    ),
    WordGroup(
        PRESSURE,
        Seen.ANYWHERE,
        """
última{,s} {chance,chances,oportunidade,oportunidades}
último{,s} {aviso,avisos,alerta,alertas}
derradeir{a,o} {chance,oportunidade,aviso}
{evite,evitar} {as ,maiores ,mais ,futuras ,futuros ,}{consequências,transtornos,problemas,constrangimentos,complicações,aborrecimentos,sanções,bloqueios}
evite o bloqueio
{sofrer,sofra,sofrerá,arcar com,arcará com} {as ,}consequências
{terá,haverá} consequências
consequências {graves,sérias,legais}
{pague,pagar,responda,responder,regularize,regularizar,quite,quitar,ligue,retorne,resolva,acesse,entre em contato,contate} {imediatamente,urgentemente,com urgência,urgente,sem demora,agora mesmo,já}
urgente
urgentíssimo
{conta,contas,acesso,cadastro,cartão} {será,serão,vai ser,está sendo,estão sendo} {bloqueado,bloqueada,bloqueados,bloqueadas,cancelado,cancelada,encerrado,encerrada}
{bloquearemos,cancelaremos} {a sua,sua,o seu,seu} {conta,acesso,cadastro,cartão}
risco de {bloqueio,cancelamento}
não ignore {esta,este,essa,esse} {mensagem,aviso,comunicado,e-mail}
antes que seja tarde
prazo {fatal,improrrogável}
{você,o senhor,a senhora} {tem,só tem} {12,24,48,72} horas
{não haverá,não terá} {outra,nova} {chance,oportunidade}
exigimos
ultimato
""",  # noqa: E501 - a table
    ),
    WordGroup(
        MISLEADING,
        Seen.ANYWHERE,
        """
mandado judicial
mandado{,s} de {prisão,penhora,busca,busca e apreensão,citação,intimação,pagamento}
mandado expedido
expedido {o ,um ,}mandado
{oficial,oficiais} de justiça
{ordem,decisão,intimação,notificação,citação,comunicação,convocação,determinação,carta} judicial
{foi,está sendo,será,fica,ficam} intimad{o,a,os,as}
{intimamos,citamos} {você,o senhor,a senhora}
em nome da {justiça,lei}
{justiça,juiz,juíza,tribunal} {determinou,decidiu,ordenou,autorizou}
poder judiciário
tribunal de justiça
{comunicado,comunicação,aviso,notificação,mensagem,carta} {oficial ,}{da,do} {justiça,tribunal,cartório,fórum,governo,receita federal,banco central,ministério público}
cartório {informa,comunica,notifica,avisa,convoca}
{somos,aqui é,falamos} {do,da,o,a} {cartório,tribunal,fórum,justiça,receita federal,banco central,ministério público,procuradoria}
cpf {será,foi,vai ser,pode ser,poderá ser,está} {bloqueado,cancelado,suspenso,irregular}
{bloqueio,cancelamento,suspensão} {do,de} {seu ,}cpf
{bloquear,cancelar,suspender,bloquearemos,cancelaremos} {o ,}{seu ,}cpf
{é,constitui,configura,cometeu,cometendo} {um ,}crime
estelionato
{processo,ação} criminal
criminalmente
você foi processad{o,a}
""",  # noqa: E501 - a table
    ),
    WordGroup(
        RIDICULE,
        Seen.ANYWHERE,
        """
caloteir{o,a,os,as}
calote{,s}
{mau,má,maus,más} pagador{,a,es,as}
vergonha
vergonhos{o,a,os,as}
envergonh{e,ar,ado,ada}
humilh{ação,ante,ado,ada,ar}
ridícul{o,a,os,as}
safad{o,a,os,as}
vagabund{o,a,os,as}
pilantra{,s}
trambiqueir{o,a,os,as}
desonest{o,a,os,as,idade}
ladr{ão,a,ões}
irresponsáve{l,is}
nome {sujo,manchado}
{sujar,manchar} {o ,}{seu ,}nome
falta de {caráter,palavra,honestidade,compromisso}
honr{e,ar} {a sua,sua,os seus,seus} {palavra,compromissos,dívidas}
{devedor,devedora,inadimplente} {contumaz,crônico,crônica}
má-fé
pare de {fugir,se esconder,enrolar,dar desculpas}
""",
    ),
    WordGroup(
        DISCLOSURE,
        Seen.EXPOSED,
        """
cobrança{,s}
cobrador{,a,es,as}
dívida{,s}
endividad{o,a,os,as}
débito{,s}
devedor{,a,es,as}
inadimplência
inadimplente{,s}
negativa{ção,do,da,dos,das,r,remos}
protest{o,os,ado,ada,ados,adas,ar,aremos}
serasa
spc
""",
    ),
    WordGroup(
        DISCLOSED_DETAIL,
        Seen.DISCREET,
        """
atras{o,os,ado,ada,ados,adas}
vencid{o,a,os,as}
multa{,s}
juros
{pendência,pendências,situação} financeira{,s}
proteção ao crédito
{restrição,restrições} {ao crédito,de crédito,cadastral,cadastrais,no nome,no cpf}
{não pago,não paga,não pagas,não pagos,falta de pagamento}
valor devido
cartório
""",
    ),
    WordGroup(
        WHATSAPP_MARKETING,
        Seen.UTILITY,
        """
desconto{,s}
promo{ção,ções,cional,cionais}
oferta{,s}
cupo{m,ns}
imperdíve{l,is}
brinde{,s}
cashback
sorteio{,s}
black friday
feirão
frete grátis
condiç{ão,ões} {especial,especiais,exclusiva,exclusivas,imperdível,imperdíveis}
aproveite
{compre,contrate,assine} {já,agora}
{ganhe,concorra}
indique {um ,}{amigo,amiga,amigos}
{crédito,empréstimo,limite} pré-aprovado
novidade{,s}
""",
    ),
)

_LEGAL_STEPS = """
sob pena de
medida{,s} {judicial,judiciais,legal,legais,cabível,cabíveis,jurídica,jurídicas}
{ação,execução,cobrança,processo} judicial
via{,s} {judicial,judiciais}
{ajuizar,ajuizaremos,ajuizamento,ajuizada}
{processar,processaremos} {você,o senhor,a senhora}
{te,lhe} processar
processá-{lo,la}
{departamento,setor} jurídico
{nome,cpf} {será,vai ser,está sendo} {negativado,incluído,inscrito,protestado,registrado,enviado}
{incluir,incluiremos,inscrever,inscreveremos,negativar,negativaremos,protestar,protestaremos} {o ,}{seu ,}{nome,cpf}
{será,vai ser} {negativado,negativada,protestado,protestada}
"""  # noqa: E501 - a table

GROUPS = (
    *_REFUSED,
    WordGroup(LEGAL_STEP, Seen.ANYWHERE, _LEGAL_STEPS, refuses=False),
    WordGroup(WHATSAPP_LEGAL_STEP, Seen.WHATSAPP, _LEGAL_STEPS),
)

OPT_OUT_WORDS = """
sair
parar
pare
stop
descadastr{e,ar,o}
cancelar {o ,}recebimento
{deixar,pare,parar} de receber
não {quero,queira,quiser,deseja,desejar,desejo} {mais ,}receber
"""
HELP_WORDS = """
{ajuda,ajudar}
{dúvida,dúvidas}
{fale,falar,conversar,converse} {com,conosco}
fale conosco
atendimento
suporte
{entre,entrar} em contato
respond{a,er} {a ,}{esta,este,nesta} {mensagem,e-mail,conversa}
ligue
{à,a sua} disposição
conte com
"""
PURPOSE_WORDS = """
fatura{,s}
boleto{,s}
mensalidade{,s}
parcela{,s}
{prestação,prestações}
anuidade{,s}
alugue{l,is}
condomínio
pagamento{,s}
vencimento{,s}
conta{,s}
nota fiscal
pedido{,s}
contrato{,s}
acordo{,s}
assinatura{,s}
recibo{,s}
comprovante{,s}
"""
"""What an agreed transaction may be called."""
