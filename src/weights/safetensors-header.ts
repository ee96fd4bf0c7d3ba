import { SafetensorsError } from '../errors/checkpoint-errors.js';
import { DTYPE_BYTES, type TensorInfo } from './tensor-source.js';

/** As the Rust crate: a header beyond this is an attack or garbage. */
export const MAX_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;

/** Where one tensor lies in a file. */
export interface TensorEntry extends TensorInfo {
  readonly name: string;
  /** Offset of the first byte, from the start of the file. */
  readonly start: number;
  /** Offset behind the last byte, from the start of the file. */
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Offset of the data section. */
  readonly dataStart: number;
}

/**
 * Length of the JSON header, from the first 8 bytes.
 * @throws SafetensorsError when the file is too short for it, or the length exceeds MAX_HEADER_BYTES
 */
export function headerLength(path: string, first8: Uint8Array, fileBytes: number): number {
  if (fileBytes < LENGTH_BYTES || first8.length < LENGTH_BYTES)
    throw new SafetensorsError(path, `truncated: ${fileBytes} bytes hold no header length`);
  const length = new DataView(first8.buffer, first8.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES))
    throw new SafetensorsError(path, `header of ${length} bytes exceeds the limit of ${MAX_HEADER_BYTES}`);
  if (Number(length) > fileBytes - LENGTH_BYTES)
    throw new SafetensorsError(path, `truncated: header of ${length} bytes in a file of ${fileBytes}`);
  return Number(length);
}

/**
 * Parses and validates the JSON header as the Rust crate does: starts with `{`, no duplicate names, spans contiguous
 * from the start of the data without hole or overlap, each span = product(shape) x dtype size, the last ending at the
 * end of the file. @see the `validate` function of the safetensors crate
 * @param json the header's bytes
 * @param fileBytes size of the whole file
 * @throws SafetensorsError naming the tensor and what is wrong with it
 */
export function parseHeader(path: string, json: Uint8Array, fileBytes: number): SafetensorsHeader {
  const fail = (problem: string): never => {
    throw new SafetensorsError(path, problem);
  };
  if (json[0] !== 0x7b) fail('the header does not start with `{`');
  const text = decodeUtf8(path, json);
  const parsed = parseJson(path, text);
  const repeated = duplicateKey(text);
  if (repeated !== undefined) fail(`the name '${repeated}' occurs twice in the header`);

  const dataStart = LENGTH_BYTES + json.length;
  const metadata: Record<string, string> = {};
  const entries: TensorEntry[] = [];
  for (const [name, value] of Object.entries(parsed)) {
    if (name === '__metadata__') {
      for (const [key, item] of Object.entries(asRecord(value) ?? fail('__metadata__ is no object')))
        metadata[key] = typeof item === 'string' ? item : fail(`__metadata__.${key} is no string`);
    } else entries.push(parseEntry(path, name, value, dataStart));
  }
  entries.sort((a, b) => a.start - b.start || a.end - b.end);
  let expected = dataStart;
  for (const entry of entries) {
    if (entry.start !== expected)
      fail(
        `tensor '${entry.name}' ${entry.start < expected ? 'overlaps the one before it' : 'leaves a hole before it'} (starts at byte ${entry.start - dataStart} of the data, expected ${expected - dataStart})`,
      );
    expected = entry.end;
  }
  if (expected !== fileBytes)
    fail(
      expected > fileBytes
        ? `truncated: the header describes ${expected} bytes, the file has ${fileBytes}`
        : `oversized: ${fileBytes - expected} bytes follow the last tensor`,
    );
  return { tensors: new Map(entries.map((entry) => [entry.name, entry])), metadata, dataStart };
}

function decodeUtf8(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new SafetensorsError(path, 'the header is not UTF-8');
  }
}

function parseJson(path: string, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SafetensorsError(
      path,
      `the header is not JSON (${cause instanceof Error ? cause.message : ''})`,
    );
  }
  const record = asRecord(value);
  if (record === undefined) throw new SafetensorsError(path, 'the header is no JSON object');
  return record;
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value));
}

function isNatural(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function parseEntry(path: string, name: string, value: unknown, dataStart: number): TensorEntry {
  const fail = (problem: string): never => {
    throw new SafetensorsError(path, `tensor '${name}': ${problem}`);
  };
  const record = asRecord(value) ?? fail('its description is no object');
  const { dtype, shape, data_offsets: offsets } = record;
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPE_BYTES, dtype))
    fail(`unknown dtype ${JSON.stringify(dtype)}`);
  if (!Array.isArray(shape) || !shape.every(isNatural)) return fail('its shape is no list of whole numbers');
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isNatural))
    return fail('data_offsets are not two whole numbers');
  const [from = 0, to = 0] = offsets;
  const bytes = shape.reduce((product, size) => product * size, DTYPE_BYTES[String(dtype)] ?? 0);
  if (!Number.isSafeInteger(bytes)) fail(`shape [${shape.join(', ')}] overflows`);
  if (to - from !== bytes)
    fail(`its span has ${to - from} bytes, ${String(dtype)} [${shape.join(', ')}] needs ${bytes}`);
  return { name, dtype: String(dtype), shape, bytes, start: dataStart + from, end: dataStart + to };
}

/**
 * First key that occurs twice on the top level of a JSON object. JSON.parse keeps the last one silently.
 * @param text valid JSON whose top level is an object
 */
function duplicateKey(text: string): string | undefined {
  const seen = new Set<string>();
  let depth = 0;
  let expectKey = false;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]/gs)) {
    if (token === '{' || token === '[') {
      depth++;
      expectKey = depth === 1;
    } else if (token === '}' || token === ']') depth--;
    else if (token === ',') expectKey = depth === 1;
    else if (token === ':') expectKey = false;
    else if (expectKey) {
      const key = String(JSON.parse(token));
      if (seen.has(key)) return key;
      seen.add(key);
    }
  }
  return undefined;
}
