import type { ParamValue } from '../../src/queries/header.js';
import { listQueries } from '../../src/queries/library.js';
import { runQuery } from '../../src/queries/run-query.js';
import { Questions } from '../../src/report/content/ask.js';
import { loadDefinition, type Ask } from '../../src/report/content/definition.js';
import { TREND_REPORT } from '../../src/report/write-report.js';
import { readStore } from '../../src/store/database.js';
import type { QueryTime } from './figures.js';

/** What queries that need a parameter are asked for: the pair that matches at most steps. */
async function knownPair(db: string): Promise<Readonly<Record<string, ParamValue>>> {
  return readStore({ db }, async (connection) => {
    const found = await connection.runAndReadAll(
      `SELECT heuristic, layer, neuron FROM match_histories WHERE heuristic <> 'any'
       ORDER BY len(steps) DESC, heuristic, layer, neuron LIMIT 1`,
    );
    const [heuristic, layer, neuron] = found.getRowsJS()[0] ?? [];
    return {
      heuristic: typeof heuristic === 'string' ? heuristic : '',
      layer: Number(layer),
      neuron: Number(neuron),
    };
  });
}

const isAsk = (value: object): value is Ask =>
  'query' in value && typeof value.query === 'string' && 'params' in value;

/** Everything that a report's definition asks for, wherever it stands in it. */
function asksIn(value: unknown): Ask[] {
  if (typeof value !== 'object' || value === null) return [];
  return [...(isAsk(value) ? [value] : []), ...Object.values(value).flatMap(asksIn)];
}

async function timed(name: string, params: object, work: () => Promise<number>): Promise<QueryTime> {
  const before = process.cpuUsage();
  const started = performance.now();
  const rows = await work();
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - started) / 1000;
  return { name, params: JSON.stringify(params), rows, seconds, cpu: (user + system) / 1e6 };
}

/**
 * Asks every named query as a user does who gives it nothing but what it needs, and as the report does. The database is
 * opened for each.
 */
export async function askAll(db: string, suite: string): Promise<QueryTime[]> {
  const times: QueryTime[] = [];
  const pair = await knownPair(db);
  for (const query of listQueries()) {
    const needed = query.params.filter((param) => param.default === undefined);
    const params = Object.fromEntries(needed.map(({ name }) => [name, pair[name] ?? 1]));
    const rows = async (): Promise<number> => (await runQuery({ db, query, params })).rows.length;
    times.push(await timed(query.name, params, rows));
  }
  const { figures, facts, head, summary } = await loadDefinition(TREND_REPORT);
  const scope = { suite, preset: 'paper', seed: 0, runs: null };
  const asks = new Map(
    asksIn([figures, facts, head, summary]).map((ask) => [JSON.stringify([ask.query, ask.params]), ask]),
  );
  for (const ask of asks.values()) {
    const rows = async (): Promise<number> => (await new Questions(db, scope).ask(ask)).rows.length;
    times.push(await timed(ask.query, { report: true, ...ask.params }, rows));
  }
  return times;
}
