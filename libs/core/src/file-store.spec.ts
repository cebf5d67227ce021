/** A stored file is whole, found by its hash alone, and a failure leaves nothing behind. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FileStore } from './file-store.js';

let folder: string;
let store: FileStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'baocao-files-'));
  store = new FileStore(join(folder, 'exports'), 'xlsx');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const text = (content: string) => async (out: NodeJS.WritableStream) => void out.write(content);
const files = () => readdirSync(join(folder, 'exports'));

describe('the file store', () => {
  it('names a file by its content, however often and by whomever it is written', async () => {
    const sha256 = createHash('sha256').update('Báo cáo').digest('hex');
    const [first, second] = await Promise.all([store.put(text('Báo cáo')), store.put(text('Báo cáo'))]);
    expect(first).toEqual({ sha256, bytes: 9 });
    expect(second).toEqual(first);
    expect(files()).toEqual([`${sha256}.xlsx`]);
    expect((await store.read(sha256))?.toString()).toBe('Báo cáo');
  });

  it('takes a writer that ends the stream itself', async () => {
    const { sha256 } = await store.put(async (out) => void out.end('x'));
    expect((await store.read(sha256))?.toString()).toBe('x');
  });

  it('leaves nothing behind when the writer fails half-way', async () => {
    const failing = store.put(async (out) => {
      out.write('half a workbook');
      throw new Error('no more ink');
    });
    await expect(failing).rejects.toThrow('no more ink');
    expect(files()).toEqual([]);
  });

  it('does not hand out a file that was changed, is not there, or lies elsewhere', async () => {
    const { sha256 } = await store.put(text('true'));
    writeFileSync(store.pathOf(sha256), 'false');
    expect(await store.read(sha256)).toBeNull();
    expect(await store.read('0'.repeat(64))).toBeNull();
    await expect(store.read('../../package')).rejects.toThrow('no SHA-256');
  });
});
