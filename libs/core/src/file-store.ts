/**
 * Files kept by what they hold: the name of a file is the SHA-256 of its bytes. Written beside and renamed into place, so
 * that a file under its name is always whole, also after a power cut; two writers of the same bytes do not disturb each
 * other. A file is only ever asked for by its hash: no path from outside reaches the disk.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

type StoredFile = { sha256: string; bytes: number };

export class FileStore {
  /** @param folder made when the first file comes; @param extension of every file, without a dot */
  constructor(
    private readonly folder: string,
    private readonly extension: string,
  ) {}

  /** Stores what `write` writes. @throws what `write` or the disk throws; then nothing is left behind */
  async put(write: (out: Writable) => Promise<void>): Promise<StoredFile> {
    await mkdir(this.folder, { recursive: true });
    const beside = join(this.folder, `${randomUUID()}.part`);
    const hash = createHash('sha256');
    let bytes = 0;
    const out = new PassThrough();
    const piped = pipeline(
      out,
      async function* measured(chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          bytes += chunk.length;
          yield chunk;
        }
      },
      createWriteStream(beside, { flags: 'wx', flush: true }),
    );
    try {
      await Promise.all([piped, write(out).then(() => void out.end())]);
      const sha256 = hash.digest('hex');
      await rename(beside, this.pathOf(sha256));
      await this.settle();
      return { sha256, bytes };
    } catch (error) {
      out.destroy();
      // Only once nobody writes any more can nothing be left behind.
      await piped.catch(() => {});
      await rm(beside, { force: true });
      throw error;
    }
  }

  /** @returns the bytes, or null when there is no such file or it no longer holds what its name says */
  async read(sha256: string): Promise<Buffer | null> {
    try {
      const bytes = await readFile(this.pathOf(sha256));
      return createHash('sha256').update(bytes).digest('hex') === sha256 ? bytes : null;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  /** @throws Error unless it is a SHA-256 in hexadecimal digits */
  pathOf(sha256: string): string {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Error(`"${sha256}" is no SHA-256`);
    return join(this.folder, `${sha256}.${this.extension}`);
  }

  /** The new name itself must survive a power cut. Windows gives no handle on a folder. */
  private async settle(): Promise<void> {
    if (process.platform === 'win32') return;
    const folder = await open(this.folder, 'r');
    await folder.sync().finally(() => folder.close());
  }
}
