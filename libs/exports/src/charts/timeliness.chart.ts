/**
 * How reports came in. Of a province: day by day, how many units had handed in, against the due day and the number that
 * owe. Of the nation: per province, what share came on time, late, not at all. By the first submission not withdrawn
 * (docs/semantics.md §5).
 */
import { localDay } from '#core';
import { displayNumber, displayPercentage, type ObligationState } from '#rollups';
import { dayText } from '../moment.js';
import type { NationSummary, Summary } from '../summary.js';
import type { Chart } from './picture.js';
import { axis, bar, DASHED, legend, SMALL, tones, WIDTH, words } from './style.js';

const count = (units: number) => displayNumber(BigInt(units));
const share = (part: number, whole: number) =>
  whole === 0 ? '–' : displayPercentage({ n: 100n * BigInt(part), d: BigInt(whole) });

/** Units that had handed in by the end of each day, from the first day to the last that matters; null on days to come. */
type Arrivals = { days: string[]; handedIn: (number | null)[]; due: string; expected: number };

const owes = ({ class: name }: ObligationState) => name !== 'exempt' && name !== 'replaced';

export function arrivals({ obligations, asOf }: Pick<Summary, 'obligations' | 'asOf'>): Arrivals | null {
  const owing = obligations.filter(owes);
  const came = owing.flatMap(({ firstReceivedAt }) => (firstReceivedAt ? [localDay(firstReceivedAt)] : [])).sort();
  const dues = new Map<string, number>();
  for (const { dueOn } of owing) dues.set(dueOn, (dues.get(dueOn) ?? 0) + 1);
  const [due] = [...dues].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0] ?? [];
  if (!due) return null;
  const [first = due, ...others] = [...came, due].sort();
  const end = others.at(-1) ?? first;
  const today = localDay(asOf);
  // Days without any change say little: at most two weeks of them are shown.
  const [quiet] = [today, plusDays(end, 14)].sort();
  const last = [end, quiet!].sort()[1]!;
  const days: string[] = [];
  for (let day = plusDays(first, -1); day <= last; day = plusDays(day, 1)) days.push(day);
  const handedIn = days.map((day) => (day > today ? null : came.filter((one) => one <= day).length));
  return { days, handedIn, due, expected: owing.length };
}

const plusDays = (day: string, days: number) =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

const PLOT = { left: 52, width: WIDTH - 52 - 100 };

/** Keeps words that stand around a place inside the plot. */
const within = (x: number) => Math.min(Math.max(x, PLOT.left + 56), PLOT.left + PLOT.width - 56);

export function arrivalsChart(summary: Summary): Chart | null {
  const found = arrivals(summary);
  if (!found) return null;
  const { days, handedIn, due, expected } = found;
  const byDue = handedIn[days.indexOf(due)] ?? null;
  const { onTime, late, notSubmitted } = summary.completeness;
  const parts = [
    { name: `Nộp đúng hạn: ${count(onTime)} (${share(onTime, expected)})`, value: onTime, color: tones.dark },
    { name: `Nộp muộn: ${count(late)} (${share(late, expected)})`, value: late, color: tones.middle },
    {
      name: `Chưa nộp: ${count(notSubmitted)} (${share(notSubmitted, expected)})`,
      value: notSubmitted,
      color: tones.light,
    },
  ];
  const others = summary.obligations.some((one) => owes(one) && one.dueOn !== due);
  return {
    caption: 'Tiến độ nộp báo cáo',
    alt: `Biểu đồ nộp báo cáo: phải nộp ${count(expected)} đơn vị. ${parts.map(({ name }) => name).join('. ')}. Hạn nộp chung ${dayText(due)}${byDue === null ? '' : `; đến hết ngày đó đã nộp ${count(byDue)} đơn vị`}.`,
    note: `Số liệu: trang “Tình hình nộp”, cột (1), (3). Đường bậc thang: số đơn vị đã nộp lần đầu tính đến hết mỗi ngày (giờ Việt Nam).${others ? ' Hạn nộp ghi trên hình là hạn chung; có đơn vị có hạn riêng.' : ''}`,
    width: WIDTH,
    height: 440,
    option: {
      legend: { ...legend(parts.map(({ name }) => ({ name, icon: 'rect' }))), bottom: undefined, top: 4 },
      grid: [
        { left: PLOT.left, width: PLOT.width, top: 34, height: 34 },
        { left: PLOT.left, width: PLOT.width, top: 122, bottom: 30 },
      ],
      graphic: [
        words({ x: 8, y: 88, text: 'Số đơn vị đã nộp', size: SMALL }),
        words({
          x: within(PLOT.left + (PLOT.width * days.indexOf(due)) / (days.length - 1)),
          y: 112,
          text: `Hạn nộp ${dayText(due)}`,
          align: 'center',
          size: SMALL,
        }),
      ],
      xAxis: [
        { gridIndex: 0, type: 'value', min: 0, max: Math.max(expected, 1), show: false },
        {
          ...axis,
          gridIndex: 1,
          type: 'category',
          boundaryGap: false,
          data: days.map((day) => dayText(day).slice(0, 5)),
          axisLabel: { ...axis.axisLabel, hideOverlap: true },
        },
      ],
      yAxis: [
        { gridIndex: 0, type: 'category', data: [''], show: false },
        {
          ...axis,
          gridIndex: 1,
          type: 'value',
          min: 0,
          ...steps(expected),
          splitLine: { lineStyle: { color: tones.grid } },
        },
      ],
      series: [
        ...parts.map(({ name, value, color }) => ({
          name,
          type: 'bar',
          stack: 'all',
          barWidth: 30,
          data: [value],
          itemStyle: bar(color),
        })),
        {
          type: 'line',
          step: 'end',
          xAxisIndex: 1,
          yAxisIndex: 1,
          data: handedIn,
          showSymbol: false,
          lineStyle: { color: tones.dark, width: 2.4 },
          itemStyle: { color: tones.dark },
          markLine: {
            silent: true,
            symbol: 'none',
            lineStyle: { color: tones.line, width: 1.4, type: DASHED },
            label: { color: '#000', fontSize: SMALL },
            data: [
              { xAxis: days.indexOf(due), label: { show: false } },
              { yAxis: expected, label: { formatter: `Phải nộp: ${count(expected)}`, position: 'end' } },
            ],
          },
        },
      ],
    },
  };
}

/** An axis of at most six steps of 1, 2 or 5, ending above the number of units. */
function steps(units: number): { max: number; interval: number } {
  const rough = Math.max(1, (units * 1.06) / 6);
  const power = 10 ** Math.floor(Math.log10(rough));
  const interval = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  return { max: Math.ceil((units * 1.06) / interval) * interval || interval, interval };
}

/** Per province, the share on time decides the order, then the share that came at all, then the code. */
export function provincesChart({ provinces }: Pick<NationSummary, 'provinces'>): Chart | null {
  const rows = provinces
    .filter(({ completeness }) => completeness.expected > 0)
    .map(({ unit, completeness }) => ({ unit, ...completeness }))
    .sort(
      (a, b) =>
        b.onTime * a.expected - a.onTime * b.expected ||
        a.notSubmitted * b.expected - b.notSubmitted * a.expected ||
        (a.unit.code < b.unit.code ? -1 : 1),
    );
  if (rows.length === 0) return null;
  const parts = [
    { name: 'Nộp đúng hạn', of: (row: (typeof rows)[number]) => row.onTime, color: tones.dark },
    { name: 'Nộp muộn', of: (row: (typeof rows)[number]) => row.late, color: tones.middle },
    { name: 'Chưa nộp', of: (row: (typeof rows)[number]) => row.notSubmitted, color: tones.light },
  ];
  const said = rows.map(
    ({ unit, onTime, late, notSubmitted, expected }) =>
      `${unit.name} ${onTime}/${expected} đúng hạn, ${late} muộn, ${notSubmitted} chưa nộp`,
  );
  return {
    caption: 'Tình hình nộp báo cáo theo tỉnh, thành phố',
    alt: `Biểu đồ thanh chồng, tỷ lệ đơn vị cấp xã nộp đúng hạn, muộn, chưa nộp theo tỉnh, thành phố, tỷ lệ đúng hạn cao nhất đứng trước: ${said.join('; ')}.`,
    note: 'Số liệu: trang “Tình hình nộp”, cột (1) đến (4) và cột tỷ lệ nộp đúng hạn. Số ở cuối thanh: số nộp đúng hạn / số phải nộp.',
    width: WIDTH,
    height: Math.ceil(52 + rows.length * 12.6),
    option: {
      legend: legend(parts.map(({ name }) => ({ name, icon: 'rect' }))),
      grid: { left: 122, right: 96, top: 22, bottom: 30 },
      xAxis: {
        ...axis,
        type: 'value',
        min: 0,
        max: 100,
        interval: 20,
        position: 'top',
        axisLabel: { ...axis.axisLabel, formatter: '{value}%' },
        splitLine: { lineStyle: { color: tones.grid } },
      },
      yAxis: [
        {
          ...axis,
          type: 'category',
          inverse: true,
          data: rows.map(({ unit }) => unit.name),
          axisTick: { show: false },
          axisLabel: { ...axis.axisLabel, fontSize: 11.5, interval: 0 },
        },
        {
          type: 'category',
          inverse: true,
          position: 'right',
          data: rows.map(({ onTime, expected }) => `${count(onTime)}/${count(expected)}`),
          axisTick: { show: false },
          axisLine: { show: false },
          axisLabel: { ...axis.axisLabel, fontSize: 11.5, interval: 0 },
        },
      ],
      series: parts.map(({ name, of, color }) => ({
        name,
        type: 'bar',
        stack: 'all',
        barWidth: 9,
        data: rows.map((row) => (100 * of(row)) / row.expected),
        itemStyle: bar(color),
      })),
    },
  };
}
