/** Figures for the bars of large sheets, the same on every run: 3,321 communes × 53 columns of figures, 90,000 obligations. */
import type { ObligationState, Total, TotalIndicator, TotalUnit, UnitTotals } from '#rollups';
import type { NationSummary, UnitList } from '../../libs/exports/src/summary.js';
import { COMMUNES, LOCAL_UNITS } from './country.js';

const PROVINCES = 34;
const AS_OF = new Date('2026-06-22T10:05:00.000Z');

/** 17 ratios of three columns and two counts: 53 columns, 60 with the seven that say who and when. */
const indicators = Array.from({ length: 19 }, (_, at): TotalIndicator => {
  const kind = at < 17 ? 'ratio' : 'flow';
  const name = `Chỉ tiêu để đo số ${at + 1}`;
  return {
    id: at + 1,
    position: at + 1,
    code: `B${at + 1}`,
    name,
    kind,
    scale: 0,
    unitLabel: 'người',
  } as TotalIndicator;
});

const names = ['Kha Sơn', 'Nam Cường', 'Ia Pia', 'Hữu Lũng', 'Phan Đình Phùng', 'Bách Quang', 'Tích Lương', 'Văn Lăng'];
const unitOf = (id: number, level: number, kind: string): TotalUnit => ({
  id,
  code: String(id).padStart(5, '0'),
  level,
  kind,
  name: `${names[id % names.length]} ${id}`,
  parentId: 0,
});

/** A few in a hundred are missing, not applicable, or estimates, as in the country of the other bars. */
function totalOf(indicator: TotalIndicator, unit: number): Total {
  const chance = (unit * 7919 + indicator.position * 104_729) % 100;
  const noValue = chance < 2 ? 'no_data' : chance < 5 ? 'not_applicable' : null;
  const d = 50 + ((unit * 31 + indicator.position * 17) % 20_000);
  const share = indicator.kind === 'ratio';
  return {
    indicator,
    numerator: noValue ? null : String(((d * (20 + chance)) / 120) | 0),
    denominator: noValue || !share ? null : String(d),
    noValue,
    coverage: { estimated: chance < 10 ? 1 : 0 },
  } as Total;
}

function obligationOf(unit: TotalUnit): ObligationState {
  return {
    unit,
    class: unit.id % 3 === 0 ? 'returned' : 'overdue',
    timeliness: 'not_submitted',
    dueOn: '2026-06-10',
    duePlan: null,
    dueWording: '10/6 và 10/12 hằng năm',
    firstReceivedAt: unit.id % 3 === 0 ? new Date(AS_OF.getTime() - unit.id * 1000) : null,
    newestVersion: unit.id % 3 === 0 ? 1 : 0,
    onPaper: false,
    hasDraft: false,
  };
}

const share = (whole: number, province: number) =>
  Math.floor((whole * (province + 1)) / PROVINCES) - Math.floor((whole * province) / PROVINCES);
const first = (whole: number, province: number) => Math.floor((whole * province) / PROVINCES);
const provinces = Array.from({ length: PROVINCES }, (_, id) => unitOf(id, 1, 'tinh'));
const province = (code: string) => Number(code);

/** What the sheet of all communes needs of the nation's summary. */
export function nation(): NationSummary {
  const communes = (code: string) =>
    Array.from({ length: share(COMMUNES, province(code)) }, (_, at) =>
      unitOf(first(COMMUNES, province(code)) + at, 2, 'xa'),
    );
  return {
    round: '2026H1',
    asOf: AS_OF,
    accepted: { totals: indicators.map((indicator) => totalOf(indicator, 50)) },
    provinces: provinces.map((unit) => ({ unit })),
    figuresOf: async ({ code }: { code: string }) =>
      communes(code).map(
        (unit) =>
          ({
            unit,
            expected: 1,
            reported: 1,
            totals: indicators.map((one) => totalOf(one, unit.id)),
          }) as unknown as UnitTotals,
      ),
    obligationsOf: async ({ code }: { code: string }) => communes(code).map(obligationOf),
  } as unknown as NationSummary;
}

/** The list of those to be urged, of all local units. */
export function list(): UnitList {
  return {
    round: '2026H1',
    asOf: AS_OF,
    unit: unitOf(0, 0, 'quoc_gia'),
    parents: provinces,
    obligationsOf: async ({ code }: { code: string }) =>
      Array.from({ length: share(LOCAL_UNITS, province(code)) }, (_, at) =>
        obligationOf(unitOf(first(LOCAL_UNITS, province(code)) + at, 3, 'thon')),
      ),
  } as unknown as UnitList;
}
