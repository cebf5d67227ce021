/** `--import` it: the clock of this process is ahead of the machine's (or behind it) by the seconds in the file DATE_SHIFT_FILE. */
import { readFileSync } from 'node:fs';

const TrueDate = Date;
let shift = 0;
const look = () => {
  const seconds = Number(readFileSync(process.env.DATE_SHIFT_FILE, 'utf8'));
  if (Number.isFinite(seconds)) shift = seconds * 1000;
};
look();
setInterval(look, 50).unref();

globalThis.Date = class ShiftedDate extends TrueDate {
  constructor(...given) {
    if (given.length === 0) super(TrueDate.now() + shift);
    else super(...given);
  }
  static now() {
    return TrueDate.now() + shift;
  }
};
