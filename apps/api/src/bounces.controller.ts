/**
 * Mails that came back, over plain HTTP: the mail server of the return path hands each mail on as it is.
 *   POST /bounces   content-type: message/rfc822
 * What was understood is answered with 200 and what came of it, also when it changes nothing: a mail server that pipes
 * mails here tries again only what was not taken (docs/operations.md).
 */
import type { Readable } from 'node:stream';
import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type Caller, Can } from '#access';
import { Problem } from '#core';
import { type Bounced, type BounceOutcome, BouncesService } from '#mail';
import { WhoCalls } from './caller.guard.js';
import { drain } from './scans.controller.js';

/** Bytes read: the notification, and the headers of the mail that it returns; the rest of that mail tells nothing. */
const READ = 256 * 1024;

const SAID: Record<BounceOutcome, { vi: string; en: string }> = {
  bounced: {
    vi: 'Thư bị trả lại: đã ghi nhận, ngừng gửi tới địa chỉ này cho tới khi có người cho phép lại.',
    en: 'The mail came back: recorded; nothing more is sent to this address until a person clears it.',
  },
  given_up: {
    vi: 'Máy chủ thư đã thử nhiều lần mà không gửi được: đã ghi nhận, địa chỉ vẫn được gửi các thư sau.',
    en: 'The mail server gave up after trying for long: recorded; later mails still go to this address.',
  },
  known: { vi: 'Thông báo này đã được ghi nhận trước đó.', en: 'This notification was recorded before.' },
  delayed: {
    vi: 'Thư chưa bị từ chối (đang chờ, hoặc đã đến): không có gì thay đổi.',
    en: 'The mail was not refused (it waits, or has arrived): nothing was changed.',
  },
  other_recipient: {
    vi: 'Thông báo nói về một địa chỉ mà thư này không gửi tới: không có gì thay đổi.',
    en: 'The notification is about an address that this mail was not sent to: nothing was changed.',
  },
  unknown: {
    vi: 'Thông báo không nêu Message-ID của thư nào đã gửi: không có gì thay đổi.',
    en: 'The notification names no Message-ID of a mail that was sent: nothing was changed.',
  },
  no_report: {
    vi: 'Không phải thông báo trả lại thư (RFC 3464): không có gì thay đổi.',
    en: 'This is no delivery status notification (RFC 3464): nothing was changed.',
  },
};

@Controller('bounces')
export class BouncesController {
  constructor(private readonly bounces: BouncesService) {}

  @Post()
  @HttpCode(200)
  @Can('delivery.bounce')
  async take(
    @WhoCalls() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<Bounced & { vi: string; en: string }> {
    if (!/^message\/rfc822\b/i.test(request.headers['content-type'] ?? ''))
      throw new Problem('request.invalid', { reason: 'Content-Type: message/rfc822' });
    const body = request.body as Readable;
    const { accountId, unitId, address } = caller;
    const taken = await this.bounces.take(await beginningOf(body), { accountId, unitId, address });
    drain(body);
    return { ...taken, ...SAID[taken.outcome] };
  }
}

async function beginningOf(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let left = READ;
  // Broken off without ending the stream: what follows is read on, unkept, so that the answer gets through.
  for await (const chunk of body.iterator({ destroyOnReturn: false })) {
    chunks.push((chunk as Buffer).subarray(0, left));
    left -= (chunk as Buffer).length;
    if (left <= 0) break;
  }
  return Buffer.concat(chunks);
}
