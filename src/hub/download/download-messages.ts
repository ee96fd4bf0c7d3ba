import * as errors from '../../errors/errors.js';
import * as hubErrors from '../../errors/hub-errors.js';
import type { Download } from './download-blob.js';
import type { ThreadSettings } from '../hub.js';
import type { RetryNotice } from '../requests/retry.js';

/** What the thread of downloads is told. */
export type ToThread =
  | { readonly kind: 'open'; readonly settings: ThreadSettings }
  | ({ readonly kind: 'start'; readonly id: number } & Pick<Download, 'repo' | 'commit' | 'file' | 'partial'>)
  | { readonly kind: 'stop'; readonly id: number };

/** What it tells. */
export type FromThread = { readonly id: number } & (
  | { readonly kind: 'bytes'; readonly bytes: number }
  | { readonly kind: 'retry'; readonly notice: RetryNotice }
  | { readonly kind: 'done'; readonly receivedBytes: number }
  | { readonly kind: 'failed'; readonly failure: Failure }
);

/** An error as plain data. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Of an expected failure only. */
  readonly expected: { readonly kind: errors.FailureKind; readonly next: string } | null;
  /** The facts that its class carries. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** An error ready to be sent between threads, which keep no classes. */
export function packError(error: unknown): Failure {
  if (!(error instanceof Error))
    return { name: 'Error', message: String(error), stack: undefined, expected: null, facts: {} };
  const { name, message, stack } = error;
  if (!(error instanceof errors.HeuristraceError)) return { name, message, stack, expected: null, facts: {} };
  const { kind, next } = error;
  return { name, message, stack, expected: { kind, next }, facts: Object.fromEntries(Object.entries(error)) };
}

const CLASSES = new Map<string, unknown>(Object.entries({ ...errors, ...hubErrors }));

/** The error again, of its class and with its facts. */
export function unpackError({ name, message, stack, expected, facts }: Failure): Error {
  if (expected === null) return Object.assign(new Error(message), { stack });
  const known = CLASSES.get(name);
  // The class's own constructor would build the message anew from other arguments.
  const error: unknown = Reflect.construct(
    errors.HeuristraceError,
    [expected.kind, message, expected.next],
    typeof known === 'function' ? known : errors.HeuristraceError,
  );
  return Object.assign(error instanceof Error ? error : new Error(message), facts);
}
