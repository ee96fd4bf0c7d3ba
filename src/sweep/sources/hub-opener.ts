import { parseByteSize } from '../../config/byte-size.js';
import { openBudget } from '../../hub/cache/budget.js';
import { openHub } from '../../hub/hub.js';
import type { SweepRequest } from '../request.js';
import type { HubAccess } from './sources.js';

/** Access to the Hub for one sweep. */
export interface HubOpener {
  readonly access: () => Promise<HubAccess>;
  readonly close: () => Promise<void>;
}

/** Opens the Hub and the account of what is fetched, once, when a suite turns out to be there. */
export function hubOpener({ config, hub: given, onFetch }: SweepRequest): HubOpener {
  let opened: Promise<HubAccess> | null = null;
  const open = async (): Promise<HubAccess> => {
    const hub = given ?? openHub();
    const limitBytes =
      config.diskBudget === null ? Infinity : parseByteSize(config.diskBudget, '--disk-budget');
    return { hub, budget: await openBudget({ hub, limitBytes }), ...(onFetch && { onFetch }) };
  };
  return {
    access: () => (opened ??= open()),
    close: async () => {
      if (opened !== null) await (await opened).budget.close();
    },
  };
}
