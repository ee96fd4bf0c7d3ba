import type { DuckDBConnection } from '@duckdb/node-api';
import { isOperator, type Operator } from '../domain/operator.js';

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

/** What other checkpoints need of a stored one. */
export interface ReferenceFacts {
  readonly heads: readonly StoredHead[];
  readonly matches: readonly StoredMatch[];
}

/**
 * Reads the effects of the heads and the matches of a checkpoint that was analysed before.
 * @param params.components unit of the measure `components`
 * @param params.classification unit of the measure `classification`
 */
export async function referenceFacts(
  connection: DuckDBConnection,
  { components, classification }: { readonly components: string; readonly classification: string },
): Promise<ReferenceFacts> {
  const heads = await connection.runAndReadAll(
    `SELECT operator, layer, head, max(mean_logit), max(mean_e) FROM component_effects
       WHERE unit_id = $unit AND kind = 'head' GROUP BY ALL ORDER BY operator, layer, head`,
    { unit: components },
  );
  const matches = await connection.runAndReadAll(
    `SELECT operator, layer, neuron, heuristic FROM neuron_heuristics
       WHERE unit_id = $unit ORDER BY operator, layer, neuron, heuristic`,
    { unit: classification },
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
  };
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new Error('the database holds no text where a heuristic is named');
}

function asOperator(value: unknown): Operator {
  if (typeof value === 'string' && isOperator(value)) return value;
  throw new Error(`the database holds '${String(value)}' for an operator`);
}
