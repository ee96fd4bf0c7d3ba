import { findSuite, isHubSuite } from '../../src/config/find-suite.js';
import type { HubManifest } from '../../src/config/suite-manifest.js';

/** The manifest of a shipped suite on the Hub. */
export async function shippedManifest(name: string): Promise<HubManifest> {
  const suite = await findSuite(name, () => undefined);
  if (!isHubSuite(suite)) throw new Error(`${name} is in folders`);
  return suite.manifest;
}
