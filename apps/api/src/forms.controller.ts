/** The Excel form over plain HTTP: download. */
import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type Caller, Can } from '#access';
import { XLSX_TYPE } from '#exports';
import { FormsService } from '#reporting';
import { WhoCalls } from './caller.guard.js';
import { attachment } from './downloads.controller.js';

const DEFAULT_PROGRAMME = 'NQ57-TT';

@Controller('forms')
export class FormsController {
  constructor(private readonly forms: FormsService) {}

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

  private async send(
    caller: Caller,
    round: string,
    query: Record<string, unknown>,
    below: boolean,
    reply: FastifyReply,
  ): Promise<void> {
    const text = (name: string) => (typeof query[name] === 'string' ? query[name] : null);
    const { fileName, bytes } = await this.forms.download(caller, {
      ...{ programme: text('programme') ?? DEFAULT_PROGRAMME, round, unit: text('unit'), below },
    });
    await reply
      .header('content-type', XLSX_TYPE)
      .header('content-disposition', attachment(fileName))
      .header('x-content-type-options', 'nosniff')
      .header('cache-control', 'private, no-store')
      .send(bytes);
  }
}
