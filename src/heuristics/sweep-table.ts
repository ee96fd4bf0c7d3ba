import type { PromptUniverse } from '../domain/prompt.js';

/**
 * What one pass down a map must count, and when. Prompts are taken from the top of the map one by one; each
 * adds one to some cells (its op1, its op2, its result, each statement on both operands that holds for it). When k
 * prompts are taken, an entry whose top set has size k reads its hits: the sum of its cells.
 */
export interface SweepTable {
  /** Cells of values: op1 then op2 (maxOperand each) on the K map, results (maxAnswer + 1) on the KV map. */
  readonly valueCells: number;
  /** All cells: the above and one for each statement on both operands. */
  readonly cells: number;
  /** Prompts to be taken: the largest k. */
  readonly depth: number;
  /** [entries] sizes of top sets, ascending */
  readonly k: Uint32Array;
  /** [entries] where the entry's score goes */
  readonly slot: Uint32Array;
  /** [entries + 1] the entry's cells are cell[cellStart[e]] .. cell[cellStart[e + 1] - 1] */
  readonly cellStart: Uint32Array;
  readonly cell: Uint16Array;
  /** Prompts beyond this rank need not be counted in the cells of both operands. */
  readonly pairDepth: number;
  /** [prompts + 1] into pairCell: cells of both operands that a prompt adds to; empty on the KV map */
  readonly pairStart: Uint32Array;
  readonly pairCell: Uint16Array;
}

/** A statement to be scored: about single values (`cells`) or about both operands (`prompts`). */
interface SweepEntry {
  readonly slot: number;
  readonly k: number;
  /** Value cells whose sum is the number of hits. */
  readonly cells: readonly number[];
  /** Indices of the universe's prompts for which the statement holds, for statements on both operands. */
  readonly prompts?: readonly number[];
}

/** Lists of different lengths, end to end. @returns start [lists + 1] and the joined items */
function joined(lists: readonly (readonly number[])[]): { start: Uint32Array; items: Uint16Array } {
  const start = new Uint32Array(lists.length + 1);
  lists.forEach((list, i) => (start[i + 1] = (start[i] ?? 0) + list.length));
  const items = new Uint16Array(start[lists.length] ?? 0);
  lists.forEach((list, i) => items.set(list, start[i] ?? 0));
  return { start, items };
}

/** For every prompt the cells of both operands that it adds to. */
function pairLists(
  universe: PromptUniverse,
  pairs: readonly SweepEntry[],
  firstCell: number,
): { start: Uint32Array; items: Uint16Array } {
  const start = new Uint32Array(universe.count + 1);
  for (const pair of pairs) for (const p of pair.prompts ?? []) start[p + 1] = (start[p + 1] ?? 0) + 1;
  for (let p = 0; p < universe.count; p++) start[p + 1] = (start[p + 1] ?? 0) + (start[p] ?? 0);
  const items = new Uint16Array(start[universe.count] ?? 0);
  const next = start.slice();
  pairs.forEach((pair, i) => {
    for (const p of pair.prompts ?? []) {
      const at = next[p] ?? 0;
      items[at] = firstCell + i;
      next[p] = at + 1;
    }
  });
  return { start, items };
}

/**
 * Orders the entries of one map by k and lays them out in typed arrays.
 * @param valueCells number of cells that belong to values
 */
export function buildSweepTable(
  universe: PromptUniverse,
  entries: readonly SweepEntry[],
  valueCells: number,
): SweepTable {
  const sorted = entries.toSorted((a, b) => a.k - b.k || a.slot - b.slot);
  const pairs = sorted.filter((entry) => entry.prompts !== undefined);
  const cellOfPair = new Map(pairs.map((entry, i) => [entry, valueCells + i]));
  const cells = joined(
    sorted.map((entry) => {
      const pairCell = cellOfPair.get(entry);
      return pairCell === undefined ? entry.cells : [pairCell];
    }),
  );
  const perPrompt = pairs.length > 0 ? pairLists(universe, pairs, valueCells) : joined([]);
  return {
    valueCells,
    cells: valueCells + pairs.length,
    depth: sorted.at(-1)?.k ?? 0,
    k: Uint32Array.from(sorted, (entry) => entry.k),
    slot: Uint32Array.from(sorted, (entry) => entry.slot),
    cellStart: cells.start,
    cell: cells.items,
    pairDepth: pairs.at(-1)?.k ?? 0,
    pairStart: perPrompt.start,
    pairCell: perPrompt.items,
  };
}
