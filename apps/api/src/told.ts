/**
 * What the schema says of every operation beside its own words: the verb it needs, so that a token can be issued for no more
 * than that, and the refusals that are its own. Written from what the code declares, so that neither can be forgotten.
 */
import { SetMetadata, type Type } from '@nestjs/common';
import type { GraphQLSchema } from 'graphql';
import { NEED, type Need } from '#access';
import type { ProblemCode } from '#core';

const REFUSALS = 'told.refusals';

/** What an operation may be refused for, beside what every operation may be. A code that is in no catalogue does not compile. */
export const Refuses = (...codes: ProblemCode[]) => SetMetadata(REFUSALS, codes);

const EVERY =
  'A refusal is an error whose extensions hold code (stable), vi, en (sentences) and details; what is refused before ' +
  'GraphQL (too much, too large, no JSON) is answered as { error } with the same fields. Every operation may be refused ' +
  'with auth.required, auth.expired, auth.revoked, auth.not_assigned, auth.address, access.denied (the role, or the unit, is ' +
  'not for it), request.invalid, request.too_many, request.too_large, query.too_long, query.too_deep, query.too_costly, ' +
  'query.too_many_aliases, query.too_slow, service.busy, service.unavailable (both: come again after Retry-After), internal; ' +
  'and by what it is given: unit.not_found (also for a unit out of reach), programme.not_found, round.not_found, ' +
  'period.invalid, asof.future, cursor.invalid. Lists: first is 1–500, after the endCursor of the page before. Days are ' +
  'YYYY-MM-DD in Asia/Ho_Chi_Minh, instants in UTC.';

/** Completes the descriptions of all operations, in place. @param resolvers those that the schema was made from */
export function tellOperations(schema: GraphQLSchema, resolvers: readonly Type[]): GraphQLSchema {
  for (const type of [schema.getQueryType(), schema.getMutationType()]) {
    if (!type) continue;
    type.description = EVERY;
    for (const field of Object.values(type.getFields())) {
      const handler = resolvers.map((owner) => owner.prototype[field.name]).find(Boolean);
      const need = handler && (Reflect.getMetadata(NEED, handler) as Need | undefined);
      const refusals = handler && (Reflect.getMetadata(REFUSALS, handler) as ProblemCode[] | undefined);
      const told = [
        field.description,
        need && 'verb' in need && `Verb: ${need.verb}.`,
        refusals && `Refused: ${refusals.join(', ')}.`,
      ];
      field.description = told.filter(Boolean).join(' ');
    }
  }
  return schema;
}
