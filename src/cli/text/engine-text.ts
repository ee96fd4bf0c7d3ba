import { formatBytes } from '../../config/byte-size.js';
import type { EngineFacts } from '../../engines/list-engines.js';
import { plainTable } from './plain-table.js';

/** One line for each engine that works, and why the others do not. */
export function enginesTable(engines: readonly EngineFacts[]): string {
  const rows = engines
    .filter(({ problem }) => problem === null)
    .map(({ name, version, device, gigaflops, sgemmSize, memoryBytes, origin }) => [
      name,
      version ?? '?',
      device ?? '?',
      gigaflops === null ? '?' : `${gigaflops.toPrecision(3)} GFLOP/s`,
      String(sgemmSize),
      memoryBytes === null ? '?' : formatBytes(memoryBytes),
      origin === null ? '?' : ORIGINS[origin],
    ]);
  return [
    plainTable(['engine', 'version', 'device', 'sgemm', 'of size', 'memory', 'from'], rows),
    ...engines.flatMap(({ folder }) => (folder === null ? [] : [`tensorflow lies in ${folder}`])),
    ...engines.flatMap(({ problem }) => (problem === null ? [] : [problem])),
  ].join('\n');
}

const ORIGINS: Readonly<Record<NonNullable<EngineFacts['origin']>, string>> = {
  heuristrace: 'heuristrace',
  package: 'npm package',
  installed: 'engine install',
};
