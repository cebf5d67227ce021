/** What units are called in Vietnamese. */
import { expect, test } from '@jest/globals';
import { isUnitKind, kindLabel, kindLevel, type UnitKind, unitKinds, unitTitle } from './kinds.js';

test.each<[UnitKind, string, string, string]>([
  ['quoc_gia', 'quốc gia', 'Việt Nam', 'Việt Nam'],
  ['tinh', 'tỉnh', 'Thái Nguyên', 'tỉnh Thái Nguyên'],
  ['thanh_pho_truc_thuoc_trung_uong', 'thành phố trực thuộc trung ương', 'Hà Nội', 'thành phố Hà Nội'],
  ['xa', 'xã', 'Kha Sơn', 'xã Kha Sơn'],
  ['phuong', 'phường', '2 Bảo Lộc', 'phường 2 Bảo Lộc'],
  ['dac_khu', 'đặc khu', 'Phú Quốc', 'đặc khu Phú Quốc'],
  ['thon', 'thôn', '3', 'thôn 3'],
  ['to_dan_pho', 'tổ dân phố', 'số 5', 'tổ dân phố số 5'],
  ['truong_hoc', 'trường học', 'Trường Tiểu học Kha Sơn', 'Trường Tiểu học Kha Sơn'],
  ['co_quan', 'cơ quan', 'Trạm Y tế Kha Sơn', 'Trạm Y tế Kha Sơn'],
])('%s is "%s"', (kind, label, name, title) => {
  expect(kindLabel(kind)).toBe(label);
  expect(unitTitle({ kind, name })).toBe(title);
});

test('every kind has a level and a label of its own, in NFC', () => {
  const labels = unitKinds.map(kindLabel);
  expect(new Set(labels).size).toBe(19);
  for (const label of labels) expect(label).toBe(label.normalize('NFC'));
  expect(unitKinds.filter((kind) => kindLevel(kind) === 2)).toEqual(['xa', 'phuong', 'dac_khu']);
  expect(isUnitKind('xa')).toBe(true);
  expect(isUnitKind('huyen')).toBe(false);
  expect(isUnitKind('toString')).toBe(false);
});
