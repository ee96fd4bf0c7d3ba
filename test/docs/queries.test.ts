import { expect, it } from 'vitest';
import { listQueries } from '../../src/queries/library.js';
import { queryReference } from '../../src/queries/reference.js';

it('docs/queries.md is what the headers of queries/*.sql say (renew with npm run docs)', async () => {
  await expect(queryReference(listQueries())).toMatchFileSnapshot('../../docs/queries.md');
});
