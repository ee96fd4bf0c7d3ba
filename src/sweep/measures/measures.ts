import type { SweepConfig } from '../../config/sweep-fields.js';
import { MEASURES, type Measure } from '../../domain/measure.js';
import type { HeuristicPreset } from '../../heuristics/preset.js';
import type { RowOf } from '../../store/schema/tables.js';
import { configurationOf, type ResolvedScope } from './configurations.js';

/** A measure under one configuration, and the version of the code that takes it. */
export interface PlannedMeasure {
  readonly configuration: RowOf<'configurations'>;
  readonly version: number;
  /** Index into the sweep's presets; null where none is used. */
  readonly preset: number | null;
}

interface MeasureDefinition {
  /** Raised when the code gives other values for the same input: then stored units are computed anew. */
  readonly version: number;
  /** Measures whose results it builds on: they are taken too. */
  readonly needs: readonly Measure[];
  /** `each`: one unit for each preset; `first`: of the sweep's first preset only. */
  readonly presets: 'none' | 'first' | 'each';
  /** Whether its values depend on the reference checkpoint, which is then analysed first, and always. */
  readonly reference: boolean;
}

/** What a sweep can measure. Every measure needs the pass that gives the accuracy. */
export const MEASURE_DEFINITIONS: Readonly<Record<Measure, MeasureDefinition>> = {
  accuracy: { version: 1, needs: [], presets: 'none', reference: false },
  components: { version: 1, needs: ['accuracy'], presets: 'none', reference: false },
  attribution: { version: 1, needs: ['accuracy'], presets: 'none', reference: false },
  probe: { version: 1, needs: ['accuracy'], presets: 'none', reference: false },
  classification: { version: 1, needs: ['accuracy'], presets: 'each', reference: false },
  faithfulness: {
    version: 1,
    needs: ['accuracy', 'components', 'attribution', 'classification'],
    presets: 'first',
    reference: true,
  },
  knockouts: { version: 1, needs: ['accuracy', 'classification'], presets: 'first', reference: false },
  failures: { version: 1, needs: ['accuracy', 'classification'], presets: 'first', reference: false },
  maps: {
    version: 1,
    needs: ['accuracy', 'attribution', 'classification'],
    presets: 'first',
    reference: true,
  },
};

/** The measures asked for and all that they need, in the order of the method. */
export function measuresOf(config: SweepConfig, neurons: 'top' | 'all'): ReadonlySet<Measure> {
  const taken = new Set<Measure>(config.measures);
  for (const measure of config.measures)
    for (const needed of MEASURE_DEFINITIONS[measure].needs) taken.add(needed);
  if (neurons === 'top' && taken.has('classification')) taken.add('attribution');
  return new Set(MEASURES.filter((measure) => taken.has(measure)));
}

/** Whether any of these measures depends on the reference checkpoint. */
export function needReference(measures: Iterable<Measure>): boolean {
  return [...measures].some((measure) => MEASURE_DEFINITIONS[measure].reference);
}

/** The units that a sweep takes at each checkpoint. */
export function plannedMeasures(
  config: SweepConfig,
  presets: readonly HeuristicPreset[],
  scope: ResolvedScope,
): PlannedMeasure[] {
  const planned = (measure: Measure, preset: number | null): PlannedMeasure => ({
    configuration: configurationOf(
      measure,
      config,
      scope,
      preset === null ? null : (presets[preset] ?? null),
    ),
    version: MEASURE_DEFINITIONS[measure].version,
    preset,
  });
  return [...measuresOf(config, scope.neurons)].flatMap((measure) => {
    const { presets: use } = MEASURE_DEFINITIONS[measure];
    if (use === 'none') return [planned(measure, null)];
    const indices = use === 'first' ? [0] : [...presets.keys()];
    return indices.map((index) => planned(measure, index));
  });
}
