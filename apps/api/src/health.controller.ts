/**
 * Whether the process lives, and whether it can serve: the database answers, with all migrations, and nobody has told the
 * process to stop. The queue is not asked for: what must follow a change waits in the event log until a worker takes it.
 */
import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Anyone } from '#access';
import { Readiness } from '#core';

@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('live')
  @Anyone()
  live() {
    return { status: 'ok' };
  }

  @Get('ready')
  @Anyone()
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const state = await this.readiness.look();
    if (state.status !== 'ready') reply.status(503);
    return state;
  }
}
