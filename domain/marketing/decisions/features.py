"""Rows about people as numbers: which columns are amounts and which are names is learnt from the rows that train."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from domain.marketing.decisions.arrays import Floats

Row = Mapping[str, str | float | None]

MAX_COLUMNS = 200
# A name that fewer rows carry is one of the rare ones, which stand together; so does a name that comes later.
MIN_NAME_ROWS = 20
MAX_NAMES = 40
STEPS = 12
# Standard deviations at which an amount ends: one mad value must not move a model.
MAX_DEVIATIONS = 5.0


@dataclass(frozen=True)
class RowEncoder:
    """Amounts in standard deviations, names one-hot, and for each amount with gaps a column that says where they were.

    With steps an amount is also the name of its value, where many share it, and of the twelfth of all in which it lies: a
    linear model then knows months and rates of interest that mean more than their size.
    """

    amounts: tuple[str, ...]
    names: tuple[str, ...]
    imputer: Any
    scaler: Any
    one_hot: Any
    edges: tuple[Floats, ...] | None

    @classmethod
    def learn(cls, rows: Sequence[Row], *, with_steps: bool = False) -> "RowEncoder":
        """A column is an amount when each value that is there is a finite number. Raises ValueError without columns."""
        columns = list(dict.fromkeys(name for row in rows for name in row))
        if not columns or len(columns) > MAX_COLUMNS:
            raise ValueError(f"rows need between 1 and {MAX_COLUMNS} columns, not {len(columns)}")
        # Loaded by who learns: every process knows this module.
        from sklearn.impute import SimpleImputer
        from sklearn.preprocessing import OneHotEncoder, StandardScaler

        amounts = tuple(name for name in columns if _is_amount(rows, name))
        values = _amounts(rows, amounts)
        quantiles = np.linspace(0, 1, STEPS + 1)[1:-1]
        encoder = cls(
            amounts,
            tuple(name for name in columns if name not in amounts),
            SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
            StandardScaler(),
            OneHotEncoder(
                min_frequency=MIN_NAME_ROWS,
                max_categories=MAX_NAMES,
                handle_unknown="infrequent_if_exist",
                sparse_output=False,
            ),
            tuple(np.unique(np.nanquantile(column, quantiles)) for column in values.T)
            if with_steps
            else None,
        )
        if amounts:
            encoder.scaler.fit(encoder.imputer.fit_transform(values))
        if encoder.names or with_steps:
            encoder.one_hot.fit(encoder._names(rows, values))
        return encoder

    def matrix(self, rows: Sequence[Row]) -> Floats:
        """A column that is missing counts as empty, and one that was not learnt is left out."""
        parts, values = [np.zeros((len(rows), 0))], _amounts(rows, self.amounts)
        if self.amounts:
            deviations = self.scaler.transform(self.imputer.transform(values))
            parts.append(np.clip(deviations, -MAX_DEVIATIONS, MAX_DEVIATIONS))
        if self.names or self.edges is not None:
            parts.append(self.one_hot.transform(self._names(rows, values)))
        return np.asarray(np.hstack(parts), dtype=np.float64)

    def _names(self, rows: Sequence[Row], values: Floats) -> np.ndarray[Any, Any]:
        names = [
            ["" if (value := row.get(name)) is None else str(value).strip() for name in self.names]
            for row in rows
        ]
        columns = [np.array(names, dtype=object).reshape(len(rows), len(self.names))]
        for edges, column in zip(self.edges or (), values.T, strict=self.edges is not None):
            steps = np.where(np.isnan(column), -1, np.searchsorted(edges, column))
            columns.append(
                np.column_stack([[f"{value:.9g}" for value in column], steps.astype(str)]).astype(object)
            )
        return np.hstack(columns)


def _amounts(rows: Sequence[Row], names: Sequence[str]) -> Floats:
    values = [[_amount(row.get(name)) for name in names] for row in rows]
    return np.array(values, dtype=np.float64).reshape(len(rows), len(names))


def _is_amount(rows: Sequence[Row], column: str) -> bool:
    values = [value for row in rows if (value := row.get(column)) not in (None, "")]
    return bool(values) and not any(math.isnan(_amount(value)) for value in values)


def _amount(value: str | float | None) -> float:
    """NaN for what is no finite number."""
    try:
        number = float(value) if value is not None else math.nan
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan
