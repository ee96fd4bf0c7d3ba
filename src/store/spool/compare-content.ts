import type { DuckDBConnection } from '@duckdb/node-api';
import { AUDIT_DEPTHS } from '../../domain/audit-finding.js';
import { NotADatabaseError } from '../../errors/database-errors.js';

interface StoredUnit {
  readonly unitId: string;
  /** `toy seed 0 step 10` */
  readonly where: string;
  readonly measure: string;
  readonly isDone: boolean;
}

/** What an audit found of a checkpoint. */
interface StoredFinding {
  readonly where: string;
  /** Position among the depths, the cheapest first. */
  readonly depth: number;
  /** When it was audited, milliseconds since 1970. */
  readonly at: number;
}

/** What cannot be derived from anything else in a database. */
export interface StoredContent {
  readonly units: readonly StoredUnit[];
  readonly findings: readonly StoredFinding[];
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/**
 * Units and findings of a database of any version of the schema.
 * @throws NotADatabaseError when it has no units, as every database of ours has
 */
export async function contentOf(connection: DuckDBConnection, path: string): Promise<StoredContent> {
  const rowsOf = async (sql: string): Promise<unknown[][]> =>
    (await connection.runAndReadAll(sql)).getRowsJS();
  const tables = (await rowsOf("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'")).flat();
  if (!tables.includes('units'))
    throw new NotADatabaseError(path, 'a DuckDB database, but without the tables of heuristrace');
  const where = "suite || ' seed ' || seed || ' step ' || step";
  const units = await rowsOf(
    `SELECT unit_id, ${where}, measure, state = 'done' FROM units ORDER BY suite, seed, step, measure, unit_id`,
  );
  const findings = tables.includes('checkpoint_audit')
    ? await rowsOf(
        `SELECT ${where}, depth, epoch_us(audited_at)::DOUBLE / 1000 FROM checkpoint_audit ORDER BY suite, seed, step`,
      )
    : [];
  return {
    units: units.map(([unitId, place, measure, isDone]) => ({
      ...{ unitId: textOf(unitId), where: textOf(place), measure: textOf(measure) },
      isDone: isDone === true,
    })),
    findings: findings.map(([place, depth, at]) => ({
      where: textOf(place),
      depth: AUDIT_DEPTHS.findIndex((known) => known === depth),
      at: Number(at),
    })),
  };
}

/** What a database would lack that another has: units, also done ones that it has as failed, and findings. */
export function lackingIn(now: StoredContent, before: StoredContent): StoredContent {
  const known = new Map(now.units.map((unit) => [unit.unitId, unit]));
  const isKept = ({ unitId, isDone }: StoredUnit): boolean => {
    const kept = known.get(unitId);
    return kept !== undefined && (kept.isDone || !isDone);
  };
  const audited = new Map<string, StoredFinding[]>();
  for (const finding of now.findings)
    audited.set(finding.where, [...(audited.get(finding.where) ?? []), finding]);
  // A later audit replaces those that read no more than it did.
  const isFound = ({ where, depth, at }: StoredFinding): boolean =>
    (audited.get(where) ?? []).some((later) => later.at >= at && later.depth >= depth);
  return {
    units: before.units.filter((unit) => !isKept(unit)),
    findings: before.findings.filter((finding) => !isFound(finding)),
  };
}
