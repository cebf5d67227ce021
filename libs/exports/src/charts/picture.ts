/**
 * A chart as a picture that prints sharply: Apache ECharts lays it out as SVG, resvg turns that into PNG with the one font
 * that comes with the package (Tinos, as wide as Times New Roman, all Vietnamese letters), so that the same figures give
 * the same picture on a machine without any fonts. Both are loaded with the first chart: most processes never draw.
 */
import { createRequire } from 'node:module';
import type { EChartsCoreOption } from 'echarts';
import { textWidth } from '../measure.js';

/** Captions and words beside the picture carry its figures for those who cannot see it. Sizes in pixels of 1/96 inch. */
export type Chart = {
  caption: string;
  /** What the picture says, with its figures: the alternative text. */
  alt: string;
  /** Where the figures stand in the sheets, and how to read the signs. */
  note: string;
  width: number;
  height: number;
  option: EChartsCoreOption;
};

export const FONT = 'Tinos';
/** 240 dots per inch. */
export const ZOOM = 2.5;

// Each is one file of CommonJS, loaded at once; as ES modules ECharts is six hundred.
const require = createRequire(import.meta.url);
const fontFiles = ['400Regular/Tinos_400Regular.ttf', '700Bold/Tinos_700Bold.ttf'].map((file) =>
  require.resolve(`@expo-google-fonts/tinos/${file}`),
);

let loaded: typeof import('echarts') | undefined;

function load(): typeof import('echarts') {
  const echarts: typeof import('echarts') = require('echarts');
  echarts.setPlatformAPI({
    measureText: (text: string, font = '12px') => ({
      width: textWidth(text, { size: Number(/([\d.]+)px/.exec(font)?.[1] ?? 12), bold: font.includes('bold') }),
    }),
  });
  return echarts;
}

/** The chart as SVG text. */
export function svgOf({ width, height, option }: Chart): string {
  loaded ??= load();
  const chart = loaded.init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({ animation: false, textStyle: { fontFamily: FONT, color: '#000' }, ...option });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

/** The chart as PNG. */
export async function pictureOf(chart: Chart): Promise<Buffer> {
  const svg = svgOf(chart);
  const { renderAsync }: typeof import('@resvg/resvg-js') = require('@resvg/resvg-js');
  const font = { loadSystemFonts: false, fontFiles, defaultFontFamily: FONT };
  const image = await renderAsync(svg, { font, fitTo: { mode: 'zoom', value: ZOOM }, background: '#fff' });
  return image.asPng();
}
