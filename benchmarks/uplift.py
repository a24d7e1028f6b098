"""Whether the uplift of a mail differs between people, and how well it ranks them: the Qini coefficient of visits.

DIR holds a CSV as of Hillstrom's e-mail experiment: `segment` (Womens E-Mail, Mens E-Mail, No E-Mail, given by
chance), `visit`, `conversion`, `spend`, and columns about each customer. Each customer is ranked by a model that
learnt from the other four of five folds. `qini_auc` is the area between the curve and a random order over that of the
best possible order, as scikit-uplift has it; the interval is a bootstrap over customers. `heterogeneity` says whether
that interval lies above 0.
"""

from pathlib import Path
from typing import Annotated, Any

import numpy as np

from benchmarks.marketing_tables import MarketingTable, read_table
from domain.marketing.decisions.features import RowEncoder
from domain.marketing.decisions.uplift import cross_fitted_uplift, heterogeneity, qini_coefficient

COMMAND = "eval uplift"

WOMENS, MENS, CONTROL = "Womens E-Mail", "Mens E-Mail", "No E-Mail"
OUTCOMES = ("visit", "conversion", "spend")


def run(data: Annotated[Path, "directory of the e-mail experiment"]) -> dict[str, Any]:
    table = read_table(data, ["segment", *OUTCOMES])
    mails = mail_figures("", table, WOMENS) | mail_figures("mens_", table, MENS)
    return {**table.sources(), "rows": len(table.frame), **mails}


def mail_figures(prefix: str, table: MarketingTable, mail: str) -> dict[str, Any]:
    """`halves`: of every second customer; settings were chosen by the first of them."""
    segments = np.array(table.names("segment"))
    if missing := {mail, CONTROL} - set(segments):
        raise SystemExit(
            f"No customer of {', '.join(table.files)} has the segment {', '.join(sorted(missing))}."
        )
    rows = np.flatnonzero((segments == mail) | (segments == CONTROL))
    everybody = table.without("row", "segment", *OUTCOMES)
    customers = [everybody[place] for place in rows]
    visits = table.numbers("visit", 0, 1)[rows]
    treatments = (segments[rows] == mail).astype(np.float64)
    features = RowEncoder.learn(customers).matrix(customers)
    scores = cross_fitted_uplift(features, treatments, visits)
    known = (scores, treatments, visits)
    result = heterogeneity(*known)
    halves = [qini_coefficient(*(each[rows % 2 == half] for each in known)) for half in (0, 1)]
    return {
        f"{prefix}qini_auc": round(result.qini, 4),
        f"{prefix}qini_auc_interval": [round(result.low, 4), round(result.high, 4)],
        f"{prefix}qini_auc_halves": [round(each, 4) for each in halves],
        f"{prefix}heterogeneity": "found" if result.is_found else "no heterogeneity found",
        f"{prefix}effect": round(float(visits[treatments == 1].mean() - visits[treatments == 0].mean()), 4),
    }
