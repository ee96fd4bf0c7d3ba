import { announceSweep } from '../store/spool/running.js';
import type { SweepRequest } from './request.js';
import type { SweepEvents } from './events.js';

/** The same events, told in the spool too, where `heuristrace status` finds them. */
export function announced(
  events: SweepEvents,
  {
    spool,
    request: { suite, shard },
    todo,
  }: { readonly spool: string; readonly request: SweepRequest; readonly todo: number },
): SweepEvents {
  const state = {
    suite: suite.manifest.name,
    shard: shard === undefined ? null : `${shard.index}/${shard.count}`,
    startedAt: new Date().toISOString(),
    todo,
  };
  let failed = 0;
  announceSweep(spool, { ...state, finished: 0, failed });
  return {
    ...events,
    onCheckpoint: (progress) => {
      if (progress.error !== null) failed++;
      announceSweep(spool, { ...state, finished: progress.finished, failed });
      events.onCheckpoint?.(progress);
    },
  };
}
