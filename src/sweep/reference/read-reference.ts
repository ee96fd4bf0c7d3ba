import type { SweepConfig } from '../../config/sweep-fields.js';
import type { Measure } from '../../domain/measure.js';
import { OPERATORS, type Operator } from '../../domain/operator.js';
import { referenceFacts } from '../../store/reference-facts.js';
import type { ResultStore } from '../../store/spool/result-store.js';
import { rankHeads } from '../measures/measure-components.js';
import type { PlannedMeasure } from '../measures/measures.js';
import { tupleKey, type ReferenceResults } from './reference-results.js';

/**
 * What a reference checkpoint that was analysed before says to the others: as much as its measures tell.
 * @param units its units
 * @returns of the operators that they say something of
 * @throws NotADatabaseError, DatabaseVersionError, DatabaseLockedError
 */
export async function readReference(
  results: Pick<ResultStore, 'read'>,
  units: readonly { readonly id: string; readonly planned: PlannedMeasure }[],
  { rankBy }: SweepConfig,
): Promise<ReferenceResults> {
  const idOf = (measure: Measure): string | null =>
    units.find(
      ({ planned: { configuration, preset } }) => configuration.measure === measure && (preset ?? 0) === 0,
    )?.id ?? null;
  const { heads, matches, mapped } = await results.read((connection) =>
    referenceFacts(connection, {
      components: idOf('components'),
      classification: idOf('classification'),
      maps: idOf('maps'),
    }),
  );
  const known = new Set([...heads, ...matches, ...mapped].map(({ operator }) => operator));
  return new Map(
    OPERATORS.filter((operator) => known.has(operator)).map((operator) => [
      operator,
      {
        heads: rankHeads(of(heads, operator), rankBy),
        matches: new Set(
          of(matches, operator).map(({ layer, neuron, heuristic }) => tupleKey(layer, neuron, heuristic)),
        ),
        mapped: of(mapped, operator).map(({ layer, neuron, rankedBy }) => ({ layer, neuron, rankedBy })),
      },
    ]),
  );
}

function of<T extends { readonly operator: Operator }>(rows: readonly T[], operator: Operator): T[] {
  return rows.filter((row) => row.operator === operator);
}
