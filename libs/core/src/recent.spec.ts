import { expect, it } from '@jest/globals';
import { Recent } from './recent.js';

it('keeps what was used last, up to its weight', () => {
  const recent = new Recent<string, string>(6, (text) => text.length);
  recent.set('a', 'aa');
  recent.set('b', 'bb');
  recent.set('c', 'cc');
  expect(recent.get('a')).toBe('aa');
  recent.set('d', 'dd');
  expect(['a', 'b', 'c', 'd'].map((key) => recent.get(key))).toEqual(['aa', undefined, 'cc', 'dd']);
  recent.set('a', 'aaaa');
  expect(['a', 'c', 'd'].map((key) => recent.get(key))).toEqual(['aaaa', undefined, 'dd']);
  recent.set('much', 'too heavy for it');
  expect(['a', 'd', 'much'].map((key) => recent.get(key))).toEqual([undefined, undefined, undefined]);
});
