/**
 * The formulas of a workbook worked out anew from the cells they name, by nothing but this file: sums, counts of "Có",
 * quotients, references. A formula of another form is an error, so that none goes unchecked.
 */
import { utils, type WorkBook, type WorkSheet } from '@e965/xlsx';

type Value = number | string | undefined;
export type Recalculated = { at: string; formula: string; stored: Value; again: Value };

/** Every formula with the value stored beside it and the value it has. */
export function recalculated(book: WorkBook): Recalculated[] {
  return book.SheetNames.flatMap((name) => {
    const sheet = book.Sheets[name]!;
    return Object.entries(sheet).flatMap(([address, cell]): Recalculated[] =>
      address.startsWith('!') || cell.f === undefined
        ? []
        : [{ at: `${name}!${address}`, formula: cell.f, stored: cell.v, again: worthOf(cell.f, sheet) }],
    );
  });
}

const CELL = /^\$?([A-Z]+)\$?(\d+)$/;

function worthOf(formula: string, sheet: WorkSheet): Value {
  const sum = /^SUM\(([A-Z]+\d+:[A-Z]+\d+)\)$/.exec(formula);
  if (sum)
    return cellsIn(sum[1]!, sheet).reduce<number>((total, value) => total + (typeof value === 'number' ? value : 0), 0);
  const count = /^COUNTIF\(([A-Z]+\d+:[A-Z]+\d+),"(.*)"\)$/.exec(formula);
  if (count) return cellsIn(count[1]!, sheet).filter((value) => value === count[2]).length;
  const guarded = /^IF\(([A-Z]+\d+)=0,"",([^,]*)\)$/.exec(formula);
  // An empty cell equals 0; a text does not.
  if (guarded) return (part(guarded[1]!, sheet) ?? 0) === 0 ? '' : worthOf(guarded[2]!, sheet);
  const quotient = /^([A-Z]*[\d.]+)\/([A-Z]*[\d.]+)$/.exec(formula);
  if (quotient) return Number(part(quotient[1]!, sheet)) / Number(part(quotient[2]!, sheet));
  if (CELL.test(formula)) return part(formula, sheet);
  throw new Error(`A formula of no known form: ${formula}`);
}

/** A number as it stands, or what a cell holds, worked out if need be. */
function part(text: string, sheet: WorkSheet): Value {
  if (!CELL.test(text)) return Number(text);
  const cell = sheet[text];
  return cell?.f === undefined ? cell?.v : worthOf(cell.f, sheet);
}

function cellsIn(range: string, sheet: WorkSheet): Value[] {
  const { s, e } = utils.decode_range(range);
  const values: Value[] = [];
  for (let r = s.r; r <= e.r; r += 1)
    for (let c = s.c; c <= e.c; c += 1) values.push(part(utils.encode_cell({ r, c }), sheet));
  return values;
}
