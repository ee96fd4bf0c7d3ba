import type { DuckDBConnection } from '@duckdb/node-api';
import { layerIndex, neuronIndex, type NeuronId } from '../domain/ids.js';
import { isOperator, type Operator } from '../domain/operator.js';
import { TABLES, type RowOf } from './schema/tables.js';

/** Effect of a head at the position where it is largest. */
export interface StoredHead {
  readonly operator: Operator;
  readonly layer: number;
  readonly head: number;
  readonly meanLogit: number | null;
  readonly meanE: number | null;
}

export interface StoredMatch {
  readonly operator: Operator;
  readonly layer: number;
  readonly neuron: number;
  readonly heuristic: string;
}

/** A neuron whose map is kept. */
export interface StoredMapped extends NeuronId {
  readonly operator: Operator;
  readonly rankedBy: RankedBy;
}
type RankedBy = NonNullable<RowOf<'neuron_maps'>['ranked_by']>;

/** What other checkpoints need of a stored one. */
export interface ReferenceFacts {
  readonly heads: readonly StoredHead[];
  readonly matches: readonly StoredMatch[];
  readonly mapped: readonly StoredMapped[];
}

/**
 * Reads the effects of the heads, the matches and the neurons with maps of a checkpoint that was analysed before.
 * @param units by measure; null where it was not taken
 */
export async function referenceFacts(
  connection: DuckDBConnection,
  units: Readonly<Record<'components' | 'classification' | 'maps', string | null>>,
): Promise<ReferenceFacts> {
  const heads = await connection.runAndReadAll(
    `SELECT operator, layer, head, max(mean_logit), max(mean_e) FROM component_effects
       WHERE unit_id = $unit AND kind = 'head' GROUP BY ALL ORDER BY operator, layer, head`,
    { unit: units.components },
  );
  const matches = await connection.runAndReadAll(
    `SELECT operator, layer, neuron, heuristic FROM neuron_heuristics
       WHERE unit_id = $unit ORDER BY operator, layer, neuron, heuristic`,
    { unit: units.classification },
  );
  const mapped = await connection.runAndReadAll(
    `SELECT operator, layer, neuron, ranked_by FROM neuron_maps
       WHERE unit_id = $unit AND rank IS NOT NULL ORDER BY operator, rank`,
    { unit: units.maps },
  );
  return {
    heads: heads.getRowsJS().map(([operator, layer, head, logit, e]) => ({
      operator: asOperator(operator),
      layer: Number(layer),
      head: Number(head),
      meanLogit: typeof logit === 'number' ? logit : null,
      meanE: typeof e === 'number' ? e : null,
    })),
    matches: matches.getRowsJS().map(([operator, layer, neuron, heuristic]) => ({
      operator: asOperator(operator),
      layer: Number(layer),
      neuron: Number(neuron),
      heuristic: asText(heuristic),
    })),
    mapped: mapped.getRowsJS().map(([operator, layer, neuron, rankedBy]) => ({
      operator: asOperator(operator),
      layer: layerIndex(Number(layer)),
      neuron: neuronIndex(Number(neuron)),
      rankedBy: asRankedBy(rankedBy),
    })),
  };
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new Error('the database holds no text where a heuristic is named');
}

function asRankedBy(value: unknown): RankedBy {
  const { oneOf } = TABLES.neuron_maps.columns.ranked_by;
  const known = oneOf.find((name) => name === value);
  if (known !== undefined) return known;
  throw new Error(`the database holds '${String(value)}' for what ranks a neuron`);
}

function asOperator(value: unknown): Operator {
  if (typeof value === 'string' && isOperator(value)) return value;
  throw new Error(`the database holds '${String(value)}' for an operator`);
}
