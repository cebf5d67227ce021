import { Module } from '@nestjs/common';
import { AccessService } from './access.service.js';
import { TokensService } from './tokens.service.js';

@Module({ providers: [AccessService, TokensService], exports: [AccessService, TokensService] })
export class AccessModule {}
