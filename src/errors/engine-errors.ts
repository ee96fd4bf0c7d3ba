import { HeuristraceError } from './errors.js';

/** A program or a file that building an engine needs is not on this machine. */
export class MissingToolError extends HeuristraceError {
  constructor(
    readonly tool: string,
    next: string,
  ) {
    super('engineTool', `installing the engine needs ${tool}, which is not there`, next);
  }
}

/** No engine is made for this system or processor. */
export class EnginePlatformError extends HeuristraceError {
  constructor(readonly problem: string) {
    super('enginePlatform', problem, 'Use --engine wasm, which runs wherever Node does.');
  }
}

/** A step of the installation failed; nothing of it is left. */
export class EngineInstallError extends HeuristraceError {
  constructor(
    readonly stage: string,
    /** What the failing program said last. */
    readonly detail: string,
    next: string,
  ) {
    super('engineInstall', `${stage} failed${detail === '' ? '' : `:\n${detail}`}`, next);
  }
}

/** Too little room for an engine. */
export class EngineRoomError extends HeuristraceError {
  constructor(
    readonly folder: string,
    readonly neededBytes: number,
    readonly availableBytes: number,
  ) {
    const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
    super(
      'diskFull',
      `the engine needs ${gigabytes(neededBytes)} while it is installed, the disk of ${folder} has ${gigabytes(availableBytes)}`,
      'Free some space, or name a folder on another disk in HEURISTRACE_ENGINES.',
    );
  }
}

/** Files of an installed engine are missing or have other bytes than were installed. */
export class EngineDamagedError extends HeuristraceError {
  constructor(
    readonly folder: string,
    readonly files: readonly string[],
  ) {
    super(
      'engineDamaged',
      `${folder}: ${files.slice(0, 5).join(', ')}${files.length > 5 ? ` and ${files.length - 5} more` : ''} ${files.length === 1 ? 'is' : 'are'} missing or changed`,
      'Run `heuristrace engine install tensorflow --force`.',
    );
  }
}

/** Another process installs or removes the engine. */
export class EngineBusyError extends HeuristraceError {
  constructor(
    readonly folder: string,
    readonly pid: number | null,
  ) {
    super(
      'engineBusy',
      `${pid === null ? 'another process' : `process ${pid}`} is installing this engine`,
      `Wait for it or end it. If no such process runs, delete ${folder}.`,
    );
  }
}
