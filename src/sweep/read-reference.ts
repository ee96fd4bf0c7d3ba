import type { Operator } from '../domain/operator.js';
import { referenceFacts } from '../store/reference-facts.js';
import type { ResultStore } from '../store/spool/result-store.js';
import type { SweepConfig } from '../config/sweep-fields.js';
import { rankHeads } from './measure-components.js';
import type { PlannedMeasure } from './measures.js';
import { tupleKey, type ReferenceResults } from './reference-results.js';

/**
 * What a reference checkpoint that was analysed before says to the others.
 * @param units its units; null is given back when they hold nothing of the kind
 * @throws NotADatabaseError, DatabaseVersionError, DatabaseLockedError
 */
export async function readReference(
  results: Pick<ResultStore, 'read'>,
  units: readonly { readonly id: string; readonly planned: PlannedMeasure }[],
  { rankBy }: SweepConfig,
): Promise<ReferenceResults | null> {
  const idOf = (measure: string): string | undefined =>
    units.find(
      ({ planned: { configuration, preset } }) => configuration.measure === measure && (preset ?? 0) === 0,
    )?.id;
  const components = idOf('components');
  const classification = idOf('classification');
  if (components === undefined || classification === undefined) return null;
  const { heads, matches } = await results.read((connection) =>
    referenceFacts(connection, { components, classification }),
  );
  const operators = new Set<Operator>([...heads, ...matches].map(({ operator }) => operator));
  return new Map(
    [...operators].map((operator) => [
      operator,
      {
        heads: rankHeads(
          heads.filter((head) => head.operator === operator),
          rankBy,
        ),
        matches: new Set(
          matches
            .filter((match) => match.operator === operator)
            .map(({ layer, neuron, heuristic }) => tupleKey(layer, neuron, heuristic)),
        ),
      },
    ]),
  );
}
