// Long random histories: `npm run soak`, with SOAK_SEED and SOAK_OPERATIONS to choose. Not part of `npm test`.
import base from './jest.config.js';

export default { ...base, testMatch: ['<rootDir>/test/soak/**/*.soak.ts'], maxWorkers: 1, testTimeout: 3_600_000 };
