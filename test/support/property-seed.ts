import fc from 'fast-check';

// Tests are deterministic; another seed tries other values: FC_SEED=1 npx vitest run.
fc.configureGlobal({ seed: Number(process.env['FC_SEED'] ?? 20_261_123) });
