import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { ArithmeticTokens } from '../src/tokenizer/tokenizer.js';
import { runProcess } from './run-process.js';

/** One stage of the peer: seconds of a slice; a checkpoint takes `seconds x whole / timed`. */
export const PeerStage = z.object({
  name: z.string(),
  /** What `timed` and `whole` count. */
  unit: z.string(),
  timed: z.number(),
  whole: z.number(),
  seconds: z.number(),
});
export type PeerStage = z.infer<typeof PeerStage>;

const Values = z.object({
  logits: z.array(z.number()),
  logitEffects: z.array(z.number()),
  paperEffects: z.array(z.number()),
  attribution: z.array(z.number()),
  exactEffects: z.array(z.number()),
  nl: z.array(z.number()),
  maps: z.array(z.number()),
  directLogits: z.array(z.number()),
  /** [neurons] of each heuristic by key: the score, and of how many prompts it is a share */
  scores: z.array(z.record(z.string(), z.object({ score: z.number(), k: z.number() }))),
});
/** Results of a few prompts; every list is row-major. */
export type Values = z.infer<typeof Values>;

const answered = <T extends z.ZodType>(
  answer: T,
): z.ZodObject<{
  versions: z.ZodRecord<z.ZodString, z.ZodString>;
  threads: z.ZodNumber;
  peak: z.ZodNumber;
  answer: T;
}> => z.object({ versions: z.record(z.string(), z.string()), threads: z.number(), peak: z.number(), answer });

/** What each task of bench/peer/peer.py answers. */
export const PEER_ANSWERS = { time: answered(z.array(PeerStage)), values: answered(Values) } as const;

/** What every task is given; the rest is read by the tasks themselves. */
export interface PeerRequest extends Readonly<Record<string, unknown>> {
  readonly checkpoint: string;
  /** Tokens with their numbers as a plain list, which JSON keeps. */
  readonly tokens: Omit<ArithmeticTokens, 'numbers'> & { readonly numbers: readonly number[] };
  readonly maxOperand: number;
  readonly firstLayer: number;
  readonly threads: number;
}

/** The Python of the peer, or null when none is given. */
export function peerPython(): string | null {
  return process.env['HEURISTRACE_PEER_PYTHON'] ?? null;
}

/**
 * Runs the peer once.
 * @returns its answer, not yet validated
 * @throws Error with what it said when it fails
 */
export async function askPeer(
  python: string,
  task: keyof typeof PEER_ANSWERS,
  request: PeerRequest,
): Promise<unknown> {
  const script = fileURLToPath(new URL('peer/peer.py', import.meta.url));
  const stdout = await runProcess({
    command: python,
    args: [script],
    env: { PYTHONDONTWRITEBYTECODE: '1', HF_HUB_OFFLINE: '1' },
    input: JSON.stringify({ ...request, task, maxAnswer: request.tokens.maxSingleToken }),
  });
  return JSON.parse(stdout);
}
