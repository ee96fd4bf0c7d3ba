import type { Columns, TableDefinition, ViewDefinition } from './columns.js';
import { NULL_MEANINGS, NULL_REASONS } from './shared-columns.js';
import { SUMMARIES } from './summaries.js';
import { FACT_MEASURES, FACT_NAMES, SCHEMA_VERSION, SUMMARY_NAMES, TABLES, TABLE_NAMES } from './tables.js';
import { VIEWS, VIEW_NAMES } from './views.js';

/** Text inside a cell of a Markdown table. */
const cell = (text: string): string => text.replaceAll('|', '\\|');

function columnTable(columns: Columns, key: readonly string[]): string {
  const lines = Object.entries(columns).map(([name, { type, nullable, comment, oneOf }]) => {
    const choices = oneOf === undefined ? '' : ` One of ${oneOf.map((value) => `\`${value}\``).join(', ')}.`;
    return `| \`${name}\`${key.includes(name) ? ' (key)' : ''} | ${type} | ${nullable ? 'yes' : ''} | ${cell(comment)}.${cell(choices)} |`;
  });
  return ['| column | type | null | meaning |', '|---|---|---|---|', ...lines].join('\n');
}

function section(name: string, definition: TableDefinition | ViewDefinition): string {
  const key = 'key' in definition ? definition.key : [];
  const checks = 'checks' in definition ? definition.checks : [];
  return [
    `### ${name}`,
    definition.comment,
    ...FACT_NAMES.filter((fact) => fact === name).map((fact) => `Measure: \`${FACT_MEASURES[fact]}\`.`),
    columnTable(definition.columns, key),
    ...(checks.length === 0 ? [] : [`Always true: ${checks.map((check) => `\`${check}\``).join('; ')}.`]),
  ].join('\n\n');
}

/** The tables and views of the database as Markdown: `docs/data-dictionary.md`, made from the schema. */
export function dataDictionary(): string {
  return `${[
    '# Data dictionary',
    `Generated from the schema (\`src/store/schema\`), version ${SCHEMA_VERSION}. The same texts stand in the database: \`SELECT table_name, column_name, comment FROM duckdb_columns()\`.`,
    `What was not measured is null beside a \`null_reason\`. It is never 0, and its row is never missing. Layers, heads, positions and neurons count from 0; intervals are half open. "method" is the method of the project, whose sections the comments name.`,
    'Every fact carries `unit_id`: which weights, prompts, configuration and version made it. Keys of fact tables are checked when a unit is stored; the other keys are primary keys.',
    NULL_REASONS.map((reason) => `- \`${reason}\`: ${NULL_MEANINGS[reason]}`).join('\n'),
    `Tables: ${TABLE_NAMES.map((name) => `[${name}](#${name})`).join(', ')}. Summaries: ${SUMMARY_NAMES.map((name) => `[${name}](#${name})`).join(', ')}. Views: ${VIEW_NAMES.map((name) => `[${name}](#${name})`).join(', ')}.`,
    '## Tables',
    ...TABLE_NAMES.map((name) => section(name, TABLES[name])),
    '## Summaries',
    'Made of the facts when these are stored, so that questions over all checkpoints need not count them anew.',
    ...SUMMARY_NAMES.map((name) => section(name, SUMMARIES[name])),
    '## Views',
    ...VIEW_NAMES.map((name) => section(name, VIEWS[name])),
  ].join('\n\n')}\n`;
}
