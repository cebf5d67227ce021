// Jest on native ES modules. Rooms are entered by their source index, so tests need no build.
import { swcOptions } from './test/support/swc-options.js';

// CommonJS packages of Fastify require these ESM-only ones; below Node 24.9 Jest cannot, so they are turned into CommonJS.
const esmOnly = 'cookie|content-disposition';

export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/{libs,apps,test}/**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^#([a-z]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.ts$': ['@swc/jest', swcOptions('es6')],
    [`/node_modules/(${esmOnly})/.+\\.js$`]: ['@swc/jest', swcOptions('commonjs')],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly})/)`],
  globalSetup: '<rootDir>/test/support/global-setup.js',
  globalTeardown: '<rootDir>/test/support/global-teardown.js',
  reporters: ['default', '<rootDir>/test/support/count-reporter.js'],
  maxWorkers: 2,
  testTimeout: 120_000,
};
