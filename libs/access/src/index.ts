/** Access: who calls, what a role may do, how far it reaches. */
export * from './access.module.js';
export { AccessService, type ReachedUnit } from './access.service.js';
export { type Assignment, AssignmentsService } from './assignments.service.js';
export * from './caller.js';
export * from './can.decorator.js';
export { type IssuedToken, revokeTokensOf, type TokenState, TokensService } from './tokens.service.js';
export * from './verbs.js';
