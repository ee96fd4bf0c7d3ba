import type { MessagePort } from 'node:worker_threads';
import { HeuristraceError, type FailureKind } from '../../errors/errors.js';
import type { EngineName } from '../../model/engine-names.js';
import type { CheckpointFolder } from '../../weights/checkpoint.js';
import type { ClassifyTask } from './classify-task.js';
import type { TaskInput, TaskName } from './model-tasks.js';

/** A checkpoint that a thread loads when it first needs it. */
export interface SharedCheckpoint {
  readonly id: number;
  readonly where: CheckpointFolder;
}

/** A task on a model. */
export interface ModelJob<N extends TaskName> {
  readonly engine: EngineName;
  readonly checkpoint: SharedCheckpoint;
  readonly name: N;
  readonly input: TaskInput<N>;
}

/** A task on a model, or one that needs none. */
export type Work =
  | { readonly kind: 'facts'; readonly where: CheckpointFolder }
  | { readonly kind: 'classify'; readonly task: ClassifyTask }
  | { readonly kind: 'model'; readonly job: ModelJob<TaskName> };

/** What the pool sends to a worker. */
export type Message =
  | { readonly kind: 'work'; readonly work: Work; readonly port: MessagePort }
  | { readonly kind: 'forget'; readonly checkpoint: number };

/** What a task gives, and the seconds that it took. */
export interface Done<T> {
  readonly value: T;
  readonly seconds: number;
}

/** What a worker answers. */
export type Reply<T> =
  ({ readonly kind: 'done' } & Done<T>) | { readonly kind: 'failed'; readonly failure: Failure };

interface Failure {
  readonly message: string;
  readonly stack: string | undefined;
  /** Of an expected failure, which keeps its kind and advice across threads. */
  readonly expected: { readonly kind: FailureKind; readonly next: string } | null;
}

export function packFailure(error: unknown): Failure {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const expected = error instanceof HeuristraceError ? { kind: error.kind, next: error.next } : null;
  return { message, stack, expected };
}

export function unpackFailure({ message, stack, expected }: Failure): Error {
  if (expected !== null) return new HeuristraceError(expected.kind, message, expected.next);
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
