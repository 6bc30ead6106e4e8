"""What an English text of ours may not say: phrases by the rule they break.

Data only. The list is short: English is a courtesy to those who do not read Portuguese, and what
the law forbids there is in `regua.domain.forbidden_words`.
"""

FORBIDDEN = """
police
jail
prison
arrest{,ed}
crim{e,inal,inally}
lawsuit{,s}
sue you
{we,will} sue
court order
bailiff{,s}
seiz{e,ed,ure}
garnish{,ed,ment}
your {boss,employer,neighbours,neighbors,neighbour,neighbor}
tell your {family,friends,parents}
{last,final} {chance,chances,notice,warning,warnings,opportunity}
{face,suffer} {the ,}consequences
consequences
urgent{,ly}
immediately
at once
right now
or else
ultimatum
we demand
deadbeat{,s}
debtor{,s}
defaulter{,s}
delinquen{t,cy}
shame{,ful,less}
liar{,s}
thie{f,ves}
blacklist{,ed}
ruin your {credit,name}
"""
EXPOSING = """
debt{,s}
overdue
late
unpaid
arrears
owe{,d,s}
collection{,s}
credit
"""
"""What no text says that anybody with the link may read."""
