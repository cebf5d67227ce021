/** Whether the process lives, and whether it can serve: ready means that the database answers. */
import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DataSource } from 'typeorm';
import { Anyone } from '#access';

@Controller('health')
export class HealthController {
  constructor(private readonly dataSource: DataSource) {}

  @Get('live')
  @Anyone()
  live() {
    return { status: 'ok' };
  }

  @Get('ready')
  @Anyone()
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    try {
      await this.dataSource.query('select 1');
      return { status: 'ok' };
    } catch {
      reply.status(503);
      return { status: 'database unreachable' };
    }
  }
}
