/** Files over plain HTTP: by the number under which they were asked for, or by a link that expires. */
import { Controller, Get, Ip, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Anyone, type Caller, Can } from '#access';
import { Problem } from '#core';
import { ExportDownloads, type FileContent } from '#exports';
import { WhoCalls } from './caller.guard.js';

const LARGEST_ID = 2 ** 31 - 1;

@Controller('exports')
export class DownloadsController {
  constructor(private readonly downloads: ExportDownloads) {}

  @Get(':id')
  @Can('export.read')
  async summary(@WhoCalls() caller: Caller, @Param('id') id: string, @Res() reply: FastifyReply) {
    if (!/^[1-9]\d{0,9}$/.test(id) || Number(id) > LARGEST_ID) throw new Problem('export.not_found', { id });
    return send(reply, await this.downloads.content(caller, Number(id)));
  }

  /** The secret in the address is the key: whoever made the link is who reads. */
  @Get('links/:secret')
  @Anyone()
  async link(@Param('secret') secret: string, @Ip() address: string, @Res() reply: FastifyReply) {
    return send(reply, await this.downloads.byLink(secret, address));
  }
}

function send(reply: FastifyReply, { fileName, type, bytes }: FileContent): FastifyReply {
  return reply
    .header('content-type', type)
    .header('content-disposition', attachment(fileName))
    .header('x-content-type-options', 'nosniff')
    .header('referrer-policy', 'no-referrer')
    .header('cache-control', 'private, no-store')
    .send(bytes);
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
