/** The workbook that a mail carries: read by its hash, and sent only if it still is what was recorded. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Db, row } from '#core';
import { type Attachment, SendFailure } from './transports.js';

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/**
 * @param varDir the folder below which summary files lie, each under its SHA-256
 * @throws SendFailure refused when the file is not ready or changed; later when it could not be read: also one that is not
 * there, for its disk may be what is away; a file that stays away ends as every mail that cannot be sent
 */
export async function summaryAttachment(db: Db, varDir: string, fileId: number): Promise<Attachment> {
  const file = await row<{ name: string; sha256: string }>(
    db,
    `select file_name as name, sha256 from summary_file where id = $1 and status = 'ready'`,
    [fileId],
  );
  if (!file) throw new SendFailure('refused', `summary file ${fileId} is not ready`, null);
  const content = await contentOf(join(varDir, 'exports', `${file.sha256}.xlsx`));
  if (createHash('sha256').update(content).digest('hex') !== file.sha256)
    throw new SendFailure('refused', `summary file ${fileId} no longer holds what was recorded`, null);
  return { fileName: file.name, contentType: XLSX, content };
}

async function contentOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new SendFailure('later', String(error), null, { cause: error });
  }
}
