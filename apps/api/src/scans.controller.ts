/**
 * Scanned signed copies over plain HTTP: POST the PDF itself to the version it belongs to, GET it by its number.
 *   POST /reports/05953/2026H1/1/scans?containsNoSecrets=true&name=BC-12.pdf   content-type: application/pdf
 *   (Content-Digest: sha-256=:…: if known)
 */
import type { Readable } from 'node:stream';
import { Controller, Get, Headers, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Caller, Can } from '#access';
import { Problem } from '#core';
import { ScansService } from '#reporting';
import { WhoCalls } from './caller.guard.js';
import { attachment } from './downloads.controller.js';

const LARGEST_ID = 2 ** 31 - 1;
const LARGEST_NUMBER = 32_767;
const MOST_DRAINED = 64 * 1024 * 1024;

@Controller('reports')
export class ScansController {
  constructor(private readonly scans: ScansService) {}

  @Post(':unit/:round/:number/scans')
  @Can('report.attach')
  async attach(
    @WhoCalls() caller: Caller,
    @Param('unit') unitCode: string,
    @Param('round') round: string,
    @Param('number') number: string,
    @Query('containsNoSecrets') containsNoSecrets: string | undefined,
    @Query('name') fileName: string | undefined,
    @Query('programme') programme: string | undefined,
    @Headers('content-digest') digest: string | undefined,
    @Req() request: FastifyRequest,
  ) {
    if (!/^application\/pdf\b/.test(request.headers['content-type'] ?? ''))
      throw new Problem('scan.invalid', {
        reason: 'cần Content-Type: application/pdf',
        reasonEn: 'send application/pdf',
      });
    if (!/^[1-9]\d{0,4}$/.test(number) || Number(number) > LARGEST_NUMBER)
      throw new Problem('report.not_found', { unit: unitCode, round });
    const wish = {
      unitCode,
      programme: programme ?? 'NQ57-TT',
      round,
      number: Number(number),
      containsNoSecrets: containsNoSecrets === 'true',
      fileName: fileName ?? `${unitCode}-${round}-${number}.pdf`,
      sha256: sha256Of(digest),
    };
    const body = request.body as Readable;
    return this.scans.attach(caller, wish, body).finally(() => drain(body));
  }

  @Get('scans/:id')
  @Can('report.read')
  async scan(@WhoCalls() caller: Caller, @Param('id') id: string, @Res() reply: FastifyReply) {
    if (!/^[1-9]\d{0,9}$/.test(id) || Number(id) > LARGEST_ID) throw new Problem('scan.not_found', { id });
    const { fileName, bytes } = await this.scans.content(caller, Number(id));
    return reply
      .header('content-type', 'application/pdf')
      .header('content-disposition', attachment(fileName))
      .header('content-security-policy', "sandbox; default-src 'none'")
      .header('x-content-type-options', 'nosniff')
      .header('cache-control', 'private, no-store')
      .send(bytes);
  }
}

/** Reads on what was refused half-way, so that the answer gets through; from who never ends it is cut. */
export function drain(body: Readable): void {
  if (body.readableEnded || body.destroyed) return;
  let left = MOST_DRAINED;
  body.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) body.destroy();
  });
  body.resume();
}

/** RFC 9530: `sha-256=:<base64>:` → hexadecimal digits; null when no such digest is given. */
function sha256Of(digest: string | undefined): string | null {
  const base64 = /(?:^|[\s,])sha-256=:([A-Za-z0-9+/]{43}=):/.exec(digest ?? '')?.[1];
  return base64 ? Buffer.from(base64, 'base64').toString('hex') : null;
}
