/** Files over plain HTTP: the workbook of a summary, by the number under which it was asked for. */
import { Controller, Get, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type Caller, Can } from '#access';
import { Problem } from '#core';
import { SummariesService, XLSX_TYPE } from '#exports';
import { WhoCalls } from './caller.guard.js';

const LARGEST_ID = 2 ** 31 - 1;

@Controller('exports')
export class DownloadsController {
  constructor(private readonly summaries: SummariesService) {}

  @Get(':id')
  @Can('export.read')
  async summary(@WhoCalls() caller: Caller, @Param('id') id: string, @Res() reply: FastifyReply) {
    if (!/^[1-9]\d{0,9}$/.test(id) || Number(id) > LARGEST_ID) throw new Problem('export.not_found', { id });
    const { fileName, bytes } = await this.summaries.content(caller, Number(id));
    return reply
      .header('content-type', XLSX_TYPE)
      .header('content-disposition', attachment(fileName))
      .header('x-content-type-options', 'nosniff')
      .header('cache-control', 'private, no-store')
      .send(bytes);
  }
}

/** The name in ASCII for every client, and in full for those that read RFC 6266's `filename*`. */
export function attachment(fileName: string): string {
  const ascii = fileName
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[đĐ]/g, (letter) => (letter === 'đ' ? 'd' : 'D'))
    .replace(/[^\w.() -]/g, '_');
  const full = encodeURIComponent(fileName.normalize('NFC')).replace(
    /['()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${full}`;
}
