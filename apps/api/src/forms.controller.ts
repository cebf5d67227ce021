/**
 * The Excel form over plain HTTP: downloaded as a file, sent back as multipart/form-data. The body of an upload is read
 * only once it is known who calls; when it has been read in full decides on time or late.
 */
import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Caller, Can } from '#access';
import { Clock, Problem } from '#core';
import { XLSX_TYPE } from '#exports';
import { FormsService, type UnitOutcome } from '#reporting';
import { WhoCalls } from './caller.guard.js';
import { attachment } from './downloads.controller.js';

const DEFAULT_PROGRAMME = 'NQ57-TT';
/** Of a whole upload; the service takes less for a form of one unit. */
export const UPLOAD_LIMITS = {
  files: 1,
  fields: 4,
  parts: 5,
  fieldSize: 500,
  fieldNameSize: 50,
  fileSize: 4 * 1024 * 1024,
};

type Sent = { file: Buffer; fields: Record<string, string> };
const KNOWN_FIELDS = ['dryRun', 'mode', 'idempotencyKey'];

@Controller('forms')
export class FormsController {
  constructor(
    private readonly forms: FormsService,
    private readonly clock: Clock,
  ) {}

  /** The form of a unit, by default the caller's own. */
  @Get(':round')
  @Can('report.read')
  async own(
    @WhoCalls() caller: Caller,
    @Param('round') round: string,
    @Query() query: Record<string, unknown>,
    @Res() reply: FastifyReply,
  ) {
    await this.send(caller, round, query, false, reply);
  }

  /** One workbook of all units that report to a unit, by default to the caller's own. */
  @Get(':round/below')
  @Can('report.read')
  async below(
    @WhoCalls() caller: Caller,
    @Param('round') round: string,
    @Query() query: Record<string, unknown>,
    @Res() reply: FastifyReply,
  ) {
    await this.send(caller, round, query, true, reply);
  }

  /** Submits the caller's own form. Fields: file, dryRun (true, false), idempotencyKey. */
  @Post()
  @HttpCode(200)
  @Can('report.submit')
  submit(@WhoCalls() caller: Caller, @Req() request: FastifyRequest) {
    return this.take(caller, request, false);
  }

  /** Records papers of units that report to the caller's own, in their place. Fields as above, and mode: together (default) or each. */
  @Post('below')
  @HttpCode(200)
  @Can('report.record')
  enter(@WhoCalls() caller: Caller, @Req() request: FastifyRequest) {
    return this.take(caller, request, true);
  }

  private async take(caller: Caller, request: FastifyRequest, below: boolean) {
    this.forms.expectRoom();
    const { file, fields } = await sentIn(request);
    const receivedAt = this.clock.now();
    const answer = await this.forms.upload(caller, {
      ...{ bytes: file, below, receivedAt },
      dryRun: choice(fields, 'dryRun', ['false', 'true']) === 'true',
      atomic: choice(fields, 'mode', ['together', 'each']) === 'together',
      idempotencyKey: fields.idempotencyKey ?? null,
    });
    return { ...answer, units: answer.units.map(unitAnswer) };
  }

  private async send(
    caller: Caller,
    round: string,
    query: Record<string, unknown>,
    below: boolean,
    reply: FastifyReply,
  ): Promise<void> {
    const text = (name: string) => (typeof query[name] === 'string' ? query[name] : null);
    const wish = { programme: text('programme') ?? DEFAULT_PROGRAMME, round, unit: text('unit'), below };
    if (Object.values(wish).some((part) => typeof part === 'string' && !isClean(part)))
      throw new Problem('request.invalid', { reason: 'a text holds a control character' });
    const { fileName, bytes } = await this.forms.download(caller, wish);
    await reply
      .header('content-type', XLSX_TYPE)
      .header('content-disposition', attachment(fileName))
      .header('x-content-type-options', 'nosniff')
      .header('cache-control', 'private, no-store')
      .send(bytes);
  }
}

/** A problem of one unit in the shape that all problems have. */
function unitAnswer({ problem, ...unit }: UnitOutcome) {
  const { code, vi, en, details } = problem ?? {};
  return { ...unit, problem: problem && { code, vi, en, details } };
}

const isClean = (text: string) => text.isWellFormed() && !/\p{Cc}/u.test(text);

/** The file and the fields beside it, read in full. @throws Problem request.invalid | form.too_large */
async function sentIn(request: FastifyRequest): Promise<Sent> {
  let file: Buffer | undefined;
  const fields: Record<string, string> = {};
  try {
    for await (const part of request.parts()) {
      if (part.type === 'file') {
        const bytes = await part.toBuffer();
        if (part.fieldname === 'file') file = bytes;
      } else fields[part.fieldname] = String(part.value);
    }
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code === 'FST_REQ_FILE_TOO_LARGE') throw new Problem('form.too_large');
    throw new Problem('request.invalid', { reason: message });
  }
  const unknown = Object.keys(fields).find((name) => !KNOWN_FIELDS.includes(name));
  if (unknown !== undefined) throw new Problem('request.invalid', { reason: `field "${unknown.slice(0, 50)}"` });
  if (!Object.values(fields).every(isClean))
    throw new Problem('request.invalid', { reason: 'a text holds a control character' });
  if (!file) throw new Problem('request.invalid', { reason: 'file: multipart/form-data' });
  return { file, fields };
}

/** The first of the words is the default. */
function choice(fields: Record<string, string>, name: string, words: [string, ...string[]]): string {
  const given = fields[name] ?? words[0];
  if (!words.includes(given)) throw new Problem('request.invalid', { reason: `${name}: ${words.join(', ')}` });
  return given;
}
