/** `node --import test/support/register.js apps/worker/src/main.ts`: a program straight from the sources (see loader.js). */
import { register } from 'node:module';

register('./loader.js', import.meta.url);
