import type { PlanCounts, SweepEvents } from '../../sweep/events.js';
import type { SweepRequest } from '../../sweep/request.js';
import type { EventLog } from './event-log.js';
import { forecastLines } from '../text/forecast-text.js';
import { StageBoard } from './stage-board.js';
import type { Terminal } from './terminal.js';

/** The live lines are drawn anew so often even if nothing happens: the time left goes on. */
const TICK_MS = 1000;

/** What a sweep does, told on the terminal, and to a log. */
export interface ToldSweep {
  readonly events: SweepEvents;
  readonly onFetch: NonNullable<SweepRequest['onFetch']>;
  /** Takes the live lines away. */
  readonly end: () => void;
}

/** @param params.batch prompts that were to be computed together */
export function tellSweep(
  terminal: Terminal,
  { suite, batch, log }: { readonly suite: string; readonly batch: number; readonly log: EventLog },
): ToldSweep {
  let board = new StageBoard(0);
  let tick: NodeJS.Timeout | undefined;
  const show = (): void => {
    if (board.hasFinished()) terminal.progress(board.line(), board.lines());
    else terminal.progress(null, [...board.lines(), board.line()]);
  };
  return {
    events: {
      ...planEvents(terminal, { batch, log }),
      onStage: (event) => {
        board.stage(event);
        show();
      },
      onPlan: (plan) => {
        log('plan', plan);
        for (const line of planLines(suite, plan)) terminal.note(line);
        board = new StageBoard(plan.todo);
        tick ??= setInterval(show, TICK_MS).unref();
      },
      onCheckpoint: ({ measures, ...facts }) => {
        log('checkpoint', { ...facts, measures: Object.fromEntries(measures) });
        const { seed, step, error } = facts;
        if (error !== null) terminal.note(`seed ${seed} step ${step} failed: ${error}`);
        board.checkpoint(facts);
        show();
      },
    },
    onFetch: (event) => {
      if (event.kind === 'retry')
        terminal.note(`${event.path} of ${event.revision}: ${event.problem}; trying again`);
      if (event.kind !== 'bytes') return;
      board.bytes(event);
      show();
    },
    end: () => {
      clearInterval(tick);
      terminal.endProgress();
    },
  };
}

/** What is told before a sweep, or a plan of one. */
export function planEvents(
  terminal: Terminal,
  { batch, log }: { readonly batch: number; readonly log: EventLog },
): SweepEvents {
  return {
    onUntrusted: (findings) => {
      log('untrusted', { findings });
      for (const { seed, step, evidence } of findings)
        terminal.note(`left out: seed ${seed} step ${step ?? '?'}: ${evidence}`);
      terminal.note('(--on-bad keep analyses them all the same)');
    },
    onForecast: (forecast) => {
      log('forecast', forecast);
      for (const line of forecastLines(forecast, batch)) terminal.note(line);
    },
    onSetAside: (batches) => {
      log('setAside', { batches });
      terminal.note(
        `${batches} batches of the spool are damaged, or contradict the database, and set aside; their units are computed anew`,
      );
    },
    onConflict: ({ message }) => {
      log('conflict', { message });
      terminal.note(`set aside: ${message}`);
    },
    onHeld: ({ message }) => {
      log('held', { message });
      terminal.note(`${message}; results wait in the spool`);
    },
  };
}

/** What is to be done, in words. */
function planLines(suite: string, { checkpoints, done, todo, failed }: PlanCounts): string[] {
  if (checkpoints === 0) return [`${suite}: no checkpoint falls to this shard`];
  const counts =
    done === checkpoints
      ? `${suite}: all ${checkpoints} checkpoints are stored already`
      : `${suite}: ${todo} checkpoints to analyse${done > 0 ? `, ${done} stored already` : ''}`;
  const [first] = failed;
  if (first === undefined) return [counts];
  const example = `seed ${first.seed} step ${first.step}: ${first.error}`;
  return [
    counts,
    `left out, since they failed before: ${failed.length} (${example}); --retry-failed tries them again`,
  ];
}
