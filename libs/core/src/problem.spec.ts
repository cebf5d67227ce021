/** The sentences of refusals are for people: in Vietnamese no word of the program is left, and each says what to do. */
import { expect, test } from '@jest/globals';
import { Problem } from './problem.js';

test('a step that cannot be taken is told in the words of the office', () => {
  const { vi, en } = new Problem('report.wrong_step', {
    state: 'submitted',
    step: 'submit',
    allowed: 'accept, return',
  });
  expect(vi).toBe('Bản báo cáo đang ở trạng thái "đã nộp", không thể "nộp". Có thể: chấp nhận, trả lại.');
  expect(en).toContain('Allowed: accept, return.');
});

test('where nothing more can be done, it says so', () =>
  expect(new Problem('report.wrong_step', { state: 'withdrawn', step: 'accept', allowed: 'none' }).vi).toContain(
    'Có thể: không còn bước nào.',
  ));

test('a file that is not ready says how far it is', () =>
  expect(new Problem('export.not_ready', { id: 7, status: 'running' }).vi).toContain('chưa xong (đang lập)'));
