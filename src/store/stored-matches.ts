import { existsSync } from 'node:fs';
import { FAMILIES, TARGETS, type HeuristicMatch } from '../domain/heuristic.js';
import { layerIndex, neuronIndex, type NeuronId } from '../domain/ids.js';
import type { Operator } from '../domain/operator.js';
import { readStore, type OpenParams } from './database.js';

export interface StoredMatchesParams extends OpenParams {
  readonly suite: string;
  readonly seed: number;
  readonly step: number;
  readonly operator: Operator;
  readonly preset: string;
}

/** A neuron with the heuristics that are stored of it. */
export interface StoredNeuron extends NeuronId {
  readonly matches: readonly HeuristicMatch[];
}

/**
 * The heuristic neurons of one operator at one checkpoint, as the latest classification stored them.
 * @returns null when this was not classified, or there is no database
 * @throws NotADatabaseError, DatabaseVersionError, DatabaseLockedError
 */
export async function storedMatches(params: StoredMatchesParams): Promise<StoredNeuron[] | null> {
  const { suite, seed, step, operator, preset, ...open } = params;
  if (!existsSync(open.db)) return null;
  return readStore(open, async (connection) => {
    const unit = await connection.runAndReadAll(
      `SELECT unit_id, configuration_id FROM classification_steps
       WHERE suite = $suite AND seed = $seed AND step = $step AND operator = $operator AND preset = $preset
         AND null_reason IS NULL`,
      { suite, seed, step, operator, preset },
    );
    const [id, configuration] = unit.getRowsJS()[0] ?? [];
    if (typeof id !== 'string' || typeof configuration !== 'string') return null;
    const rows = await connection.runAndReadAll(
      `SELECT layer, neuron, heuristic, n.target, n.family, score, sign, map, associated, base_rate, k
       FROM neuron_heuristics AS n JOIN heuristics AS h USING (operator, heuristic)
       WHERE n.unit_id = $unit AND h.configuration_id = $configuration AND operator = $operator
       ORDER BY layer, neuron, score DESC, heuristic`,
      { unit: id, configuration, operator },
    );
    const neurons = new Map<string, { id: NeuronId; matches: HeuristicMatch[] }>();
    for (const row of rows.getRowObjectsJS()) {
      const place = {
        layer: layerIndex(Number(row['layer'])),
        neuron: neuronIndex(Number(row['neuron'])),
      };
      const key = `${place.layer}.${place.neuron}`;
      const entry = neurons.get(key) ?? { id: place, matches: [] };
      neurons.set(key, entry);
      entry.matches.push({
        heuristic: {
          operator,
          key: typeof row['heuristic'] === 'string' ? row['heuristic'] : '',
          target: oneOf(TARGETS, row['target']),
          family: oneOf(FAMILIES, row['family']),
          associated: Number(row['associated']),
          baseRate: Number(row['base_rate']),
          k: Number(row['k']),
        },
        score: Number(row['score']),
        map: oneOf(['K', 'KV'] as const, row['map']),
        sign: Number(row['sign']) === -1 ? -1 : 1,
      });
    }
    return [...neurons.values()].map(({ id: place, matches }) => ({ ...place, matches }));
  });
}

function oneOf<T extends string>(known: readonly T[], value: unknown): T {
  const found = known.find((item) => item === value);
  if (found === undefined)
    throw new Error(`the database holds '${String(value)}', none of ${known.join(', ')}`);
  return found;
}
