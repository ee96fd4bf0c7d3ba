import type { SweepEvents } from '../sweep/events.js';
import type { EventLog } from './event-log.js';
import { forecastLines } from './forecast-text.js';
import { Countdown, type Terminal } from './terminal.js';

/**
 * Tells what a sweep does on the terminal, and to a log.
 * @param params.batch prompts that were to be computed together
 */
export function sweepEvents(
  terminal: Terminal,
  { suite, batch, log }: { readonly suite: string; readonly batch: number; readonly log: EventLog },
): SweepEvents {
  const countdown = new Countdown();
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
    onHeld: ({ message }) => {
      log('held', { message });
      terminal.note(`${message}; results wait in the spool`);
    },
    onPlan: (plan) => {
      log('plan', plan);
      const { checkpoints, done, todo, failed } = plan;
      if (done === checkpoints) terminal.note(`${suite}: all ${checkpoints} checkpoints are stored already`);
      else
        terminal.note(
          `${suite}: ${todo} checkpoints to analyse${done > 0 ? `, ${done} stored already` : ''}`,
        );
      const [first] = failed;
      if (first !== undefined)
        terminal.note(
          `left out, since they failed before: ${failed.length} (seed ${first.seed} step ${first.step}: ${first.error}); --retry-failed tries them again`,
        );
    },
    onCheckpoint: ({ measures, ...facts }) => {
      log('checkpoint', { ...facts, measures: Object.fromEntries(measures) });
      const { seed, step, finished, todo, error } = facts;
      if (error !== null) terminal.note(`seed ${seed} step ${step} failed: ${error}`);
      terminal.progress(
        `${finished}/${todo} checkpoints, seed ${seed} step ${step} done, ${countdown.left(finished / todo)}`,
      );
    },
  };
}
