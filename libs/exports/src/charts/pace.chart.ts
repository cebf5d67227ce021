/**
 * The way to the targets: per indicator whose plan sets targets for several years, the line of pace from target to target
 * and the result of each round so far. The pace is the one the assessment holds results against (docs/semantics.md §6):
 * even steps by half-years between two targets of one plan, none before the first.
 */
import { displayPercentage, halfYearsBetween, parsePeriod, type StandingTarget } from '#rollups';
import type { Summary } from '../summary.js';
import { judged, numbered, stored } from '../summary.words.js';
import { percentText } from './attainment.chart.js';
import type { Chart } from './picture.js';
import { axis, DASHED, legend, SMALL, tones, WIDTH, words } from './style.js';

type Way = {
  stt: number;
  name: string;
  illustrative: boolean;
  /** Half-years from the first with a result or a target to the last target, this round among them: "2026H1". */
  halves: string[];
  /** Percent by half-year; null where there is none. */
  results: (number | null)[];
  resultTexts: (string | null)[];
  targets: { at: number; percent: number; text: string }[];
};

const PANEL = { height: 230, perRow: 2, most: 4 };

/** Indicators whose judging plan names at least two years, with what has been reached. */
export function ways({
  accepted,
  history,
  targets,
  round,
}: Pick<Summary, 'accepted' | 'history' | 'targets' | 'round'>): Way[] {
  return numbered(accepted.totals).flatMap(({ total, stt }) => {
    const { planKey, illustrative } = judged(total)?.assessed ?? {};
    const dated = targets
      .filter((target) => target.planKey === planKey && target.position === total.indicator.position)
      .filter(isDated)
      .sort((a, b) => a.year - b.year);
    if (total.indicator.kind !== 'ratio' || dated.length < 2) return [];
    const past = history.map(({ period, totals }) => ({
      period,
      total: totals.find(({ indicator }) => indicator.code === total.indicator.code),
    }));
    const first = past.find((one) => one.total?.noValue === null)?.period ?? round;
    const [from] = [first, round, `${dated[0]!.year}H2`].sort();
    const [, to] = [round, `${dated.at(-1)!.year}H2`].sort();
    const halves = halfYearsBetween(parsePeriod(from!), parsePeriod(to!));
    const results = halves.map((half) => {
      const found = past.find(({ period }) => period === half)?.total;
      return found?.noValue === null ? found : null;
    });
    if (results.every((one) => one === null)) return [];
    return [
      {
        stt,
        name: total.indicator.name,
        illustrative: illustrative === true,
        halves,
        results: results.map((one) => one && (100 * Number(one.numerator)) / Number(one.denominator)),
        resultTexts: results.map((one) => one && percentText(one)),
        targets: dated.map(({ year, threshold, comparator }) => ({
          at: halves.indexOf(`${year}H2`),
          percent: Number(threshold),
          text: `${comparator === 'above' ? '> ' : ''}${thresholdOf(threshold)}`,
        })),
      },
    ];
  });
}

type Dated = StandingTarget & { year: number; threshold: string };
const isDated = (target: StandingTarget): target is Dated =>
  target.year !== null && target.threshold !== null && !target.everyYear;

const thresholdOf = (threshold: string) => {
  const scale = threshold.split('.')[1]?.length ?? 0;
  return displayPercentage({ n: stored(threshold), d: 10n ** BigInt(scale) }).replace(/,0%$/, '%');
};

/** "6/2026": the month up to whose middle the round's figures run. */
const label = (half: string) => (half.endsWith('H1') ? `6/${half.slice(0, 4)}` : `12/${half.slice(0, 4)}`);

export function paceCharts(summary: Summary): Chart[] {
  const all = ways(summary);
  const pictures: Chart[] = [];
  for (let at = 0; at < all.length; at += PANEL.most)
    pictures.push(
      draw(all.slice(at, at + PANEL.most), all.length > PANEL.most ? ` (phần ${at / PANEL.most + 1})` : ''),
    );
  return pictures;
}

const RESULT = { name: 'Kết quả từng kỳ (số đã duyệt)', icon: 'circle' };
const LINE = { name: 'Tiến độ giữa hai mục tiêu', icon: 'path://M0,6h6v2h-6zM9,6h6v2h-6zM18,6h6v2h-6z' };
const TARGET = { name: 'Mục tiêu đến hết năm', icon: 'diamond' };

function draw(all: readonly Way[], part: string): Chart {
  const perRow = Math.min(all.length, PANEL.perRow);
  const [width, height] = [WIDTH / perRow, all.length === 1 ? 330 : PANEL.height];
  const place = (at: number) => ({ left: (at % perRow) * width, top: Math.floor(at / perRow) * height });
  return {
    caption: `Kết quả so với đường tiến độ đến các mục tiêu${part}`,
    alt: `Biểu đồ đường, kết quả từng kỳ so với tiến độ. ${all.map(sentenceOf).join(' ')}`,
    note: 'Đường tiến độ chia đều theo nửa năm giữa hai mục tiêu của cùng một kế hoạch; trước mục tiêu đầu tiên không có tiến độ. Trục ngang: kỳ báo cáo 6 tháng đầu năm (6/…) và cuối năm (12/…).',
    width: WIDTH,
    height: Math.ceil(all.length / perRow) * height + 30,
    option: {
      legend: legend([RESULT, LINE, TARGET]),
      grid: all.map((_, at) => ({
        left: place(at).left + 44,
        top: place(at).top + 66,
        width: width - 80,
        height: height - 98,
      })),
      xAxis: all.map(({ halves }, gridIndex) => ({
        ...axis,
        gridIndex,
        type: 'category',
        data: halves.map(label),
        axisLabel: { ...axis.axisLabel, hideOverlap: true },
        axisTick: { alignWithLabel: true },
      })),
      yAxis: all.map((_, gridIndex) => ({
        ...axis,
        gridIndex,
        type: 'value',
        min: 0,
        max: 100,
        interval: 20,
        axisLabel: { ...axis.axisLabel, formatter: '{value}%' },
        splitLine: { lineStyle: { color: tones.grid } },
      })),
      series: all.flatMap((way, at) => seriesOf(way, at)),
      graphic: all.flatMap((way, at) => {
        const title = `${way.stt}. ${way.name}${way.illustrative ? ' (mục tiêu minh hoạ)' : ''}`;
        const here = { x: place(at).left + 8, size: SMALL, width: width - 20 };
        return [
          words({ ...here, y: place(at).top + 18, text: title, bold: true }),
          words({ ...here, y: place(at).top + 46, text: figuresOf(way) }),
        ];
      }),
    },
  };
}

function seriesOf({ halves, results, targets }: Way, at: number): object[] {
  const axes = { xAxisIndex: at, yAxisIndex: at };
  const line = halves.map((_, half) => targets.find((target) => target.at === half)?.percent ?? null);
  const common = { ...axes, symbolSize: 11, z: 4 };
  return [
    {
      ...axes,
      name: LINE.name,
      type: 'line',
      data: line,
      connectNulls: true,
      showSymbol: false,
      lineStyle: { color: tones.line, width: 1.6, type: DASHED },
      itemStyle: { color: tones.line },
    },
    {
      ...common,
      name: TARGET.name,
      type: 'scatter',
      symbol: 'diamond',
      symbolSize: 13,
      itemStyle: { color: tones.light, borderColor: tones.line, borderWidth: 1.4, opacity: 1 },
      data: targets.map(({ at: half, percent }) => [half, percent]),
    },
    {
      ...common,
      name: RESULT.name,
      type: 'line',
      symbol: 'circle',
      data: results,
      lineStyle: { color: tones.dark, width: 2.2 },
      itemStyle: { color: tones.dark },
    },
  ];
}

/** The latest result and the targets: beside the points they would touch each other. */
function figuresOf({ halves, resultTexts, targets }: Way): string {
  const last = resultTexts.findLastIndex((text) => text !== null);
  return `Kỳ ${label(halves[last]!)}: ${resultTexts[last]}. Mục tiêu: ${targets.map(({ at, text }) => `${text} (${label(halves[at]!)})`).join(', ')}.`;
}

function sentenceOf({ stt, name, halves, resultTexts, targets }: Way): string {
  const reached = resultTexts.flatMap((text, at) => (text ? [`kỳ ${label(halves[at]!)} đạt ${text}`] : []));
  const aims = targets.map(({ at, text }) => `${text} đến ${label(halves[at]!)}`);
  return `${stt}. ${name}: ${reached.join(', ') || 'chưa có kết quả'}; mục tiêu ${aims.join(', ')}.`;
}
