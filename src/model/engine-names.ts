/** Engines that npm alone installs. `cpu` is 10 to 100 times slower than `wasm`: for tests. */
export const ENGINES = ['wasm', 'cpu'] as const;
export type EngineName = (typeof ENGINES)[number];
