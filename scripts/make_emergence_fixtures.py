"""Reference of SciPy and statsmodels for the tests of emergence statistics.

    python -m venv .venv && .venv/bin/pip install numpy==2.4.* scipy==1.17.* statsmodels==0.15.*
    .venv/bin/python scripts/make_emergence_fixtures.py

Writes test/fixtures/emergence/reference.json: trajectories with the maximum-likelihood fits of five models (counts:
scipy.stats.betabinom maximised by scipy.optimize; values: scipy.optimize.curve_fit, and statsmodels' OLS for the line),
isotonic regressions (scipy.optimize.isotonic_regression) and adjusted p-values (statsmodels).
"""

import json
from pathlib import Path

import numpy as np
import statsmodels.api as sm
from scipy.optimize import curve_fit, isotonic_regression, minimize
from scipy.special import digamma, expit, gammaln
from scipy.stats import betabinom, binom, norm
from statsmodels.stats.multitest import multipletests

OUT = Path(__file__).resolve().parent.parent / "test" / "fixtures" / "emergence" / "reference.json"
STEPS = [0, 1, 2, 4, 8, 16, 32, 64, 128, 192, 256, 384, 512, 768, 1024, 1408, 2048, 2816, 4000]
SHORT = [0, 16, 64, 128, 256, 384, 512, 768, 1024, 2048, 4000]

BINOMIAL = -14.0  # log dispersion from where on SciPy's beta-binomial loses digits, and is the binomial


def octaves(steps):
    unit = next(s for s in steps if s > 0)
    return np.log2(1 + np.array(steps) / unit)


def curves(t):
    """name -> (curve, starts); parameters as src/analysis/emergence/curves.ts has them."""
    last, first = t[-1], t[0]

    def constant(x, a):
        return np.full_like(x, a)

    def line(x, a, b):
        return a + (b - a) * (x - first) / (last - first)

    def power_law(x, a, b, log):
        return a + (b - a) * (x / last) ** np.exp(log)

    def logistic(x, a, b, middle, log):
        return a + (b - a) * expit(np.exp(log) * (x - middle))

    def step(at):
        return lambda x, a, b: np.where(x < t[at], a, b)

    return {
        "constant": [(constant, [[0.4]])],
        "line": [(line, [[0.1, 0.7]])],
        "power_law": [(power_law, [[0.1, 0.7, np.log(c)] for c in (0.5, 1, 3, 8)])],
        "change_point": [(step(at), [[0.1, 0.7]]) for at in range(1, len(t))],
        "logistic": [(logistic, [[0.05, 0.8, m * last, np.log(r)] for m in (0.4, 0.6, 0.8) for r in (1, 3)])],
    }


def fit_counts(curve, start, t, k, n, chance):
    def loss(x):
        p = curve(t, *x[:-1]) + chance
        if np.any(p <= 1e-6) or np.any(p >= 1 - 1e-6):
            return 1e10
        if x[-1] < BINOMIAL:
            return -binom.logpmf(k, n, p).sum()
        total = np.exp(-x[-1])
        return -betabinom.logpmf(k, n, p * total, (1 - p) * total).sum()

    best = None
    for log in (-5.0, -2.5):
        x = np.array([*start, log])
        for _ in range(4):
            x = minimize(loss, x, method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-12, "maxiter": 20000, "maxfev": 20000}).x
        if best is None or loss(x) < best[0]:
            best = (loss(x), x)
    return {"parameters": list(best[1][:-1]), "dispersion": np.exp(best[1][-1]), "logLikelihood": -best[0]}


def fit_values(curve, start, t, y):
    try:
        x, _ = curve_fit(curve, t, y, p0=start, maxfev=20000, xtol=1e-14, ftol=1e-14, gtol=1e-14)
    except RuntimeError:
        return None
    variance = np.mean((y - curve(t, *x)) ** 2)
    return {
        "parameters": list(x),
        "dispersion": variance,
        "logLikelihood": norm.logpdf(y, curve(t, *x), np.sqrt(variance)).sum(),
    }


def fits(trajectory):
    t = octaves(trajectory["steps"])
    out = {}
    for name, options in curves(t).items():
        found = []
        for curve, starts in options:
            for start in starts:
                if "values" in trajectory:
                    fit = fit_values(curve, start, t, np.array(trajectory["values"]))
                else:
                    chance = np.array(trajectory.get("chance", 0.0))
                    fit = fit_counts(curve, start, t, np.array(trajectory["successes"]), np.array(trajectory["trials"]), chance)
                if fit is not None:
                    found.append(fit)
        best = max(found, key=lambda fit: fit["logLikelihood"])
        k, count = len(best["parameters"]) + 1 + (name == "change_point"), len(t)
        best["aicc"] = -2 * best["logLikelihood"] + 2 * k + 2 * k * (k + 1) / (count - k - 1)
        out[name] = best
    least = min(fit["aicc"] for fit in out.values())
    total = sum(np.exp((least - fit["aicc"]) / 2) for fit in out.values())
    for fit in out.values():
        fit["weight"] = np.exp((least - fit["aicc"]) / 2) / total
    if "values" in trajectory:
        design = sm.add_constant((t - t[0]) / (t[-1] - t[0]))
        a, rise = sm.OLS(np.array(trajectory["values"]), design).fit().params
        assert np.allclose(out["line"]["parameters"], [a, a + rise], rtol=1e-6)
    return out


def trajectories():
    rng = np.random.default_rng(8)
    t = octaves(STEPS)
    short = octaves(SHORT)

    def draw(p, n, dispersion):
        return [int(rng.binomial(n, rng.beta(x / dispersion, (1 - x) / dispersion))) for x in p]

    rising = 0.05 + 0.8 * expit(1.5 * (t - 9))
    chance = np.round(0.08 + 0.02 * np.sin(t), 4)
    jump = np.where(t < t[11], 0.1, 0.6)
    falling = 0.8 - 0.6 * expit(1.1 * (t - 7))
    yield "gradual counts", {"steps": STEPS, "successes": draw(rising, 1085, 0.01), "trials": [1085] * len(t)}
    yield "counts over chance", {
        "steps": STEPS,
        "successes": draw(0.03 + 0.5 * expit(1.2 * (t - 8)) + chance, 512, 0.003),
        "trials": [512] * len(t),
        "chance": list(chance),
    }
    yield "abrupt counts", {"steps": STEPS, "successes": draw(jump, 700, 0.01), "trials": [700] * len(t)}
    yield "few steps of unequal counts", {
        "steps": SHORT,
        "successes": [int(rng.binomial(n, p)) for n, p in zip(range(100, 1200, 100), 0.1 + 0.7 * expit(1.8 * (short - 4.5)))],
        "trials": list(range(100, 1200, 100)),
    }
    yield "rising values", {"steps": STEPS, "values": [round(x, 5) for x in 10 * rising + rng.normal(0, 0.4, len(t))]}
    yield "falling values", {"steps": STEPS, "values": [round(x, 5) for x in falling + rng.normal(0, 0.04, len(t))]}


def main():
    rng = np.random.default_rng(3)
    cases = [{"name": name, "trajectory": one, "fits": fits(one)} for name, one in trajectories()]
    isotonic = []
    for n in (1, 7, 28):
        y, weights = np.round(rng.normal(size=n) + np.arange(n) / 8, 3), rng.integers(1, 9, n).astype(float)
        isotonic.append({"values": list(y), "weights": list(weights), "fitted": list(isotonic_regression(y, weights=weights).x)})
    p_values = [0.01, 0.04, 0.03, 0.005, 0.5, 0.04, 1.0, 0.0009]
    gamma = [(a, k) for a in (1e-6, 0.3, 4.0, 9.99, 250.0, 1e5) for k in (1, 8, 900)]
    reference = {
        "cases": cases,
        "isotonic": isotonic,
        "pValues": p_values,
        "holm": list(multipletests(p_values, method="holm")[1]),
        "benjaminiHochberg": list(multipletests(p_values, method="fdr_bh")[1]),
        "gamma": [
            {"a": a, "k": k, "log": gammaln(a + k) - gammaln(a), "slope": digamma(a + k) - digamma(a)} for a, k in gamma
        ],
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(reference, indent=1, default=float) + "\n")


main()
