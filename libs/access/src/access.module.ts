import { Module } from '@nestjs/common';
import { AccessService } from './access.service.js';
import { AssignmentsService } from './assignments.service.js';
import { TokensService } from './tokens.service.js';

@Module({
  providers: [AccessService, AssignmentsService, TokensService],
  exports: [AccessService, AssignmentsService, TokensService],
})
export class AccessModule {}
