/**
 * Attainment against targets: a bar per indicator that has a share and a target, with the mark of the target it is judged
 * by, of the pace due by this round, and of the ends between which it lies once all have answered. The figures stand in
 * columns beside the bars, as the sheet of results shows them.
 */
import type { CustomSeriesOption } from 'echarts';
import { type Assessed, displayPercentage, type Total } from '#rollups';
import type { Summary } from '../summary.js';
import { DASH, isShare, judged, numbered, stored, targetYearText, thresholdText } from '../summary.words.js';
import type { Chart } from './picture.js';
import { bar, legend, SIZE, SMALL, tones, WIDTH, words } from './style.js';

/** What one row shows; percentages as numbers for drawing, and as people read them. */
type Attainment = {
  stt: number;
  name: string;
  result: number;
  resultText: string;
  target: number;
  targetText: string;
  pace: number | null;
  paceText: string;
  bounds: [number, number] | null;
  verdict: string;
};

const PER_PICTURE = 9;
const ROW = 46;
const TOP = 40;
const BOTTOM = 62;
const PLOT = { left: 318, right: 586 };
const columns = { result: 626, target: 706, pace: 790, verdict: 884 };

const RESULT = { name: 'Kết quả (số đã duyệt)', icon: 'rect' };
const TARGET = { name: 'Mục tiêu', icon: 'path://M9,0H13V14H9Z' };
const PACE = { name: 'Tiến độ cần đạt đến kỳ này', icon: 'path://M10,0h2v4h-2zM10,6h2v4h-2zM10,12h2v4h-2z' };
const SPAN = { name: 'Thấp nhất – cao nhất khi đủ báo cáo', icon: 'path://M0,2h2v10h-2zM2,6h18v2h-18zM20,2h2v10h-2z' };

/** Shares with a value and a threshold, in the order of the sheets. */
export function attainments({ accepted }: Pick<Summary, 'accepted'>): Attainment[] {
  return numbered(accepted.totals).flatMap(({ total, stt }) => {
    const verdict = judged(total);
    if (!isShare(total) || !verdict || total.noValue !== null || verdict.assessed.threshold === null) return [];
    return [attainmentOf(total, stt, verdict.assessed)];
  });
}

function attainmentOf(total: Total, stt: number, assessed: Assessed): Attainment {
  const { lower, upper } = total.bounds ?? {};
  const [paceN, paceD] = (assessed.pace ?? '').split('/').map(Number);
  return {
    stt,
    name: total.indicator.name,
    result: percent(total),
    resultText: percentText(total),
    target: Number(assessed.threshold),
    targetText: `${thresholdText(assessed)}\n${targetYearText(assessed)}`,
    pace: assessed.pace === null ? null : paceN! / (paceD ?? 1),
    paceText: assessed.paceDisplay ?? DASH,
    bounds: lower?.denominator && upper?.denominator ? [percent(lower), percent(upper)] : null,
    verdict: assessed.label,
  };
}

const percent = ({ numerator, denominator }: { numerator: string | null; denominator: string | null }) =>
  (100 * Number(numerator)) / Number(denominator);

/** Rounded from exact parts, as everywhere; of a milestone the share of units that answered yes. */
export const percentText = ({ numerator, denominator }: Total) =>
  displayPercentage({ n: 100n * stored(numerator!), d: stored(denominator!) });

export function attainmentCharts(summary: Summary): Chart[] {
  const rows = attainments(summary);
  const pictures: Attainment[][] = [];
  for (let at = 0; at < rows.length; at += PER_PICTURE) pictures.push(rows.slice(at, at + PER_PICTURE));
  return pictures.map((part, at) => draw(part, pictures.length > 1 ? ` (phần ${at + 1}/${pictures.length})` : ''));
}

function draw(rows: readonly Attainment[], part: string): Chart {
  const height = TOP + rows.length * ROW + BOTTOM;
  const middle = (at: number) => TOP + ROW * (at + 0.5);
  const heading = (x: number, text: string) =>
    words({ x, y: TOP / 2, text, align: 'center', bold: true, size: SMALL, width: 96 });
  return {
    caption: `Kết quả so với mục tiêu${part}`,
    alt: `Biểu đồ thanh, kết quả so với mục tiêu. ${rows.map(sentenceOf).join(' ')}`,
    note: 'Số liệu: trang “Kết quả”, cột (3), (4), (5) và các cột Mục tiêu, Đánh giá. Chỉ vẽ chỉ tiêu tính theo tỷ lệ có số liệu và có mục tiêu bằng số.',
    width: WIDTH,
    height,
    option: {
      grid: { left: PLOT.left, right: WIDTH - PLOT.right, top: TOP, bottom: BOTTOM },
      legend: legend([RESULT, TARGET, PACE, SPAN]),
      xAxis: {
        type: 'value',
        min: 0,
        max: 100,
        interval: 20,
        axisLabel: { formatter: '{value}%', fontSize: SMALL, color: '#000' },
        axisLine: { show: true, lineStyle: { color: tones.line } },
        splitLine: { lineStyle: { color: tones.grid } },
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: rows.map(({ stt }) => `${stt}`),
        axisLabel: { show: false },
        axisTick: { show: false },
        axisLine: { lineStyle: { color: tones.line } },
      },
      series: [
        {
          name: RESULT.name,
          type: 'bar',
          data: rows.map(({ result }) => result),
          barWidth: 16,
          itemStyle: bar(tones.middle),
        },
        marks(
          TARGET.name,
          rows.map(({ target }) => target),
          { lineWidth: 4, half: 15 },
        ),
        marks(
          PACE.name,
          rows.map(({ pace }) => pace),
          { lineWidth: 1.6, half: 20, dashed: true },
        ),
        spans(
          SPAN.name,
          rows.map(({ bounds }) => bounds),
        ),
      ],
      graphic: [
        heading(columns.result, 'Kết quả'),
        heading(columns.target, 'Mục tiêu'),
        heading(columns.pace, 'Tiến độ cần đạt'),
        heading(columns.verdict, 'Đánh giá'),
        ...rows.flatMap((row, at) => [
          words({ x: 2, y: middle(at), text: `${row.stt}. ${row.name}`, size: SMALL, width: PLOT.left - 14 }),
          words({ x: columns.result, y: middle(at), text: row.resultText, align: 'center', bold: true, size: SIZE }),
          words({ x: columns.target, y: middle(at), text: row.targetText, align: 'center', size: SMALL }),
          words({ x: columns.pace, y: middle(at), text: row.paceText, align: 'center', size: SMALL }),
          words({ x: columns.verdict, y: middle(at), text: row.verdict, align: 'center', size: SMALL, width: 112 }),
        ]),
        ...rows.map((_, at) => ({
          type: 'line',
          silent: true,
          shape: { x1: 0, x2: WIDTH, y1: TOP + ROW * at, y2: TOP + ROW * at },
          style: { stroke: tones.grid, lineWidth: 0.8 },
        })),
      ],
    },
  };
}

/** Upright strokes, one per row where there is one. */
function marks(
  name: string,
  values: readonly (number | null)[],
  { lineWidth, half, dashed = false }: { lineWidth: number; half: number; dashed?: boolean },
): CustomSeriesOption {
  const style = { stroke: tones.line, lineWidth, fill: 'none', ...(dashed && { lineDash: [4, 3] }) };
  return {
    name,
    type: 'custom',
    z: 5,
    itemStyle: { color: tones.line },
    data: values.flatMap((value, at) => (value === null ? [] : [[value, at]])),
    renderItem: (_, api) => {
      const [x, y] = api.coord([api.value(0), api.value(1)]) as [number, number];
      return { type: 'line', shape: { x1: x, x2: x, y1: y - half, y2: y + half }, style };
    },
  };
}

/** Thin spans with an end stroke at each side. */
function spans(name: string, values: readonly ([number, number] | null)[]): CustomSeriesOption {
  return {
    name,
    type: 'custom',
    z: 4,
    itemStyle: { color: tones.line },
    data: values.flatMap((value, at) => (value === null ? [] : [[...value, at]])),
    renderItem: (_, api) => {
      const [from, y] = api.coord([api.value(0), api.value(2)]) as [number, number];
      const [to] = api.coord([api.value(1), api.value(2)]) as [number, number];
      const d = `M${from} ${y - 5}V${y + 5}M${from} ${y}H${to}M${to} ${y - 5}V${y + 5}`;
      return { type: 'path', shape: { pathData: d }, style: { stroke: tones.line, lineWidth: 1.3, fill: 'none' } };
    },
  };
}

function sentenceOf({ stt, name, resultText, targetText, pace, paceText, verdict }: Attainment): string {
  const against = `mục tiêu ${targetText.replace('\n', ' ')}`;
  return `${stt}. ${name}: ${resultText}, ${against}${pace === null ? '' : `, tiến độ cần đạt ${paceText}`}, ${verdict.toLowerCase()}.`;
}
