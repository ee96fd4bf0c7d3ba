import { defaultSpool } from '../../store/spool/layout.js';
import { announcedSweeps } from '../../store/spool/running.js';
import type { Row } from './template.js';

const STATES = { true: 'is running', false: 'was killed', null: 'began on another machine' } as const;

/**
 * The sweeps that the spool beside a database knows to be unfinished: what a page has from them is not all. A sweep that was
 * stopped in order has said goodbye, and the next one clears away what a killed one left.
 * @returns rows of suite, shard (null: the whole), state in words, and checkpoints finished, failed among these, and to do
 */
export const unfinishedSweeps = (db: string): readonly Row[] =>
  announcedSweeps(defaultSpool(db)).map(({ suite, shard, finished, failed, todo, running }) => ({
    suite,
    shard,
    state: STATES[`${running}`],
    finished,
    failed,
    todo,
  }));
