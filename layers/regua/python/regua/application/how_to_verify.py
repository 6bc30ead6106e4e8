"""The page in a bundle that says how to check it without Régua: OpenSSL, and Python alone.

The commands for OpenSSL are written here for the laudo and the public page as well.
"""

from collections.abc import Sequence

_INTRODUCTION = """\
COMO VERIFICAR ESTAS EVIDÊNCIAS
===============================

Este arquivo acompanha o registro eletrônico de uma ou mais mensagens. Tudo o que está aqui pode
ser conferido por qualquer pessoa, sem acesso à internet e sem depender de quem o emitiu.

Para começar, extraia o arquivo zip em uma pasta vazia e abra um terminal nessa pasta. Os comandos
abaixo usam o OpenSSL (https://openssl-library.org) e o Python 3 (https://www.python.org), ambos
gratuitos. Cada comando deve ser digitado em uma única linha.

1. O que há na pasta
--------------------

  manifest.json             relação de todos os arquivos, com o SHA-256 de cada um
  messages/*/entries.jsonl  a história de cada mensagem: um fato por linha, na ordem em que ocorreu
  messages/*/raw/           o conteúdo exato que foi enviado e o que os provedores responderam
  messages/*/seals.json     quais selos abrangem a mensagem e em que posição
  seals/*/                  cada selo: declaração, assinatura, carimbo do tempo e chave pública
  certificates/             certificados da autoridade de carimbo do tempo e do signatário
  dkim/                     chaves públicas de assinatura dos e-mails (registros DNS) arquivadas no
                            envio, como constam do cofre de chaves do emitente

2. Os arquivos estão íntegros?
------------------------------

Calcule o SHA-256 de um arquivo e compare com o valor que consta em manifest.json:

"""

_SEALS = """
3. Os selos são autênticos?
---------------------------

Cada selo é uma declaração assinada (ECDSA P-256 com SHA-256), e a assinatura recebeu um carimbo do
tempo (RFC 3161): nada do que o selo abrange pode ter sido criado depois da data do carimbo.

A assinatura da declaração (a resposta esperada é "Verified OK"):

{signatures}

O carimbo do tempo (a resposta esperada é "Verification: OK"). Se o certificado da autoridade já
tiver vencido, acrescente ao final -attime e a data do carimbo em segundos desde 1970:

{stamps}

A data do carimbo:

{dates}

Importante: os arquivos desta pasta mostram que o conjunto é coerente. Para ter certeza de QUEM
assinou e carimbou, confira se os certificados e as chaves públicas são os verdadeiros: a chave
deve ser a publicada pelo emissor, e o certificado da autoridade de carimbo do tempo deve vir da
própria autoridade (na ICP-Brasil, do repositório do ITI), e não apenas desta pasta.
"""

_NO_SEALS = """
3. Os selos
-----------

As mensagens ainda não foram abrangidas por um selo. O selo é aplicado periodicamente; peça uma
nova emissão mais tarde para obter a assinatura e o carimbo do tempo.
"""

_CHAIN = """
4. A história está completa e na ordem certa?
---------------------------------------------

Cada fato traz o resumo (SHA-256) do fato anterior: se um deles for alterado, retirado, incluído ou
trocado de lugar, os seguintes deixam de conferir. O último fato abrangido por um selo é uma folha
de uma árvore de Merkle (RFC 6962), cuja raiz é a que o selo declara e assina.

As regras, com "+" para juntar bytes e JSON escrito com as chaves em ordem alfabética, sem espaços
e em UTF-8:

  início da cadeia  SHA-256( "regua.chain.v1\\n" + JSON de creditor_id e dispatch_id )
  cada fato         SHA-256( "regua.entry.v1\\n" + JSON de "entry" )
  dados pessoais    SHA-256( "regua.private.v1\\n" + 32 bytes de "nonce" + JSON de "facts" )
  folha             SHA-256( byte 00 + 16 bytes da mensagem + 4 bytes do número + 32 do resumo )
  nó                SHA-256( byte 01 + 32 bytes da esquerda + 32 bytes da direita )

O programa abaixo usa somente o Python 3. Salve-o como conferir.py nesta pasta e execute:

  python3 conferir.py

--8<-- conferir.py
"""

PROGRAM = """\
import hashlib, json, pathlib, sys

def sha(*parts): return hashlib.sha256(b"".join(parts)).digest()
def spell(value): return json.dumps(
    value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
def check(right, what):
    if not right: sys.exit("NÃO CONFERE: " + what)

manifest = json.loads(pathlib.Path("manifest.json").read_bytes())
for path, digest in manifest["files"].items():
    check(sha(pathlib.Path(path).read_bytes()).hex() == digest, path)

for message in manifest["messages"]:
    whose = {"creditor_id": manifest["creditor"]["creditor_id"], "dispatch_id": message}
    chain = [sha(b"regua.chain.v1\\n", spell(whose)).hex()]
    folder = pathlib.Path("messages", message)
    for line in folder.joinpath("entries.jsonl").read_bytes().split(b"\\n")[:-1]:
        row = json.loads(line)
        entry, place = row["entry"], f"mensagem {message}, fato {len(chain)}"
        check(entry["seq"] == len(chain) and entry["prev"] == chain[-1], place)
        check(all(entry[name] == value for name, value in whose.items()), place)
        check(sha(b"regua.entry.v1\\n", spell(entry)).hex() == row["hash"], place)
        if row["private"]:
            nonce = bytes.fromhex(row["private"]["nonce"])
            found = sha(b"regua.private.v1\\n", nonce, spell(row["private"]["facts"])).hex()
            check(found == entry["private"], place)
        if row["raw"]:
            exact = sha(pathlib.Path(row["raw"]).read_bytes()).hex()
            check(entry["raw"] and exact == entry["raw"]["sha256"], place)
        chain.append(row["hash"])
    for proof in json.loads(folder.joinpath("seals.json").read_bytes()):
        number, seq, index, path = (proof[name] for name in ("seal", "seq", "index", "path"))
        seal = json.loads(pathlib.Path(f"seals/{number:012d}/statement.json").read_bytes())
        place = f"mensagem {message}, selo {number}"
        check(0 < seq < len(chain) and seal["seal"] == number, place)
        head = bytes.fromhex(message) + seq.to_bytes(4, "big") + bytes.fromhex(chain[seq])
        node = sha(b"\\0", head)
        width, path = seal["count"], [bytes.fromhex(step) for step in path]
        while width > 1:
            if index ^ 1 < width:
                check(path, place)
                beside = path.pop(0)
                node = sha(b"\\1", beside, node) if index % 2 else sha(b"\\1", node, beside)
            index, width = index // 2, (width + 1) // 2
        check(index == 0 and not path and node.hex() == seal["root"], place)
    print(f"CONFERE: mensagem {message}, {len(chain) - 1} fatos")
"""
"""What a reader may run instead of trusting us; the standard library alone."""

_END = """\
--8<-- fim de conferir.py

5. Dados pessoais eliminados
----------------------------

Quando uma linha traz "erased": true, os dados pessoais daquele fato foram eliminados a pedido do
titular (Lei 13.709/2018, LGPD). O resumo permanece e continua a comprovar a ordem e a integridade
da história; o que foi eliminado não pode mais ser lido nem reconstruído.
"""

_ENCLOSED, _ELSEWHERE = "certificates/tsa.pem", "CERTIFICADO-DA-AUTORIDADE.pem"


def how_to_verify(paths: Sequence[str]) -> str:
    """Return the page for a bundle with these files, in Portuguese.

    Args:
        paths: every other file's path, sorted.
    """
    seals = [path.rpartition("/")[0] for path in paths if path.endswith("/statement.json")]
    chosen = [path for path in paths if path.startswith("messages/")]
    hashes = "".join(f"  sha256sum {path}\n" for path in chosen)
    hashes += "\n(No Windows: certutil -hashfile ARQUIVO SHA256.)\n"
    authority = _ENCLOSED if _ENCLOSED in paths else _ELSEWHERE
    sealed = _SEALS.format(
        signatures="\n".join(f"  {signature_command(folder)}" for folder in seals),
        stamps="\n".join(f"  {stamp_command(folder, authority)}" for folder in seals),
        dates="\n".join(f"  {date_command(folder)}" for folder in seals),
    )
    return _INTRODUCTION + hashes + (sealed if seals else _NO_SEALS) + _CHAIN + PROGRAM + _END


def signature_command(folder: str) -> str:
    """Return the command that checks a seal's signature; ``folder`` is the seal's."""
    return (
        f"openssl dgst -sha256 -verify {folder}/public_key.pem"
        f" -signature {folder}/signature.der {folder}/statement.json"
    )


def stamp_command(folder: str, authority: str = _ENCLOSED) -> str:
    """Return the command that checks a seal's time stamp under an authority's certificates."""
    return (
        f"openssl ts -verify -data {folder}/signature.der -in {folder}/timestamp.tsr"
        f" -CAfile {authority}"
    )


def date_command(folder: str) -> str:
    """Return the command that shows what a seal's time stamp says."""
    return f"openssl ts -reply -in {folder}/timestamp.tsr -text"
