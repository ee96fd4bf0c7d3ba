/** Compute engines, the fastest first. `cpu` is 10 to 100 times slower than `wasm`: for tests. */
export const ENGINES = ['tensorflow', 'wasm', 'cpu'] as const;
export type EngineName = (typeof ENGINES)[number];

/** What can be asked for. `auto`: what HEURISTRACE_ENGINE names, or else the fastest that passes its self-test. */
export const ENGINE_CHOICES = ['auto', ...ENGINES] as const;
export type EngineChoice = (typeof ENGINE_CHOICES)[number];
