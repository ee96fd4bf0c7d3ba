import { FAMILIES, TARGETS, type Family, type Target } from '../domain/heuristic.js';
import { groupOf, type Plan } from './plan.js';
import type { Scores } from './score.js';

/** How many neurons match at least one heuristic of a kind. */
export interface MatchCounts {
  /** Live neurons, the base of every share. */
  live: number;
  /** Of any target and family. */
  any: number;
  readonly byFamily: Record<Family, number>;
  /** Of this target and any family. */
  readonly byAnyFamily: Record<Target, number>;
  readonly byTarget: Record<Target, Record<Family, number>>;
}

function noFamilies(): Record<Family, number> {
  return { range: 0, mod: 0, pattern: 0, value: 0, identical: 0, multi: 0 };
}

/** Counts of no neurons. */
export function emptyCounts(): MatchCounts {
  return {
    live: 0,
    any: 0,
    byFamily: noFamilies(),
    byAnyFamily: { op1: 0, op2: 0, operands: 0, result: 0 },
    byTarget: { op1: noFamilies(), op2: noFamilies(), operands: noFamilies(), result: noFamilies() },
  };
}

/** Counts of two disjoint sets of neurons together, for matrices classified in pieces. */
export function addCounts(a: MatchCounts, b: MatchCounts): MatchCounts {
  const sum = emptyCounts();
  for (const part of [a, b]) {
    sum.live += part.live;
    sum.any += part.any;
    for (const target of TARGETS) sum.byAnyFamily[target] += part.byAnyFamily[target];
    for (const family of FAMILIES) {
      sum.byFamily[family] += part.byFamily[family];
      for (const target of TARGETS) sum.byTarget[target][family] += part.byTarget[target][family];
    }
  }
  return sum;
}

/** Adds one live neuron to counts, in place. */
export function countMatches(
  scores: Scores,
  plan: Plan,
  threshold: number,
  counts: MatchCounts | undefined,
): void {
  if (counts === undefined) return;
  const matched = new Set<number>();
  for (let slot = 0; slot < plan.heuristics.length; slot++)
    if ((scores.score[slot] ?? 0) >= threshold) matched.add(plan.group[slot] ?? 0);
  if (scores.multi !== null && scores.multi.score >= threshold) matched.add(groupOf(scores.multi.heuristic));
  counts.live++;
  if (matched.size > 0) counts.any++;
  for (const target of TARGETS)
    if (FAMILIES.some((family) => matched.has(groupOf({ target, family })))) counts.byAnyFamily[target]++;
  for (const family of FAMILIES) {
    const targets = TARGETS.filter((target) => matched.has(groupOf({ target, family })));
    for (const target of targets) counts.byTarget[target][family]++;
    if (targets.length > 0) counts.byFamily[family]++;
  }
}
