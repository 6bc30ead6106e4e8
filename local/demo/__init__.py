"""A portfolio that lives some weeks on the local cloud, and a report that judges what happened.

`command` is `regua demo`. A portfolio comes from `generate` (invented) or `portfolio` (a user's
CSV); `life` lives it through `system`; `checks` and `summary` compare the system with the books
(`ledger`), the inbox (`mail`) and an independent bank calendar (`oracle`); `report` prints.
"""
