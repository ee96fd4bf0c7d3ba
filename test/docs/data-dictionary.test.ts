import { expect, it } from 'vitest';
import { dataDictionary } from '../../src/store/schema/data-dictionary.js';

it('docs/data-dictionary.md is what the schema says (renew with npm run docs)', async () => {
  await expect(dataDictionary()).toMatchFileSnapshot('../../docs/data-dictionary.md');
});
