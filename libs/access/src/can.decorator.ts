/** What an operation needs. An operation that says neither is refused to everyone, and a test finds it. */
import { SetMetadata } from '@nestjs/common';
import type { Verb } from './verbs.js';

export const NEED = 'access.need';
export type Need = { verb: Verb } | { anyone: true };

/** The caller's role must hold this verb. */
export const Can = (verb: Verb) => SetMetadata(NEED, { verb } satisfies Need);

/** Open to callers without a token. */
export const Anyone = () => SetMetadata(NEED, { anyone: true } satisfies Need);
