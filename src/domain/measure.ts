/** What a sweep measures at each checkpoint, in the order of the method. */
export const MEASURES = [
  'accuracy',
  'components',
  'attribution',
  'probe',
  'classification',
  'faithfulness',
  'knockouts',
  'failures',
  'maps',
] as const;
export type Measure = (typeof MEASURES)[number];
