/**
 * Lets plain Node import the TypeScript sources as Jest does (rooms by their source index, '.js' standing for '.ts'),
 * for what Jest runs outside its module mapper: the global set-up. Registered with module.register.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transformSync } from '@swc/core';
import { swcOptions } from './swc-options.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

export function resolve(specifier, context, next) {
  const room = /^#([a-z]+)$/.exec(specifier);
  if (room) return { url: pathToFileURL(join(root, 'libs', room[1], 'src/index.ts')).href, shortCircuit: true };
  if (/^\.{1,2}\/.*\.js$/.test(specifier) && context.parentURL?.endsWith('.ts')) {
    const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
    if (existsSync(source)) return { url: source.href, shortCircuit: true };
  }
  return next(specifier, context);
}

export function load(url, context, next) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context);
  const filename = fileURLToPath(url);
  const { code } = transformSync(readFileSync(filename, 'utf8'), { ...swcOptions('es6'), filename });
  return { format: 'module', source: code, shortCircuit: true };
}
