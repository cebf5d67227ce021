/** The words of an SVG picture with the boxes they take, for tests of what overlaps. */
import { textWidth } from '../../libs/exports/src/measure.js';

export type Box = { text: string; left: number; right: number; top: number; bottom: number };

const attribute = (tag: string, name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? '';

/** Boxes of all words; the height is that of letters without their leading. */
export function wordsOf(svg: string): Box[] {
  return [...svg.matchAll(/<text ([^>]*)>([^<]*)<\/text>/g)].map(([, tag = '', words = '']) => {
    const [, x = '0', y = '0'] = /translate\(([-\d.]+) ([-\d.]+)\)/.exec(tag) ?? [];
    const size = Number(/font-size:([\d.]+)px/.exec(tag)?.[1]);
    const text = words.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');
    const width = textWidth(text, { size, bold: tag.includes('font-weight:bold') });
    const anchor = attribute(tag, 'text-anchor');
    const left = Number(x) + Number(attribute(tag, 'x')) - { start: 0, middle: width / 2, end: width }[anchor]!;
    const middle = Number(y) + Number(attribute(tag, 'y'));
    return { text, left, right: left + width, top: middle - size * 0.45, bottom: middle + size * 0.45 };
  });
}

/** Pairs of words that touch each other. */
export function overlapping(words: readonly Box[]): [string, string][] {
  return words.flatMap((a, at) =>
    words
      .slice(at + 1)
      .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
      .map((b): [string, string] => [a.text, b.text]),
  );
}
