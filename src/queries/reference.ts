import type { QueryDefinition, QueryParam } from './header.js';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('*', '\\*');

const defaultOf = ({ default: value }: QueryParam): string =>
  value === undefined ? 'required' : `\`${value === null ? 'null' : value}\``;

function section({ name, question, grain, note, paper, params, columns }: QueryDefinition): string {
  const needed = params.filter((param) => param.default === undefined);
  const example = ['heuristrace query', name, ...needed.map((param) => `--param ${param.name}=...`)].join(
    ' ',
  );
  return [
    `## ${name}`,
    `**${question}** Gives ${cell(grain)}.`,
    ...(note === undefined ? [] : [cell(note)]),
    ...(paper.length === 0 ? [] : [`In the paper: ${paper.join(', ')}.`]),
    `    ${example}`,
    '| parameter | type | default | meaning |',
  ]
    .join('\n\n')
    .concat(
      '\n|---|---|---|---|\n',
      params
        .map(
          (p) =>
            `| \`${p.name}\` | ${p.type}${p.nullable ? ' or null' : ''} | ${defaultOf(p)} | ${cell(p.description)} |`,
        )
        .join('\n'),
      '\n\n| column | type | meaning |\n|---|---|---|\n',
      columns.map((c) => `| \`${c.name}\` | ${c.type} | ${cell(c.description)} |`).join('\n'),
    );
}

/** Figures and equations of the paper with the queries that give them, in the order of the paper. */
function paperTable(queries: readonly QueryDefinition[]): string {
  const named = queries.flatMap(({ name, question, paper }) => paper.map((at) => ({ at, name, question })));
  const rows = named
    .toSorted(
      (a, b) => a.at.localeCompare(b.at, 'en', { numeric: true }) || a.name.localeCompare(b.name, 'en'),
    )
    .map(({ at, name, question }) => `| ${at} | [${name}](#${name}) | ${cell(question)} |`);
  return ['| paper | query | question |', '|---|---|---|', ...rows].join('\n');
}

/** All queries as Markdown: `docs/queries.md`, made from the headers of the files. */
export function queryReference(queries: readonly QueryDefinition[]): string {
  return `${[
    '# Queries',
    'Generated from the headers of `queries/*.sql`. `heuristrace query` lists them; `heuristrace query NAME --param name=value` runs one; `--format table|csv|json|markdown|parquet` chooses what comes out. The value `null` means all. A query of your own is a file of the same form; tables and columns stand in [the data dictionary](data-dictionary.md).',
    'What the paper shows of one checkpoint, or of few, is asked of all:',
    paperTable(queries),
    queries.map(({ name, question }) => `- [${name}](#${name}): ${question}`).join('\n'),
    ...queries.map(section),
  ].join('\n\n')}\n`;
}
