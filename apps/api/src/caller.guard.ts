/**
 * The door: tells who calls and whether the operation is theirs to use. Default deny: an operation without @Can or
 * @Anyone is refused. Reach (which units) is decided by the services, in SQL.
 */
import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { GqlExecutionContext } from '@nestjs/graphql';
import type { FastifyRequest } from 'fastify';
import { AccessService, type Caller, NEED, type Need, scopeOf } from '#access';
import { Clock, enterScope, type Instant, Problem } from '#core';
import { Horizon } from '#rollups';

/** What the door keeps with a request. */
type Visit = { receivedAt: Date; caller?: Promise<Caller>; now?: () => Promise<Instant> };
type VisitedRequest = FastifyRequest & { visit?: Visit };

/** The visit of a request; `receivedAt` is set once, when the body has been read in full (main.ts). */
export function visitOf(request: FastifyRequest, clock: Clock): Visit {
  const visited = request as VisitedRequest;
  visited.visit ??= { receivedAt: clock.now() };
  return visited.visit;
}

function requestOf(context: ExecutionContext): VisitedRequest {
  return context.getType<string>() === 'graphql'
    ? GqlExecutionContext.create(context).getContext<{ request: VisitedRequest }>().request
    : context.switchToHttp().getRequest<VisitedRequest>();
}

@Injectable()
export class CallerGuard implements CanActivate {
  constructor(
    private readonly access: AccessService,
    private readonly reflector: Reflector,
    private readonly clock: Clock,
    private readonly horizon: Horizon,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const need = this.reflector.get<Need | undefined>(NEED, context.getHandler());
    if (need && 'anyone' in need) return true;
    const request = requestOf(context);
    const visit = visitOf(request, this.clock);
    // Looked up once a request, however many fields it asks for.
    visit.caller ??= this.access.authenticate(request.headers.authorization, request.ip);
    const caller = await visit.caller;
    enterScope(scopeOf(caller));
    visit.now ??= once(() => this.horizon.at());
    if (!need) throw new Problem('access.denied', { verb: context.getHandler().name });
    this.access.allow(caller, need.verb);
    return true;
  }
}

/** The caller, in a handler's parameters. */
export const WhoCalls = createParamDecorator(
  (_: unknown, context: ExecutionContext) => requestOf(context).visit?.caller,
);

/** When the request had been read in full. */
export const ReceivedAt = createParamDecorator(
  (_: unknown, context: ExecutionContext) => requestOf(context).visit?.receivedAt,
);

/**
 * The instant that a question is answered for: its argument `asOf`, else now — the same now for all fields of a request,
 * so that what stands side by side in one answer tells of one moment.
 */
export const AsOf = createParamDecorator(
  (_: unknown, context: ExecutionContext): Promise<Instant> | Instant | undefined => {
    const asked = GqlExecutionContext.create(context).getArgs<{ asOf?: string | null }>().asOf;
    return asked ?? requestOf(context).visit?.now?.();
  },
);

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined;
  return () => {
    started ??= work();
    return started;
  };
}
