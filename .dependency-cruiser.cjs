/** Import directions of the house (ARCHITECTURE.md): data flows one way, each outside library has one owner. */
const INDEPENDENT = 'audit|cluster|hub|weights|tokenizer|prompts|heuristics|analysis|store|config';
/** library pattern -> folders of src that may import it */
const OWNERS = [
  ['@tensorflow/', 'model|patching|training'],
  ['@huggingface/tokenizers', 'tokenizer'],
  ['@huggingface/hub|undici/', 'hub'],
  ['@duckdb/', 'store|queries'],
  ['vega|vega-lite|vega-tooltip|vega-interpreter|mustache|@resvg/', 'report'],
  ['commander|@commander-js/|picocolors|cli-table3|fastest-levenshtein', 'cli'],
  ['p-limit|p-queue', 'hub|sweep'],
  ['csv-stringify', 'queries'],
  ['yauzl', 'weights'],
  ['yaml/', 'cluster'],
];

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: '\\.d\\.ts$|worker\\.ts$' },
      to: {},
    },
    {
      name: 'leaves',
      severity: 'error',
      from: { path: '^src/(errors|domain|files)/' },
      to: { path: '^src/', pathNot: '^src/(errors|domain|files)/' },
    },
    {
      name: 'independent-stages',
      comment: 'These know nothing of each other; sweep hands data from one to the next.',
      severity: 'error',
      from: { path: `^src/(${INDEPENDENT})/` },
      to: { path: '^src/', pathNot: '^src/(domain|errors|files)/|^src/$1/' },
    },
    {
      name: 'model-below',
      severity: 'error',
      from: { path: '^src/model/' },
      to: { path: '^src/', pathNot: '^src/(model|domain|errors)/' },
    },
    {
      name: 'engines-over-model',
      severity: 'error',
      from: { path: '^src/engines/' },
      to: { path: '^src/', pathNot: '^src/(engines|model|domain|errors|files)/' },
    },
    {
      name: 'patching-over-model',
      severity: 'error',
      from: { path: '^src/patching/' },
      to: { path: '^src/', pathNot: '^src/(patching|model|analysis|domain|errors)/' },
    },
    {
      name: 'training-makes-weights',
      severity: 'error',
      from: { path: '^src/training/' },
      to: { path: '^src/(cli|sweep|store|queries|report|heuristics|analysis)/' },
    },
    {
      name: 'queries-and-report-read-the-store',
      severity: 'error',
      from: { path: '^src/(queries|report)/' },
      to: { path: '^src/', pathNot: '^src/(queries|report|store|analysis|domain|errors|files)/' },
    },
    {
      name: 'emergence-asks-and-stores',
      severity: 'error',
      from: { path: '^src/emergence/' },
      to: { path: '^src/', pathNot: '^src/(emergence|queries|store|analysis|domain|errors|files)/' },
    },
    {
      name: 'only-cli-sees-cli',
      severity: 'error',
      from: { pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'only-cli-sees-sweep',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli|sweep)/' },
      to: { path: '^src/sweep/' },
    },
    ...OWNERS.map(([library, folders]) => ({
      name: `owner-of-${library}`,
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(${folders})/` },
      to: { path: `node_modules/(${library})` },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
