/**
 * A summary of Thái Nguyên as it may look in the middle of a round, from summary-cases.ts, with the programme's own
 * indicators and the targets of the seeds' plans. Assessed and put into display by the rollups' own functions, so that
 * what a workbook is checked against is what the API would answer.
 */
import { parse } from 'yaml';
import { type SeedPlan, seedPlanText, seedProgrammeText } from '#programmes';
import type { Basis, CompletenessClass, ObligationState, TotalIndicator, TotalUnit, UnitTotals } from '#rollups';
import type { Summary } from '../../libs/exports/src/summary.js';
import { coverageOf } from '../../libs/rollups/src/assessment.js';
import type { StandingTarget } from '../../libs/rollups/src/target.reads.js';
import { assessed, boundsShown, type Figure, shown } from '../../libs/rollups/src/total.js';
import { type CommuneCase, indicators, type Sample, sampleCases } from './summary-cases.js';

export { type CommuneCase, type Entry, indicators, type Sample, sampleCases } from './summary-cases.js';

export const AS_OF = new Date('2026-06-22T10:05:00.000Z');
const ROUND = '2026H1';
const PERIOD = { year: 2026, half: 1 } as const;

const numeric = indicators.filter(({ kind }) => kind !== 'text');

const owes = ({ class: name }: CommuneCase) => name !== 'exempt' && name !== 'replaced';

/** What these communes add up to for one indicator; nothing is known of those that are silent. */
function figureOf({ code, kind, scale }: TotalIndicator, cases: readonly CommuneCase[], basis: Basis): Figure {
  const owing = cases.filter(owes);
  const entries = owing.flatMap((one) => (one[basis] === null ? [] : [one[basis][code] ?? 'missing']));
  const values = entries.filter((entry) => typeof entry === 'object');
  const sum = (parts: bigint[]) => parts.reduce((total, part) => total + part, 0n);
  const share = kind === 'ratio' || kind === 'milestone';
  return {
    kind,
    scale,
    n: values.length > 0 ? sum(values.map(({ n }) => n)) : null,
    d: values.length > 0 && share ? sum(values.map(({ d }) => d ?? 0n)) : null,
    coverage: coverageOf({
      value: values.length,
      notApplicable: entries.filter((entry) => entry === 'not_applicable').length,
      missing: entries.filter((entry) => entry === 'missing').length,
      notReported: owing.length - entries.length,
    }),
    estimated: values.filter(({ estimate }) => estimate).length,
    countedIn: 'units',
    lower: null,
    upper: null,
    boundsNote: null,
  };
}

function targets(key: SeedPlan): StandingTarget[] {
  const plan = parse(seedPlanText(key), { schema: 'failsafe' });
  return plan.targets.map((target: Record<string, string>) => ({
    unitId: 0,
    position: indicators.find(({ code }) => code === target.indicator)!.position,
    planKey: key,
    planTitle: plan.title.trim(),
    planDocument: 'Kế hoạch',
    illustrative: plan.illustrative === 'true',
    year: target.year ? Number(target.year) : null,
    everyYear: target.every_year === 'true',
    comparator: target.comparator || null,
    threshold: target.threshold || null,
    binds: target.binds,
    wording: target.wording!.trim(),
    clause: target.clause,
    denominatorWording: target.denominator_wording?.trim() || null,
  }));
}

const ownPlans: Record<string, StandingTarget[]> = {
  '19': targets('thai-nguyen-minh-hoa'),
  '02026': targets('nam-cuong'),
  '05953': targets('kha-son'),
};
const national = targets('qd-1169-ttg');

function totalsOf(unit: TotalUnit, cases: readonly CommuneCase[], basis: Basis): UnitTotals {
  const owing = cases.filter(owes);
  const of = (plan: StandingTarget[] | undefined, { position }: TotalIndicator) =>
    (plan ?? []).filter((target) => target.position === position);
  const superior = unit.level === 1 ? national : ownPlans['19'];
  return {
    unit,
    period: ROUND,
    basis,
    asOf: AS_OF.toISOString() as UnitTotals['asOf'],
    expected: owing.length,
    reported: owing.filter((one) => one[basis] !== null).length,
    closed: false,
    totals: numeric.map((indicator) => {
      const figure = figureOf(indicator, cases, basis);
      return {
        indicator,
        ...shown(indicator, figure),
        bounds: boundsShown(indicator, figure),
        coverage: { ...figure.coverage, estimated: figure.estimated, countedIn: figure.countedIn },
        cumulative: null,
        own: assessed(figure, indicator, of(ownPlans[unit.code], indicator), PERIOD, false),
        superior: assessed(figure, indicator, of(superior, indicator), PERIOD, false),
        below: null,
        denominatorWordings: [],
      };
    }),
  };
}

export function sampleSummary({ communes, cases }: Sample = sampleCases()): Summary {
  const province: TotalUnit = { id: 1, code: '19', level: 1, kind: 'tinh', name: 'Thái Nguyên', parentId: 0 };
  const each = (basis: Basis) => communes.map((unit, index) => totalsOf(unit, [cases[index]!], basis));
  const accepted = totalsOf(province, cases, 'accepted');
  const below = each('accepted');
  for (const total of accepted.totals) {
    const own = below.flatMap(({ totals }) => totals.find(({ indicator }) => indicator === total.indicator)!.own ?? []);
    const having = own.filter(({ status }) => status !== 'no_target');
    total.below = { meeting: having.filter(({ status }) => status === 'met').length, having: having.length };
    total.denominatorWordings = [...new Set(own.flatMap(({ denominatorWording }) => denominatorWording ?? []))];
  }
  const obligations = communes.map((unit, index) => obligationOf(unit, cases[index]!));
  const owed = obligations.filter(({ class: name }) => name !== 'exempt' && name !== 'replaced');
  const timed = (timeliness: string) => owed.filter((obligation) => obligation.timeliness === timeliness).length;
  const counted = (name: CompletenessClass) => obligations.filter((obligation) => obligation.class === name).length;
  const programme = parse(seedProgrammeText(), { schema: 'failsafe' });
  return {
    programme: { code: programme.code, name: programme.name.trim(), basis: programme.basis.trim() },
    round: ROUND,
    request: null,
    instant: AS_OF.toISOString() as Summary['instant'],
    asOf: AS_OF,
    accepted,
    received: totalsOf(province, cases, 'received'),
    below,
    belowReceived: each('received'),
    checksum: '57'.repeat(32),
    history: [accepted],
    targets: [...ownPlans['19']!, ...national],
    sources: communes.map((unit, index) => sourceOf(unit, cases[index]!)),
    completeness: {
      round: ROUND,
      asOf: AS_OF.toISOString() as Summary['completeness']['asOf'],
      counts: {
        exempt: counted('exempt'),
        replaced: counted('replaced'),
        not_yet_due: counted('not_yet_due'),
        overdue: counted('overdue'),
        returned: counted('returned'),
        submitted: counted('submitted'),
        accepted: counted('accepted'),
      },
      expected: owed.length,
      onTime: timed('on_time'),
      late: timed('late'),
      notSubmitted: timed('not_submitted'),
    },
    obligations,
    narratives: narratives(communes),
  };
}

function sourceOf({ code, kind, name }: TotalUnit, one: CommuneCase): Summary['sources'][number] {
  const version = one.firstReceivedAt && {
    number: 1,
    receivedAt: new Date(one.firstReceivedAt),
    recordedAt: new Date(new Date(one.firstReceivedAt).getTime() + 12),
    documentNumber: `${code.slice(-2)}/BC-UBND`,
    documentDate: '2026-06-09',
    signer: 'Nguyễn Văn An',
  };
  return {
    unit: { code, kind, name },
    accepted: (one.accepted && version) || null,
    received: (one.received && version) || null,
  };
}

function obligationOf(unit: TotalUnit, one: CommuneCase): ObligationState {
  const dueOn = one.dueOn ?? '2026-06-10';
  const before = new Date(`${dueOn}T24:00:00+07:00`);
  const at = one.firstReceivedAt && new Date(one.firstReceivedAt);
  return {
    unit: { id: unit.id, code: unit.code, level: unit.level, kind: unit.kind, name: unit.name },
    class: one.class,
    timeliness: !at ? 'not_submitted' : at < before ? 'on_time' : 'late',
    dueOn,
    duePlan: one.duePlan ?? null,
    dueWording: one.dueWording ?? '10/6 và 10/12 hằng năm',
    firstReceivedAt: at || null,
    newestVersion: at ? 1 : 0,
    onPaper: false,
    hasDraft: false,
  };
}

function narratives(communes: readonly TotalUnit[]): Summary['narratives'] {
  const texts: Record<string, string[]> = {
    ket_qua_noi_bat: [
      'Đã phát 120 tin, bài trên hệ thống truyền thanh cơ sở; mở chuyên mục “Nghị quyết 57” trên trang thông tin điện tử.',
    ],
    kho_khan_vuong_mac: [
      'Hệ thống loa truyền thanh ở 3 xóm đã xuống cấp; cán bộ phụ trách kiêm nhiệm nhiều việc, chưa được đào tạo về truyền thông số.',
      '- Kinh phí chưa được bố trí riêng.\n- Đường truyền Internet ở các xóm vùng cao chưa ổn định.\n- Thiếu thiết bị ghi hình.',
      '=HYPERLINK("http://example.org","Xem")',
    ],
    de_xuat_kien_nghi: [
      'Đề nghị Sở Khoa học và Công nghệ cung cấp bộ tài liệu mẫu, sổ tay điện tử bằng tiếng dân tộc.',
      'Đề nghị tổ chức lớp tập huấn kỹ năng truyền thông số cho cán bộ cấp xã trong quý III năm 2026; hướng dẫn thống nhất cách xác định số người dân tiếp cận thông tin.',
    ],
  };
  return indicators
    .filter(({ code }) => texts[code])
    .flatMap(({ code, name }) =>
      communes
        .filter((_, index) => index % 9 === code.length % 9)
        .map((unit, index) => ({
          unitCode: unit.code,
          unitName: unit.name,
          unitKind: unit.kind,
          section: code,
          sectionName: name,
          text: texts[code]![index % texts[code]!.length]!,
        })),
    );
}
