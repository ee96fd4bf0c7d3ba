import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';

/** Names a process beyond its life: pids are used again, on one machine and over machines and containers. */
export interface ProcessId {
  /** Host, boot and pid namespace: pids may be compared only where this is the same. */
  readonly machine: string;
  readonly pid: number;
  /** Start of the process in clock ticks since boot, where the system tells; else null. */
  readonly start: string | null;
}

export const PROCESS_ID = z.object({
  machine: z.string(),
  pid: z.int().positive(),
  start: z.string().nullable(),
});

function tryRead(read: () => string): string | null {
  try {
    return read().trim();
  } catch {
    return null;
  }
}

/** State (`Z`: dead, but not yet fetched by its parent) and start of a process; empty where there is no /proc. */
function kernelFacts(pid: number): {
  readonly state?: string | undefined;
  readonly start?: string | undefined;
} {
  const stat = tryRead(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // Fields 3 and 22; the command's name before them may hold blanks and brackets.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields?.[0], start: fields?.[19] };
}

let self: ProcessId | undefined;

export function thisProcess(): ProcessId {
  self ??= {
    machine: [
      hostname(),
      tryRead(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
      tryRead(() => readlinkSync('/proc/self/ns/pid')),
    ].join(' '),
    pid: process.pid,
    start: kernelFacts(process.pid).start ?? null,
  };
  return self;
}

/** Whether a process runs. @returns null when it belongs to another machine or container and cannot be asked */
export function isRunning({ machine, pid, start }: ProcessId): boolean | null {
  if (machine !== thisProcess().machine) return null;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const facts = kernelFacts(pid);
  return facts.state !== 'Z' && (start === null || facts.start === undefined || facts.start === start);
}

/** Reads what `JSON.stringify(thisProcess())` wrote. @returns undefined when it is something else or torn */
export function parseProcessId(text: string): ProcessId | undefined {
  try {
    return PROCESS_ID.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
