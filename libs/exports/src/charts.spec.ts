/**
 * The pictures: they say what the sheets say, no words touch, they hold in black and white, they are the same each time,
 * and their alternative texts carry the figures.
 */
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Workbook } from 'exceljs';
import { sampleCases } from '../../../test/support/summary-cases.js';
import { sampleSummary } from '../../../test/support/summary-sample.js';
import { overlapping, wordsOf } from '../../../test/support/svg.js';
import { detailColumns, formula, read, rowOf, written } from '../../../test/support/workbook.js';
import { readXlsx } from '../../../test/support/xlsx.js';
import { attainments } from './charts/attainment.chart.js';
import { ways } from './charts/pace.chart.js';
import { FONT, pictureOf, svgOf, ZOOM } from './charts/picture.js';
import { order, rankingChart } from './charts/ranking.chart.js';
import { tones } from './charts/style.js';
import { arrivals, provincesChart } from './charts/timeliness.chart.js';
import { chartsOf } from './charts.sheet.js';
import type { NationSummary, Summary } from './summary.js';

const summary = sampleSummary();
/** Of half the size: what is looked at here is not how sharp it is. */
const drawn = (text: string) =>
  pictureOf({
    caption: '',
    alt: '',
    note: '',
    width: 60,
    height: 40,
    option: { graphic: [{ type: 'text', x: 4, y: 4, style: { text, fontFamily: FONT, fontSize: 24, fill: '#000' } }] },
  });

describe('what the pictures say', () => {
  let workbook: Workbook;
  beforeAll(async () => {
    workbook = await read(await written(summary));
  });

  it('attainment: the result, bounds and target of each row of the sheet of results that has all it takes', () => {
    const sheet = workbook.getWorksheet('Kết quả')!;
    const shown = attainments(summary);
    expect(shown.map(({ stt }) => stt)).toEqual([1, 3]);
    for (const { name, result, target, verdict, bounds } of shown) {
      const row = rowOf(sheet, 2, name);
      expect(result / 100).toBeCloseTo(formula(sheet, row, 6).result as number, 12);
      const targets = [11, 12, 13].map((column) => sheet.getCell(row, column).value);
      expect(targets).toContain(target / 100);
      expect(sheet.getCell(row, 14).text.startsWith(verdict)).toBe(true);
      expect(bounds).toBeNull();
      expect(sheet.getCell(row, 7).value).toBe('–');
    }
  });

  it('ranking: the rates of the sheet of details, highest first, equal ones sharing a rank, the silent last', () => {
    const { places, whole } = order(summary)!;
    const { sheet, column } = detailColumns(workbook, summary.accepted.totals)[0]!;
    const rates = summary.below
      .filter(({ expected }) => expected > 0)
      .map(({ unit }) => formula(sheet, rowOf(sheet, 2, unit.code), column + 2).result)
      .filter((rate) => typeof rate === 'number')
      .sort((a, b) => b - a);
    expect(places.filter(({ rank }) => rank !== null).map(({ percent }) => percent! / 100)).toEqual(
      rates.map((rate) => expect.closeTo(rate, 12)),
    );
    expect(
      places.map(({ rank }) => rank).filter((rank, at, all) => at > 0 && rank !== null && all[at - 1]! > rank),
    ).toEqual([]);
    expect(places.slice(rates.length).every(({ rank, text }) => rank === null && text === '–')).toBe(true);
    expect(places).toHaveLength(summary.accepted.expected);
    expect(whole).toBe(summary.accepted.totals[0]);
  });

  it('ranking: exact quotients decide, equal ones share a rank and the next counts them all', () => {
    const tied: Summary = { ...summary, below: summary.below.slice(0, 4).map((unit) => structuredClone(unit)) };
    const parts = [
      ['1', '3'],
      ['333333333333333', '999999999999999'],
      ['333333333333332', '999999999999999'],
      ['2', '6'],
    ] as const;
    tied.below.forEach((unit, at) => {
      Object.assign(unit, { expected: 1 });
      const [numerator, denominator] = parts[at]!;
      Object.assign(unit.totals[0]!, { numerator, denominator, noValue: null });
    });
    expect(order(tied)!.places.map(({ rank }) => rank)).toEqual([1, 1, 1, 4]);
  });

  it('arrivals: day by day the dates of the sheet of submissions', () => {
    const sheet = workbook.getWorksheet('Tình hình nộp')!;
    const { days, handedIn, due, expected } = arrivals(summary)!;
    const owing = summary.obligations.filter(({ class: name }) => name !== 'exempt' && name !== 'replaced');
    const dates = owing.flatMap(({ unit }) => {
      const value = sheet.getCell(rowOf(sheet, 2, unit.code), 6).value;
      return value instanceof Date ? [value.toISOString().slice(0, 10)] : [];
    });
    expect(due).toBe('2026-06-10');
    expect(expected).toBe(owing.length);
    days.forEach((day, at) => {
      expect(handedIn[at]).toBe(dates.filter((date) => date <= day).length);
    });
    expect(handedIn.at(-1)).toBe(dates.length);
  });

  it('days to come are left open', () => {
    const asOf = new Date('2026-06-08T05:00:00Z');
    const obligations = summary.obligations.map((one) =>
      one.firstReceivedAt && one.firstReceivedAt > asOf ? { ...one, firstReceivedAt: null } : one,
    );
    const { days, handedIn } = arrivals({ obligations, asOf })!;
    expect(days.at(-1)).toBe('2026-06-10');
    expect(handedIn.slice(-2)).toEqual([null, null]);
    expect(handedIn.at(-3)).toBeGreaterThan(0);
  });

  it('the way to the targets: results by round, and the targets of the plan that judges', () => {
    const earlier = { ...summary.accepted, period: '2025H2' };
    const [way, ...more] = ways({ ...summary, history: [earlier, summary.accepted] });
    expect(more).toEqual([]);
    expect(way!.halves[0]).toBe('2025H2');
    expect(way!.halves.at(-1)).toBe('2030H2');
    expect(way!.targets.map(({ at, percent }) => [way!.halves[at], percent])).toEqual([
      ['2026H2', 10],
      ['2027H2', 30],
      ['2030H2', 70],
    ]);
    expect(way!.resultTexts.slice(0, 3)).toEqual([
      summary.accepted.totals[0]!.display,
      summary.accepted.totals[0]!.display,
      null,
    ]);
  });
});

describe('targets that lie behind', () => {
  it.each(['2028H2', '2033H1'])('stand on the way still: %s', (round) => {
    const later = { ...summary.accepted, period: round };
    const [way] = ways({ ...summary, round, accepted: later, history: [later] });
    expect(way!.halves[0]).toBe('2026H2');
    expect(way!.halves).toContain(round);
    expect(way!.targets.map(({ at }) => way!.halves[at])).toEqual(['2026H2', '2027H2', '2030H2']);
    expect(way!.resultTexts[way!.halves.indexOf(round)]).toBe(summary.accepted.totals[0]!.display);
  });
});

/** The nation as the sample's communes would make it: each a province of its own. */
function asNation(): NationSummary {
  const { completeness } = summary;
  const of = (at: number) => ({ ...completeness, expected: 10 + at, onTime: at % 9, late: at % 3, notSubmitted: 10 });
  const below = summary.below.slice(0, 34).map((one) => ({ ...one, unit: { ...one.unit, level: 1 } }));
  return {
    ...summary,
    accepted: { ...summary.accepted, unit: { ...summary.accepted.unit, level: 0, kind: 'quoc_gia' } },
    below,
    provinces: below.map(({ unit }, at) => ({ unit, completeness: of(at) })),
    figuresOf: () => Promise.resolve([]),
    obligationsOf: () => Promise.resolve([]),
  };
}

/** One with more of everything: bounds and a pace on each total, long assessments, 168 units, five rounds. */
function crowded(): Summary {
  const own = summary.accepted.totals[0]!.own!;
  const totals = summary.accepted.totals.map((total) => ({
    ...total,
    own: { ...own, pace: '130/3', paceDisplay: '43,3%', label: 'Đạt trên số đã báo cáo (3.083/3.321 đơn vị)' },
    bounds:
      total.denominator === null
        ? null
        : { lower: { ...total, display: '' }, upper: { ...total, display: '' }, note: null },
  })) as Summary['accepted']['totals'];
  const accepted = { ...summary.accepted, totals };
  const targets = totals.flatMap(({ indicator }) =>
    summary.targets
      .filter(({ position, planKey }) => position === 1 && planKey === own.planKey)
      .map((target) => ({ ...target, position: indicator.position })),
  );
  const history = ['2024H1', '2024H2', '2025H1', '2025H2', '2026H1'].map((period) => ({ ...accepted, period }));
  return { ...summary, accepted, targets, history, below: [...summary.below, ...summary.below.slice(0, 76)] };
}

describe('how the pictures look', () => {
  const silent = () => {
    const sample = sampleCases();
    for (const one of sample.cases)
      Object.assign(one, { class: 'not_yet_due', firstReceivedAt: null, accepted: null, received: null });
    return sampleSummary(sample);
  };

  it.each([
    ['of a province', () => summary],
    ['before anybody has reported', silent],
    [
      'on the due day',
      () => ({
        ...sampleSummary(),
        asOf: new Date('2026-06-10T03:00:00Z'),
        obligations: summary.obligations.filter(({ timeliness }) => timeliness !== 'late'),
      }),
    ],
    ['of the nation', asNation],
    ['with more of everything', crowded],
  ])('no words touch each other or leave the picture: %s', (_, make) => {
    for (const chart of chartsOf(make())) {
      const words = wordsOf(svgOf(chart)).filter(({ text }) => text.trim() !== '');
      expect(words.length).toBeGreaterThan(3);
      expect({ caption: chart.caption, touching: overlapping(words) }).toEqual({
        caption: chart.caption,
        touching: [],
      });
      const outside = words.filter(
        ({ left, right, top, bottom }) => left < 0 || top < 0 || right > chart.width + 1 || bottom > chart.height,
      );
      expect({ caption: chart.caption, outside }).toEqual({ caption: chart.caption, outside: [] });
    }
  });

  it('there is one of each kind, and none is higher than a page', () => {
    expect(chartsOf(summary).map(({ caption }) => caption.split(/[ :]/)[0])).toEqual(['Kết', 'Kết', 'Tiến', 'Xếp']);
    for (const { height } of [...chartsOf(summary), ...chartsOf(crowded()), ...chartsOf(asNation())])
      expect(height).toBeLessThan(560);
    expect(chartsOf(silent()).map(({ caption }) => caption)).toEqual(['Tiến độ nộp báo cáo']);
  });

  it('tones stay apart in black and white', () => {
    const grey = (colour: string) => {
      const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
      return 0.299 * r! + 0.587 * g! + 0.114 * b!;
    };
    const [dark, middle, light] = [tones.dark, tones.middle, tones.light].map(grey);
    expect(middle! - dark!).toBeGreaterThan(0.2);
    expect(light! - middle!).toBeGreaterThan(0.2);
  });

  it('every Vietnamese letter is drawn, on a machine without fonts too', async () => {
    const letters = [...'ăâđêôơưĂÂĐÊÔƠƯấầẩẫậắằẳẵặếềểễệốồổỗộớờởỡợứừửữựỳỷỹỵ≥–…“”'];
    const missing = await drawn('\ue000');
    const pictures = await Promise.all(letters.map(drawn));
    expect(letters.filter((_, at) => pictures[at]!.equals(missing))).toEqual([]);
    expect(new Set(pictures.map((picture) => picture.toString('base64'))).size).toBe(letters.length);
  });

  it('the same figures give the same picture, other figures another', async () => {
    const chart = rankingChart(summary)!;
    const [once, again] = [await pictureOf(chart), await pictureOf(rankingChart(sampleSummary())!)];
    expect(once.equals(again)).toBe(true);
    expect(once.subarray(1, 4).toString()).toBe('PNG');
    expect([once.readUInt32BE(16), once.readUInt32BE(20)]).toEqual([chart.width * ZOOM, chart.height * ZOOM]);
    const other = { ...summary, below: summary.below.slice(1) };
    expect((await pictureOf(rankingChart(other)!)).equals(once)).toBe(false);
  });

  it('provinces stand by their share on time', () => {
    const { alt } = provincesChart(asNation())!;
    const shares = [...alt.matchAll(/(\d+)\/(\d+) đúng hạn/g)].map(([, part, whole]) => Number(part) / Number(whole));
    expect(shares).toHaveLength(34);
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
  });
});

describe('pictures in the workbook', () => {
  it('lie on a sheet of their own, one page each, with an alternative text that says the figures', async () => {
    const file = await written(summary);
    const { parts } = readXlsx(file);
    const workbook = await read(file);
    const sheet = workbook.getWorksheet('Biểu đồ')!;
    const charts = chartsOf(summary);
    const images = sheet.getImages();
    expect(images).toHaveLength(charts.length);
    const captions = charts.map(({ caption }, at) => rowOf(sheet, 1, `Biểu đồ ${at + 1}. ${caption}`));
    expect(images.map(({ range }) => range.tl.nativeRow)).toEqual(captions);
    const name = [...parts.keys()].find((part) => part.startsWith('xl/drawings/drawing'))!;
    const texts = [...parts.get(name)!.matchAll(/descr="([^"]*)"/g)].map(([, text]) => text!.replaceAll('&quot;', '"'));
    expect(texts).toEqual(charts.map(({ caption, alt }) => `${caption}. ${alt}`));
    expect(texts[0]).toContain(`18,6%, mục tiêu ≥ 10% năm 2026`);
    expect(parts.get('[Content_Types].xml')).toContain(`<Override PartName="/${name}"`);
    expect(parts.get('[Content_Types].xml')).toContain('Extension="png"');
    const xml = readXlsx(file).sheets.find((one) => one.name === 'Biểu đồ')!.xml;
    expect(xml).toMatch(/<drawing r:id="rId1"\/><\/worksheet>$/);
    expect([...xml.matchAll(/<brk /g)]).toHaveLength(charts.length - 1);
  });
});
