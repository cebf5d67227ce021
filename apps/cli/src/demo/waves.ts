/** What many communes and the three reviewers do on one day, with a line of progress each. */
import { type Cast, habitOf } from './cast.js';
import { compareReceived } from './compare.js';
import type { RoundCode } from './country.js';
import { provinces } from './documents.js';
import type { Stage } from './stage.js';
import { bar, note } from './tables.js';

const COMMENT = 'Số liệu đã đối chiếu với sổ theo dõi của xã.';
const MEETINGS = 'hoi_nghi_tuyen_truyen';

/** Those of the generated communes that `come` report, eight at a time; then the totals are held against the recomputation. */
export async function wave(
  stage: Stage,
  cast: Cast,
  round: RoundCode,
  instant: string,
  come: (unit: string) => boolean,
): Promise<void> {
  stage.at(instant);
  const coming = [...cast.habits[round]].filter(([unit, habit]) => habit !== 'missing' && come(unit));
  await stage.each(coming, async ([unit]) => {
    const answer = await stage.submit(unit, round, cast.figures.get(unit)![round], { comment: COMMENT });
    stage.checks.same(`${unit} ${round} được nhận`, answer.stored, true);
  });
  await compareReceived(stage, round);
  const units = new Set(stage.journal.filter((entry) => entry.round === round).map(({ unit }) => unit));
  const all = provinces.reduce((sum, { communes }) => sum + communes, 0);
  note(`${day(instant)}  ${bar(units.size, all)} ${String(units.size).padStart(3)}/${all} đã nộp (+${coming.length})`);
}

/** The provinces look at what waits: some they return once, some they leave, the rest they accept. */
export async function reviewAll(stage: Stage, cast: Cast, round: RoundCode, instant: string): Promise<void> {
  stage.at(instant);
  const expected = stage.expected();
  const returnedBefore = new Set(
    stage.journal.filter((entry) => entry.round === round && entry.step === 'return').map(({ unit }) => unit),
  );
  let [accepted, returned] = [0, 0];
  const units = [...stage.communes.values()].flat().map(({ code }) => code);
  await stage.each(units, async (unit) => {
    if (expected.class(unit, round) !== 'SUBMITTED') return;
    const habit = habitOf(cast, round, unit);
    if (habit === 'unreviewed') return;
    if (habit === 'returned' && !returnedBefore.has(unit)) {
      await stage.giveBack(cast.provinceOf(unit), unit, round, 'Số hội nghị chưa khớp với danh sách kèm theo.');
      returned += 1;
    } else {
      await stage.accept(cast.provinceOf(unit), unit, round);
      accepted += 1;
    }
  });
  await compareReceived(stage, round);
  note(`${day(instant)}  tỉnh duyệt ${accepted}, trả lại ${returned} · accepted, returned`);
}

/** What was returned comes again with one meeting more. */
export async function correct(stage: Stage, cast: Cast, round: RoundCode, instant: string): Promise<void> {
  stage.at(instant);
  const expected = stage.expected();
  const units = [...cast.habits[round].keys()].filter(
    (unit) => expected.class(unit, round) === 'RETURNED' && habitOf(cast, round, unit) === 'returned',
  );
  await stage.each(units, async (unit) => {
    const figures = cast.figures
      .get(unit)!
      [round].map((figure) =>
        figure.indicator === MEETINGS ? { ...figure, value: String(Number(figure.value) + 1) } : figure,
      );
    const answer = await stage.submit(unit, round, figures, { comment: 'Đã rà soát, bổ sung một hội nghị.' });
    stage.checks.same(`${unit} ${round} nộp lại, vẫn đúng hạn`, [answer.stored, answer.onTime], [true, true]);
  });
  note(`${day(instant)}  ${units.length} xã sửa và nộp lại · corrected and resubmitted`);
}

const day = (instant: string) => `${instant.slice(8, 10)}/${instant.slice(5, 7)}/${instant.slice(0, 4)}`;
