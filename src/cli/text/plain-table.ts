import Table from 'cli-table3';

/** Columns apart by spaces, a rule below the head: as wide as its content. */
const CHARS = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '' },
  ...{ 'bottom-left': '', 'bottom-right': '', left: '', 'left-mid': '', mid: '-', 'mid-mid': '-' },
  ...{ right: '', 'right-mid': '', middle: '' },
};

/** A table for the terminal: the columns right-aligned but for a first or last one of words or bars. */
export function plainTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: [...head],
    style: { head: [], border: [], compact: true },
    colAligns: head.map((title, i) => (title === '' || (i === 0 && title !== 'step') ? 'left' : 'right')),
    chars: CHARS,
  });
  for (const row of rows) table.push([...row]);
  return table.toString();
}
