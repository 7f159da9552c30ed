"""How the points of unobserved types hang together: one factor, free, and with shifts of all levels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kompas.models.design import Floats
from kompas.models.mixture import Points


class Ordered:
    """Probabilities of types on one scale (Anderson 1984): logit_m = alpha_m + h_m (slope of the traits), h_2 = 1.

    Parameters: alpha_2 to alpha_M, the slopes of the K - 1 traits, h_3 to h_M. A type more costs two of them, however
    many traits there are.
    """

    __slots__ = ()
    types: int

    def logit(self, psi: Floats, columns: int) -> Floats:
        """Logit coefficients (M - 1, columns)."""
        rest, k = self.types - 1, columns - 1
        out = np.zeros((rest, columns))
        if rest:
            out[:, 0] = psi[:rest]
            out[:, 1:] = np.outer(np.append(1.0, psi[rest + k :]), psi[rest : rest + k])
        return out

    def logit_jacobian(self, psi: Floats, columns: int) -> Floats:
        """Derivatives ((M - 1) * columns, psi)."""
        rest, k = self.types - 1, columns - 1
        out = np.zeros((rest, columns, psi.size))
        for m in range(rest):
            out[m, 0, m] = 1.0
            out[m, 1:, rest : rest + k] = np.eye(k) * (psi[rest + k + m - 1] if m else 1.0)
            if m:
                out[m, 1:, rest + k + m - 1] = psi[rest : rest + k]
        return out.reshape(rest * columns, psi.size)

    def logit_curvature(self, psi: Floats, weight: Floats) -> Floats:
        """Sum of weight (M - 1, columns) times second derivative."""
        rest, k = weight.shape[0], weight.shape[1] - 1
        out = np.zeros((psi.size,) * 2)
        for m in range(1, rest):
            out[rest : rest + k, rest + k + m - 1] = weight[m, 1:]
            out[rest + k + m - 1, rest : rest + k] = weight[m, 1:]
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class OneFactor(Ordered):
    """v_mq = b_q u_m with u_1 = 0 and u_2 = 1: parameters b (Q), then u_3 to u_M.

    Examples
    --------
    >>> OneFactor(types=3, processes=2).points(np.array([1.0, -2.0, 0.5])).tolist()
    [[0.0, -0.0], [1.0, -2.0], [0.5, -1.0]]
    """

    types: int
    processes: int

    @property
    def size(self) -> int:
        """Number of parameters."""
        return self.processes + max(self.types - 2, 0) if self.types > 1 else 0

    def _u(self, phi: Floats) -> Floats:
        return np.concatenate([[0.0, 1.0], phi[self.processes :]])[: self.types]

    def points(self, phi: Floats) -> Floats:
        """Points (M, Q)."""
        if self.types == 1:
            return np.zeros((1, self.processes))
        return np.outer(self._u(phi), phi[: self.processes])

    def jacobian(self, phi: Floats) -> Floats:
        """Derivatives (M, Q, size)."""
        q = self.processes
        out = np.zeros((self.types, q, self.size))
        if self.types == 1:
            return out
        out[:, np.arange(q), np.arange(q)] = self._u(phi)[:, None]
        for m in range(2, self.types):
            out[m, :, q + m - 2] = phi[:q]
        return out

    def curvature(self, phi: Floats, weight: Floats) -> Floats:
        """Sum of weight times second derivative, (size, size)."""
        del phi
        q = self.processes
        out = np.zeros((self.size, self.size))
        for m in range(2, self.types):
            out[:q, q + m - 2] = weight[m]
            out[q + m - 2, :q] = weight[m]
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class FreePoints(Ordered):
    """Every v_mq of the types after the first is a parameter of its own; with two types the same as one factor."""

    types: int
    processes: int

    @property
    def size(self) -> int:
        """Number of parameters."""
        return (self.types - 1) * self.processes

    def points(self, phi: Floats) -> Floats:
        """Points (M, Q)."""
        return np.concatenate([np.zeros((1, self.processes)), phi.reshape(-1, self.processes)])

    def jacobian(self, phi: Floats) -> Floats:
        """Derivatives (M, Q, size)."""
        del phi
        out = np.zeros((self.types, self.processes, self.size))
        out[1:] = np.eye(self.size).reshape(self.types - 1, self.processes, self.size)
        return out

    def curvature(self, phi: Floats, weight: Floats) -> Floats:
        """Zero: the points are linear in the parameters."""
        del phi, weight
        return np.zeros((self.size, self.size))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shifted:
    """Another form plus a shift per process (the first Q parameters): for steps that hold the coefficients fixed."""

    form: Points
    processes: int

    @property
    def types(self) -> int:
        """Number of types M."""
        return self.form.types

    @property
    def size(self) -> int:
        """Number of parameters."""
        return self.processes + self.form.size

    def points(self, phi: Floats) -> Floats:
        """Points (M, Q)."""
        return np.asarray(phi[: self.processes] + self.form.points(phi[self.processes :]))

    def jacobian(self, phi: Floats) -> Floats:
        """Derivatives (M, Q, size)."""
        inner = self.form.jacobian(phi[self.processes :])
        eye = np.broadcast_to(np.eye(self.processes), (self.types, self.processes, self.processes))
        return np.concatenate([eye, inner], axis=2)

    def curvature(self, phi: Floats, weight: Floats) -> Floats:
        """Sum of weight times second derivative, (size, size)."""
        out = np.zeros((self.size, self.size))
        out[self.processes :, self.processes :] = self.form.curvature(phi[self.processes :], weight)
        return out

    def logit(self, psi: Floats, columns: int) -> Floats:
        """Logit coefficients (M - 1, columns)."""
        return self.form.logit(psi, columns)

    def logit_jacobian(self, psi: Floats, columns: int) -> Floats:
        """Derivatives ((M - 1) * columns, psi)."""
        return self.form.logit_jacobian(psi, columns)

    def logit_curvature(self, psi: Floats, weight: Floats) -> Floats:
        """Sum of weight (M - 1, columns) times second derivative."""
        return self.form.logit_curvature(psi, weight)
