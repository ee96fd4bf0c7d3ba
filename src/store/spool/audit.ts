import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { encodeRows } from '../append.js';
import { literal } from '../schema/ddl.js';
import { SCHEMA_VERSION, TABLES, type RowOf } from '../schema/tables.js';
import { fileProblem, manifestText } from './batch.js';
import { suiteFolder } from './layout.js';
import { parseManifest, TableFileSchema, VERSIONS } from './manifest.js';
import { tableRows } from './parquet.js';
import { placeFolder } from './place-folder.js';

const AuditManifest = z.object({
  ...VERSIONS,
  programVersion: z.string(),
  suite: z.string().min(1),
  /** UTC; later than that of every audit that the spool had. */
  auditedAt: z.iso.datetime(),
  /** Hash of what was found, without times: equal for equal findings. */
  content: z.string(),
  files: z.array(TableFileSchema).length(1),
});

/** An audit in a spool: rows of `checkpoint_audit` that were found together. */
export interface SpooledAudit {
  readonly folder: string;
  readonly manifest: z.infer<typeof AuditManifest>;
}

type AuditRow = RowOf<'checkpoint_audit'>;

/** Reads an audit's manifest and holds it against the file. @throws UnreadableError */
export async function readAudit(
  folder: string,
  { verify = true } = {},
): Promise<
  | { readonly kind: 'whole'; readonly audit: SpooledAudit }
  | { readonly kind: 'damaged'; readonly problem: string }
  | { readonly kind: 'otherVersion' }
> {
  const parsed = parseManifest(await manifestText(folder), AuditManifest);
  if (parsed.kind !== 'manifest') return parsed;
  const problem = verify ? await fileProblem(folder, parsed.manifest.files) : null;
  return problem === null
    ? { kind: 'whole', audit: { folder, manifest: parsed.manifest } }
    : { kind: 'damaged', problem };
}

/** SELECT of an audit's rows. */
export function auditRowsOf({ folder, manifest }: SpooledAudit): string {
  return tableRows(folder, 'checkpoint_audit', new Map([['suite', literal(manifest.suite)]]));
}

/**
 * Adds what an audit of one suite found to a spool, unless the latest one found the same. A clock that was set back does
 * not make it older than that.
 * @param params.audits all of the spool
 * @returns the audit; null when there is nothing new
 * @throws TypeError on a field that its column does not allow; UnwritableError, DiskFullError, UnreadableError
 */
export async function spoolAudit({
  spool,
  audits,
  rows,
  programVersion,
}: {
  readonly spool: string;
  readonly audits: readonly SpooledAudit[];
  readonly rows: readonly AuditRow[];
  readonly programVersion: string;
}): Promise<SpooledAudit | null> {
  const [first] = rows;
  if (first === undefined) return null;
  const { suite } = first;
  const found = rows.map((row) => ({ ...row, program_version: null, audited_at: null }));
  const content = hashOf(found);
  const latest = latestAudit(audits.filter(({ manifest }) => manifest.suite === suite));
  if (latest?.manifest.content === content) return null;
  const before = latest === undefined ? -Infinity : Date.parse(latest.manifest.auditedAt);
  const auditedAt = new Date(Math.max(before + 1, ...rows.map((row) => row.audited_at.getTime())));
  const definition = TABLES.checkpoint_audit;
  const stamped = rows.map((row) => ({ ...row, audited_at: auditedAt }));
  const encoded = encodeRows('checkpoint_audit', definition.columns, stamped);
  const name = hashOf([content, auditedAt, programVersion, SCHEMA_VERSION]);
  const folder = join(suiteFolder(spool, suite), `audit=${name}`);
  const manifest = await placeFolder({
    ...{ spool, folder },
    tables: [{ table: 'checkpoint_audit', definition, rows: encoded }],
    manifestOf: (files): SpooledAudit['manifest'] => ({
      ...{ format: 1, schemaVersion: SCHEMA_VERSION, programVersion, suite },
      ...{ auditedAt: auditedAt.toISOString(), content, files },
    }),
    isWhole: async (there) => (await readAudit(there)).kind === 'whole',
  });
  return { folder, manifest };
}

/** The audit that was made last. */
export function latestAudit(audits: readonly SpooledAudit[]): SpooledAudit | undefined {
  return audits.toSorted((a, b) => (a.manifest.auditedAt < b.manifest.auditedAt ? -1 : 1)).at(-1);
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);
}
