"""Heuristics of the paper (appendix E; method section 7) and their match with a neuron, with lists and sets."""

from collections import Counter

RANGE_LENGTHS = {"+": (10, 30, 50, 100), "-": (10, 30, 50, 100), "*": (10, 30, 50, 100), "/": (2, 10, 100)}
MODULI = (2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 15)
TARGETS = ("op1", "op2", "operands", "result")


def predicates(operator, largest):
    """(key, target, test of one value) of every heuristic; `largest` is the largest value of each target."""
    for target in TARGETS:
        top = largest[target]
        for length in RANGE_LENGTHS[operator]:
            for start in range(0, top, max(length // 3, 10)):
                end = min(start + length, top + 1)
                yield f"{target} in [{start},{end})", target, lambda v, s=start, e=end: s <= v < e
        for n in MODULI:
            for m in range(n):
                yield f"{target} = {m} mod {n}", target, lambda v, m=m, n=n: v % n == m
        for pattern in patterns(top):
            yield f"{target} ~ {pattern}", target, lambda v, p=pattern: fits(v, p)
        if target != "operands":
            for value in range(top + 1):
                yield f"{target} = {value}", target, lambda v, x=value: v == x


def patterns(top):
    """Three places, digits or wildcards; neither all wildcards, nor a range, nor a whole number."""
    found = set()
    for value in range(min(top, 999) + 1):
        a, b, c = f"{value:03d}"
        found.update((f"{a}.{c}", f".{b}{c}", f".{b}.", f"..{c}"))
    return sorted(found)


def fits(value, pattern):
    return all(mark in (".", digit) for mark, digit in zip(pattern, f"{value:03d}"))


def associated_sets(prompts):
    """{key: (target, set of prompt numbers)} of one operator's universe."""
    operator = prompts[0][0]
    op1, op2, results = ([p[i] for p in prompts] for i in (1, 2, 3))
    columns = {"op1": op1, "op2": op2, "operands": list(zip(op1, op2)), "result": results}
    largest = {"op1": max(op1), "op2": max(op2), "operands": max(*op1, *op2), "result": max(results)}
    sets = {}
    for key, target, test in predicates(operator, largest):
        if target == "operands":
            holding = {i for i, (a, b) in enumerate(columns[target]) if test(a) and test(b)}
        else:
            holding = {i for i, value in enumerate(columns[target]) if test(value)}
        if 0 < len(holding) < len(prompts):
            sets[key] = (target, holding)
    sets["op1 = op2"] = ("operands", {i for i, (a, b) in enumerate(columns["operands"]) if a == b})
    return sets


def ranked(values):
    """Numbers of the prompts, largest value first; `values` is a tensor [prompts]."""
    return values.argsort(descending=True, stable=True).tolist()


def results_in_order(order, prompts):
    """Operands and result of each prompt, in order, as the lists that heuristics are then looked for in."""
    return [(prompts[i][1], prompts[i][2], prompts[i][3]) for i in order]


def scores(order, sets, targets):
    """{key: share of the top prompts that the heuristic holds for}, the top as many as it holds for."""
    return {
        key: len(holding.intersection(order[: len(holding)])) / len(holding)
        for key, (target, holding) in sets.items()
        if target in targets
    }


def covering_results(results, top=1000, share=0.95, most=4):
    """The smallest set of 2 to 4 results that covers a share of the top prompts, or None."""
    counts = Counter(result for *_, result in results[:top]).most_common()
    for size in range(2, most + 1):
        if sum(n for _, n in counts[:size]) >= share * min(top, len(results)):
            return sorted(result for result, _ in counts[:size])
    return None
