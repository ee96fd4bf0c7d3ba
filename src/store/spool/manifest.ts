import { z } from 'zod';
import { MEASURES } from '../../domain/measure.js';
import { OLDEST_READ } from '../schema/history.js';
import { SCHEMA_VERSION, TABLE_NAMES } from '../schema/tables.js';

/** Raised when the layout of a spool changes. */
export const SPOOL_FORMAT = 1;

const count = z.int().nonnegative();

/** A file of a table, and how to tell that it is whole. */
export const TableFileSchema = z.object({
  table: z.enum(TABLE_NAMES),
  rows: count,
  bytes: count,
  /** lower-case hex */
  sha256: z.string().length(64),
});

export type TableFile = z.infer<typeof TableFileSchema>;

/** What every manifest states. */
export const VERSIONS = { format: z.literal(SPOOL_FORMAT), schemaVersion: z.int() };

/** What a batch holds, and how to tell that it is whole. */
export const BatchManifest = z.object({
  ...VERSIONS,
  programVersion: z.string(),
  engine: z.object({ name: z.string(), version: z.string() }),
  suite: z.string().min(1),
  seed: z.int(),
  step: count,
  units: z
    .array(
      z.object({
        unitId: z.string().min(1),
        measure: z.enum(MEASURES),
        state: z.enum(['done', 'failed']),
        /** Of a failed one. */
        failure: z.object({ kind: z.string(), error: z.string() }).optional(),
      }),
    )
    .min(1),
  files: z.array(TableFileSchema),
});

export type SpoolManifest = z.infer<typeof BatchManifest>;

/** What can be said of a manifest of any version. */
const VersionsSchema = z.object({ format: z.int(), schemaVersion: z.int() });

export type ParsedManifest<M> =
  | { readonly kind: 'manifest'; readonly manifest: M }
  /** Whole as far as can be told, but of a version of the program that this one cannot read. */
  | { readonly kind: 'otherVersion'; readonly schemaVersion: number }
  | { readonly kind: 'damaged'; readonly problem: string };

/** Reads a manifest's text; of none, it is empty. */
export function parseManifest<M>(text: string, schema: z.ZodType<M>): ParsedManifest<M> {
  if (text === '') return { kind: 'damaged', problem: 'it has no manifest' };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: 'damaged', problem: 'its manifest is no JSON' };
  }
  const versions = VersionsSchema.safeParse(json);
  if (!versions.success) return { kind: 'damaged', problem: 'its manifest states no version' };
  const { data } = versions;
  const isRead = data.schemaVersion >= OLDEST_READ && data.schemaVersion <= SCHEMA_VERSION;
  if (data.format !== SPOOL_FORMAT || !isRead)
    return { kind: 'otherVersion', schemaVersion: data.schemaVersion };
  const parsed = schema.safeParse(json);
  if (parsed.success) return { kind: 'manifest', manifest: parsed.data };
  const [issue] = parsed.error.issues;
  return {
    kind: 'damaged',
    problem: `its manifest is wrong at ${issue?.path.join('.') ?? 'the top'}: ${issue?.message ?? ''}`,
  };
}
