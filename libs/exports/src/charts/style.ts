/** How charts look: tones that stay apart when printed in black and white, sizes that stay legible on paper. */
import { textWidth } from '../measure.js';

/** A page's width inside its margins, in pixels of 1/96 inch. */
export const WIDTH = 944;

/** From dark to light; printed in grey they differ by at least a fifth of the scale. */
export const tones = {
  dark: '#1f3864',
  middle: '#8faadc',
  light: '#ffffff',
  line: '#000000',
  grid: '#d0d0d0',
} as const;

export const SIZE = 14;
export const SMALL = 12.5;

/** Short dashes, as a pen draws them. */
export const DASHED = [5, 4];

/** A bar of one tone with a black edge, so that the lightest shows on white. */
export const bar = (color: string) => ({ color, borderColor: tones.line, borderWidth: 0.8 });

export type Words = {
  x: number;
  y: number;
  text: string;
  align?: 'left' | 'center' | 'right';
  bold?: boolean;
  size?: number;
  /** Wraps at this width, in pixels. */
  width?: number;
};

/** Running words at a place of their own, around the middle of `y`; wrapped at spaces when a width is given. */
export function words({ x, y, text, align = 'left', bold = false, size = SIZE, width }: Words) {
  return {
    type: 'text',
    x,
    y,
    silent: true,
    style: {
      text: width ? wrapped(text, width, size, bold) : text,
      align,
      verticalAlign: 'middle',
      fontFamily: 'Tinos',
      fontSize: size,
      fontWeight: bold ? 'bold' : 'normal',
      lineHeight: size * 1.15,
      fill: '#000',
    },
  };
}

function wrapped(text: string, width: number, size: number, bold: boolean): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length > 0 ? `${lines.at(-1)} ${word}` : word;
    if (lines.length > 0 && textWidth(longer, { size, bold }) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.join('\n');
}

/** At the foot of the picture; an icon is drawn as its sign is in the plot. */
export const legend = (data: readonly { name: string; icon: string }[]) => ({
  bottom: 2,
  itemGap: 24,
  itemWidth: 22,
  itemHeight: 14,
  symbolKeepAspect: true,
  selectedMode: false,
  itemStyle: { borderWidth: 0.8 },
  textStyle: { fontSize: SMALL, color: '#000' },
  data: [...data],
});

/** An axis line and its words in black. */
export const axis = {
  axisLine: { show: true, lineStyle: { color: tones.line } },
  axisLabel: { color: '#000', fontSize: SMALL },
};
