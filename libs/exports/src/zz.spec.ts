import { it } from '@jest/globals';
import { sampleSummary } from '../../../test/support/summary-sample.js';
import { writeSummary } from './summary.workbook.js';
it('x', async () => {
  const s = sampleSummary();
  await writeSummary(s, '/tmp/xl/a.xlsx');
  const big = Array.from({ length: 37 }, () => s.communes).flat().slice(0, 3321);
  const wide = (u) => ({ ...u, totals: [...u.totals, ...u.totals, ...u.totals, ...u.totals.slice(0, 12)] });
  const n = { ...s, accepted: wide(s.accepted), received: wide(s.received), communes: big.map(wide), communesReceived: [], obligations: Array.from({length: 37}, () => s.obligations).flat().slice(0, 3321) };
  global.gc?.();
  const m = process.memoryUsage().rss; const t = performance.now();
  await writeSummary(n, '/tmp/xl/n.xlsx');
  console.log('national', performance.now() - t, 'ms', (process.memoryUsage().rss - m) / 1e6, 'MB');
});
