import type { MultiSpec } from './preset.js';
import type { FrequentGroup, Void } from './plan.js';
import type { SweepTable } from './sweep-table.js';

/** Values of the prompts that a map's cells count: both operands, or the result alone. */
export interface SweepColumns {
  /** [prompts] */
  readonly first: Uint16Array;
  /** [prompts] second operand, in cells from `secondCell` on; absent on the KV map */
  readonly second?: Uint16Array;
  readonly secondCell: number;
}

/** Counts the prompts order[from] .. order[to - 1]. */
function countOperands(
  table: SweepTable,
  columns: Required<SweepColumns>,
  order: Uint32Array,
  from: number,
  to: number,
  cells: Uint32Array,
): void {
  const { first, second, secondCell } = columns;
  for (let i = from; i < to; i++) {
    const p = order[i] ?? 0;
    const a = first[p] ?? 0;
    const b = secondCell + (second[p] ?? 0);
    cells[a] = (cells[a] ?? 0) + 1;
    cells[b] = (cells[b] ?? 0) + 1;
  }
  const { pairStart, pairCell } = table;
  const end = Math.min(to, table.pairDepth);
  for (let i = from; i < end; i++) {
    const p = order[i] ?? 0;
    const last = pairStart[p + 1] ?? 0;
    for (let j = pairStart[p] ?? 0; j < last; j++) {
      const cell = pairCell[j] ?? 0;
      cells[cell] = (cells[cell] ?? 0) + 1;
    }
  }
}

function countResults(
  results: Uint16Array,
  order: Uint32Array,
  from: number,
  to: number,
  cells: Uint32Array,
): void {
  for (let i = from; i < to; i++) {
    const result = results[order[i] ?? 0] ?? 0;
    cells[result] = (cells[result] ?? 0) + 1;
  }
}

/**
 * Scores every entry of a table in one pass down a map.
 * @param order prompts from the top of the map down, at least `table.depth` of them
 * @param cells scratch, at least `table.cells` long
 * @param scores receives hits / k in [0, 1] at each entry's slot
 */
export function sweep(
  table: SweepTable,
  columns: SweepColumns,
  order: Uint32Array,
  cells: Uint32Array,
  scores: Float64Array,
): void {
  cells.fill(0, 0, table.cells);
  const { first, second, secondCell } = columns;
  const operands = second === undefined ? null : { first, second, secondCell };
  let taken = 0;
  for (let entry = 0; entry < table.k.length; entry++) {
    const k = table.k[entry] ?? 0;
    if (k > taken) {
      if (operands === null) countResults(first, order, taken, k, cells);
      else countOperands(table, operands, order, taken, k, cells);
      taken = k;
    }
    let hits = 0;
    const end = table.cellStart[entry + 1] ?? 0;
    for (let i = table.cellStart[entry] ?? 0; i < end; i++) hits += cells[table.cell[i] ?? 0] ?? 0;
    scores[table.slot[entry] ?? 0] = hits / k;
  }
}

/** Sets the scores of all but the most frequent patterns of a group to 0. */
export function keepMostFrequent(group: FrequentGroup, scores: Float64Array): void {
  const { slots, k, most, least } = group;
  // The chosen by falling score; few enough to be kept in order by insertion.
  const chosen: { slot: number; score: number }[] = [];
  for (const slot of slots) {
    const score = scores[slot] ?? 0;
    scores[slot] = 0;
    if (score === 0 || Math.round(score * k) < least) continue;
    if (chosen.length === most && score <= (chosen[most - 1]?.score ?? 0)) continue;
    const at = chosen.findIndex((one) => one.score < score);
    chosen.splice(at < 0 ? chosen.length : at, 0, { slot, score });
    if (chosen.length > most) chosen.pop();
  }
  for (const { slot, score } of chosen) scores[slot] = score;
}

/** Sets to 0 the scores of heuristics whose top prompts all have the answer that voids them. */
export function applyVoids(
  voids: readonly Void[],
  answers: Uint16Array,
  order: Uint32Array,
  scores: Float64Array,
): void {
  for (const { slot, answer, k } of voids) {
    let run = 0;
    while (run < k && answers[order[run] ?? 0] === answer) run++;
    if (run === k) scores[slot] = 0;
  }
}

/** A set of results that covers the top of a KV map. */
export interface ResultSet {
  /** Ascending. */
  readonly results: readonly number[];
  /** Share of the top prompts with one of these results, in [coverage, 1]. */
  readonly score: number;
  /** Prompts of the top. */
  readonly k: number;
}

/**
 * The smallest set of results that covers a share of the top prompts of a KV map, null when it has more or fewer
 * members than the spec allows: where one result covers the top alone there is no multi-result heuristic.
 * The top holds at most half of the prompts, so that something is left to differ from.
 * @param answers [universe] results by prompt
 * @param count prompts that the preset keeps
 * @param order prompts from the top of the map down
 * @param cells scratch, at least maxAnswer + 1 long
 */
export function coveringResults(
  spec: MultiSpec,
  { answers, count, maxAnswer }: { answers: Uint16Array; count: number; maxAnswer: number },
  order: Uint32Array,
  cells: Uint32Array,
): ResultSet | null {
  const k = Math.min(spec.top, Math.floor(count / 2));
  if (k === 0) return null;
  cells.fill(0, 0, maxAnswer + 1);
  countResults(answers, order, 0, k, cells);
  const results: number[] = [];
  let covered = 0;
  while (covered / k < spec.coverage && results.length < spec.sizes.most) {
    let best = 0;
    for (let result = 1; result <= maxAnswer; result++)
      if ((cells[result] ?? 0) > (cells[best] ?? 0)) best = result;
    covered += cells[best] ?? 0;
    cells[best] = 0;
    results.push(best);
  }
  if (covered / k < spec.coverage || results.length < spec.sizes.least) return null;
  return { results: results.sort((a, b) => a - b), score: covered / k, k };
}
