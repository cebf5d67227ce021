/**
 * Units below in the order of one indicator, highest first, each beside the value of the whole: the order and the ties of
 * the ranking that the API answers (exact quotients, equal ones share a rank, those without a value last).
 */
import type { Total, UnitTotals } from '#rollups';
import { textWidth } from '../measure.js';
import { belowOf, titleOf, wholeOf } from '../official-head.js';
import type { Summary } from '../summary.js';
import { numbered, sentence, stored } from '../summary.words.js';
import { percentText } from './attainment.chart.js';
import type { Chart } from './picture.js';
import { bar, DASHED, SMALL, tones, WIDTH, words } from './style.js';

export type Place = { rank: number | null; name: string; percent: number | null; text: string };
type Order = { stt: number; name: string; whole: Total; places: Place[]; below: string };

/** By the first ratio that has a value for the whole; null when there is none. */
export function order({ accepted, below }: Pick<Summary, 'accepted' | 'below'>): Order | null {
  const first = numbered(accepted.totals).find(
    ({ total }) => total.indicator.kind === 'ratio' && total.noValue === null,
  );
  if (!first) return null;
  const { total, at, stt } = first;
  const owing = below.filter(({ expected }) => expected > 0);
  const valued = owing.filter(({ totals }) => totals[at]!.noValue === null);
  const parts = ({ totals }: UnitTotals) => [stored(totals[at]!.numerator!), stored(totals[at]!.denominator!)] as const;
  const compared = (a: UnitTotals, b: UnitTotals) => {
    const [[an, ad], [bn, bd]] = [parts(a), parts(b)];
    return Number(bn * ad > an * bd) - Number(bn * ad < an * bd);
  };
  valued.sort((a, b) => compared(a, b) || (a.unit.code < b.unit.code ? -1 : 1));
  let rank = 0;
  const places = valued.map((unit, place): Place => {
    if (place === 0 || compared(valued[place - 1]!, unit) !== 0) rank = place + 1;
    const [n, d] = parts(unit);
    return { rank, name: nameOf(unit), percent: Number(100n * n) / Number(d), text: percentText(unit.totals[at]!) };
  });
  const silent = owing.filter(({ totals }) => totals[at]!.noValue !== null);
  return {
    stt,
    name: total.indicator.name,
    whole: total,
    below: belowOf(accepted.unit),
    places: [
      ...places,
      ...silent.map((unit) => ({ rank: null, name: nameOf(unit), percent: null, text: silence(unit, at) })),
    ],
  };
}

const nameOf = ({ unit }: UnitTotals) => (unit.level === 1 ? unit.name : sentence(titleOf(unit)));
const silence = ({ totals }: UnitTotals, at: number) => (totals[at]!.noValue === 'not_applicable' ? 'KPS' : '–');

const TOP = 26;
const MOST_ROWS = 36;
/** Least height of a row that its words stand in without touching the next. */
const ROW = 12.6;
/** Room behind the bars for the figures and the gap to the next panel. */
const FIGURES = 66;

export function rankingChart(summary: Summary): Chart | null {
  const found = order(summary);
  if (!found) return null;
  const { places, stt, name, whole, below } = found;
  const panels = Math.max(2, Math.ceil(places.length / MOST_ROWS));
  const rows = Math.ceil(places.length / panels);
  const row = Math.max(ROW, Math.min(20, 430 / rows));
  const width = WIDTH / panels;
  const size = panels > 4 ? 9.5 : 11;
  const names = Math.max(...places.map((place) => textWidth(labelOf(place), { size }))) + 10;
  const highest = Math.max(...places.map(({ percent }) => percent ?? 0), 1);
  const mean = (100 * Number(whole.numerator)) / Number(whole.denominator);
  const parts = Array.from({ length: panels }, (_, at) => places.slice(at * rows, (at + 1) * rows));
  const left = (panel: number) => panel * width + names;
  const plot = width - names - FIGURES;
  const middle = (at: number) => TOP + row * (at + 0.5);
  const wholeText = `${wholeOf(summary.accepted.unit)}: ${percentText(whole)}`;
  const sentences = places.map((place) => `${place.rank ? `${place.rank}. ` : ''}${place.name} ${place.text}`);
  return {
    caption: `Xếp theo chỉ tiêu ${stt}: ${name}`,
    alt: `Biểu đồ thanh, các ${below} xếp theo chỉ tiêu “${name}”, cao nhất đứng trước. ${wholeText}. ${sentences.join('; ')}.`,
    note: `Số liệu: trang chi tiết, chỉ tiêu ${stt}, cột tỷ lệ (số đã duyệt). Đơn vị bằng nhau cùng thứ hạng; “–”: chưa có số liệu, “KPS”: không phát sinh, không xếp hạng.`,
    width: WIDTH,
    height: Math.ceil(TOP + rows * row + 6),
    option: {
      grid: parts.map((_, at) => ({ left: left(at), width: plot, top: TOP, height: rows * row })),
      xAxis: parts.map((_, gridIndex) => ({ gridIndex, type: 'value', min: 0, max: highest, show: false })),
      yAxis: parts.map((_, gridIndex) => ({
        gridIndex,
        type: 'category',
        inverse: true,
        data: Array.from({ length: rows }, (__, at) => `${at}`),
        axisLabel: { show: false },
        axisTick: { show: false },
        axisLine: { lineStyle: { color: tones.line } },
      })),
      series: parts.map((part, at) => ({
        type: 'bar',
        xAxisIndex: at,
        yAxisIndex: at,
        barWidth: row * 0.62,
        data: part.map(({ percent }) => percent),
        itemStyle: bar(tones.middle),
        markLine: {
          silent: true,
          symbol: 'none',
          label: { show: false },
          lineStyle: { color: tones.line, width: 1.4, type: DASHED },
          data: [{ xAxis: mean }],
        },
      })),
      graphic: [
        words({ x: 4, y: TOP / 2 - 2, text: `Vạch đứt – ${wholeText}`, size: SMALL }),
        ...parts.flatMap((part, panel) =>
          part.flatMap((place, at) => [
            words({ x: left(panel) - 5, y: middle(at), text: labelOf(place), align: 'right', size }),
            words({ x: (panel + 1) * width - 22, y: middle(at), text: place.text, align: 'right', size }),
          ]),
        ),
      ],
    },
  };
}

const labelOf = ({ rank, name }: Place) => (rank === null ? name : `${rank}. ${name}`);
