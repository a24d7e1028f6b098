"""Rows about people as numbers: which columns are amounts and which are names is learnt from the rows that train."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from decisioning.arrays import Floats

Row = Mapping[str, str | float | None]

MAX_COLUMNS = 200
# A name that fewer rows carry is one of the rare ones, which stand together; so does a name that comes later.
MIN_NAME_ROWS = 10
MAX_NAMES = 30
# Standard deviations at which an amount ends: one mad value must not move a model.
MAX_DEVIATIONS = 5.0


@dataclass(frozen=True)
class RowEncoder:
    """Amounts in standard deviations, names one-hot, and for each amount with gaps a column that says where they were."""

    amounts: tuple[str, ...]
    names: tuple[str, ...]
    imputer: Any
    scaler: Any
    one_hot: Any

    @classmethod
    def learn(cls, rows: Sequence[Row]) -> "RowEncoder":
        """A column is an amount when each value that is there is a finite number. Raises ValueError without columns."""
        columns = list(dict.fromkeys(name for row in rows for name in row))
        if not columns or len(columns) > MAX_COLUMNS:
            raise ValueError(f"rows need between 1 and {MAX_COLUMNS} columns, not {len(columns)}")
        # Loaded by who learns: every process knows this module.
        from sklearn.impute import SimpleImputer
        from sklearn.preprocessing import OneHotEncoder, StandardScaler

        amounts = tuple(name for name in columns if _is_amount(rows, name))
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
        )
        if encoder.amounts:
            encoder.scaler.fit(encoder.imputer.fit_transform(encoder._amounts(rows)))
        if encoder.names:
            encoder.one_hot.fit(encoder._names(rows))
        return encoder

    def matrix(self, rows: Sequence[Row]) -> Floats:
        """A column that is missing counts as empty, and one that was not learnt is left out."""
        parts = [np.zeros((len(rows), 0))]
        if self.amounts:
            scaled = self.scaler.transform(self.imputer.transform(self._amounts(rows)))
            parts.append(np.clip(scaled, -MAX_DEVIATIONS, MAX_DEVIATIONS))
        if self.names:
            parts.append(self.one_hot.transform(self._names(rows)))
        return np.asarray(np.hstack(parts), dtype=np.float64)

    def _amounts(self, rows: Sequence[Row]) -> Floats:
        return np.array([[_amount(row.get(name)) for name in self.amounts] for row in rows], dtype=np.float64)

    def _names(self, rows: Sequence[Row]) -> np.ndarray[Any, Any]:
        return np.array([[_name(row.get(name)) for name in self.names] for row in rows], dtype=object)


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


def _name(value: str | float | None) -> str:
    return "" if value is None else str(value).strip()
