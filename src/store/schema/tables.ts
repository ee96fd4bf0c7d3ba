import type { Measure } from '../../domain/measure.js';
import { CHECKPOINT_AUDIT } from './audit.js';
import { integer, table, text, type RowOfColumns } from './columns.js';
import { DIMENSIONS, UNITS } from './dimensions.js';
import { EMERGENCE } from './emergence.js';
import { BASIC_FACTS } from './facts.js';
import { CIRCUIT_FACTS } from './facts-circuits.js';
import { EFFECT_FACTS } from './facts-effects.js';
import { KNOCKOUT_FACTS } from './facts-knockouts.js';
import { MAP_FACTS } from './facts-maps.js';
import { SUMMARIES } from './summaries.js';

/** Raised with every change of tables, columns or closed lists. Views may change without it. */
export const SCHEMA_VERSION = 4;

/** What was measured. A fact belongs to one unit and is stored with it or not at all. */
const FACTS = { ...BASIC_FACTS, ...EFFECT_FACTS, ...CIRCUIT_FACTS, ...KNOCKOUT_FACTS, ...MAP_FACTS };

const SCHEMA_INFO = table({
  comment: 'One row: which version of the schema this database has, and which program made it.',
  columns: {
    schema_version: integer('version of tables and columns; a program opens its own version only'),
    program_version: text('version of heuristrace that created the database'),
  },
  key: ['schema_version'],
});

/** All tables, in the order in which they are created and documented. */
export const TABLES = {
  schema_info: SCHEMA_INFO,
  ...DIMENSIONS,
  checkpoint_audit: CHECKPOINT_AUDIT,
  units: UNITS,
  ...FACTS,
  ...EMERGENCE,
};

export type TableName = keyof typeof TABLES;
export type DimensionName = keyof typeof DIMENSIONS;
export type FactName = keyof typeof FACTS;
/** Computed from facts, replaced when these change. */
export type DerivedName = keyof typeof EMERGENCE;

/** The measure whose units each table of facts belongs to. */
export const FACT_MEASURES: Readonly<Record<FactName, Measure>> = {
  accuracy: 'accuracy',
  component_effects: 'components',
  neuron_effects: 'attribution',
  effect_agreement: 'attribution',
  probe_accuracy: 'probe',
  neurons: 'classification',
  neuron_heuristics: 'classification',
  classification_chance: 'classification',
  faithfulness: 'faithfulness',
  heuristic_knockouts: 'knockouts',
  prompt_knockouts: 'knockouts',
  failure_modes: 'failures',
  neuron_maps: 'maps',
};

/** A row of a table as an object, e.g. `RowOf<'accuracy'>`; numbers in the units of the data dictionary. */
export type RowOf<T extends TableName> = RowOfColumns<(typeof TABLES)[T]['columns']>;

/** Where a fact was measured: the same for all facts of a unit, so the unit states it once. */
export const UNIT_COLUMNS = ['unit_id', 'suite', 'seed', 'step'] as const;

/** A fact without what its unit says already. */
export type FactOf<T extends FactName> = Omit<RowOf<T>, (typeof UNIT_COLUMNS)[number]>;

const names = <T extends object>(record: T): (keyof T & string)[] =>
  Object.keys(record).filter((name): name is keyof T & string => name in record);

export const TABLE_NAMES: readonly TableName[] = names(TABLES);
export const DIMENSION_NAMES: readonly DimensionName[] = names(DIMENSIONS);
export const FACT_NAMES: readonly FactName[] = names(FACTS);
export const DERIVED_NAMES: readonly DerivedName[] = names(EMERGENCE);

/** Made of facts in the database itself, as soon as these are stored; not in spools. */
export type SummaryName = keyof typeof SUMMARIES;
export const SUMMARY_NAMES: readonly SummaryName[] = names(SUMMARIES);
